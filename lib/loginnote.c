#include "loginnote.h"

#include "cleanup.h"
#include "escape.h"
#include "file.h"
#include "number.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* They ask within a session that is there already, and open none of their own. */
static const char *const within[] = {"sudo",	  "sudo-i",   "su",	"su-l", "runuser",
				     "runuser-l", "polkit-1", "passwd", "chfn", "chsh"};

#define TEXT(member)                                                                               \
	{                                                                                          \
#member, offsetof(struct login_note, member),                                      \
			sizeof(((struct login_note *)0)->member)                                   \
	}

/* Plain texts, in a file under the same name. */
static const struct {
	const char *name;
	size_t offset, size;
} texts[] = {
	TEXT(user),  TEXT(service),	 TEXT(tty),	     TEXT(credential), TEXT(label),
	TEXT(rp_id), TEXT(key.instance), TEXT(key.identity), TEXT(session),    TEXT(person),
};

static const struct {
	const char *name;
	size_t offset;
} numbers[] = {
	{"pid_started", offsetof(struct login_note, pid_started)},
	{"parent_started", offsetof(struct login_note, parent_started)},
	{"at_ms", offsetof(struct login_note, at_ms)},
	{"at_boottime_ms", offsetof(struct login_note, at_boottime_ms)},
	{"ends_at_ms", offsetof(struct login_note, ends_at_ms)},
	{"day", offsetof(struct login_note, day)},
};

/* An older authd's note has them not. */
static bool may_lack(const char *name)
{
	return strcmp(name, "session") == 0 || strcmp(name, "person") == 0;
}

bool loginnote_is_wanted(const char *service)
{
	for (size_t i = 0; i < ARRAY_SIZE(within); i++)
		if (strcmp(within[i], service) == 0)
			return false;
	return true;
}

static bool is_id(const char *id)
{
	return *id && strlen(id) < PROTOCOL_ID_MAX && id[strspn(id, "0123456789abcdef-")] == '\0' &&
	       *id != '-';
}

static json_t *pack(const struct login_note *note)
{
	char hex[2 * LOGINNOTE_CREDENTIAL_MAX + 1];
	json_t *object;

	hex_format(note->key_id, note->key_id_length, hex);
	object = json_pack("{s:i, s:i, s:s}", "pid", note->pid, "parent", note->parent, "key_id",
			   hex);
	for (size_t i = 0; object && i < ARRAY_SIZE(numbers); i++) {
		const int64_t *number =
			(const int64_t *)(const void *)((const char *)note + numbers[i].offset);

		if (json_object_set_new(object, numbers[i].name, json_integer(*number)) < 0) {
			json_decref(object);
			return NULL;
		}
	}
	for (size_t i = 0; object && i < ARRAY_SIZE(texts); i++) {
		const char *text = (const char *)note + texts[i].offset;
		char escaped[PROTOCOL_PLACE_MAX];

		/* Who can be told from another one by the first 250 bytes is. */
		escape_text(text, strlen(text), escaped, texts[i].size);
		if (json_object_set_new(object, texts[i].name, json_string(escaped)) < 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

bool loginnote_is_over(const struct login_note *note, int64_t boottime_ms, uint32_t today)
{
	return (note->ends_at_ms != 0 && boottime_ms >= note->ends_at_ms) ||
	       (note->day != 0 && (int64_t)today > note->day);
}

int loginnote_write(int directory, const struct login_note *note)
{
	_cleanup_free_ char *text = NULL;
	json_t *object;

	if (!is_id(note->id) || note->key_id_length > sizeof(note->key_id))
		return -EBADMSG;
	object = pack(note);
	text = object ? json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	json_decref(object);
	if (!text)
		return -ENOMEM;
	return file_write_atomic(directory, note->id, text, strlen(text), 0640);
}

int loginnote_open(int directory, const char *id)
{
	char name[LOGINNOTE_NAME_MAX];

	snprintf(name, sizeof(name), "%.60s" LOGINNOTE_OPENED, id);
	return renameat(directory, id, directory, name) < 0 ? -errno : 0;
}

void loginnote_remove(int directory, const char *id)
{
	char name[LOGINNOTE_NAME_MAX];

	snprintf(name, sizeof(name), "%.60s" LOGINNOTE_OPENED, id);
	unlinkat(directory, id, 0);
	unlinkat(directory, name, 0);
}

static int unpack(const json_t *object, struct login_note *note)
{
	const char *hex = json_string_value(json_object_get(object, "key_id"));
	json_int_t pid = json_integer_value(json_object_get(object, "pid"));
	json_int_t parent = json_integer_value(json_object_get(object, "parent"));

	if (!hex || pid < 0 || pid > INT32_MAX || parent < 0 || parent > INT32_MAX ||
	    hex_parse(hex, note->key_id, sizeof(note->key_id), &note->key_id_length) < 0)
		return -EBADMSG;
	note->pid = (int32_t)pid;
	note->parent = (int32_t)parent;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		const json_t *number = json_object_get(object, numbers[i].name);

		/* An older authd's note has not all of them. */
		if (number && (!json_is_integer(number) || json_integer_value(number) < 0))
			return -EBADMSG;
		*(int64_t *)(void *)((char *)note + numbers[i].offset) = json_integer_value(number);
	}
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char *text = json_string_value(json_object_get(object, texts[i].name));

		if (!text && may_lack(texts[i].name))
			text = "";
		if (!text || strlen(text) >= texts[i].size)
			return -EBADMSG;
		memcpy((char *)note + texts[i].offset, text, strlen(text) + 1);
	}
	return 0;
}

int loginnote_read(int directory, const char *name, struct login_note *ret_note)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *text = NULL;
	struct login_note note = {};
	size_t length = strcspn(name, "."), size;
	json_t *object;
	int r;

	if (length >= sizeof(note.id))
		return -EBADMSG;
	memcpy(note.id, name, length);
	note.opened = strcmp(name + length, LOGINNOTE_OPENED) == 0;
	if (!is_id(note.id) || (name[length] != '\0' && !note.opened))
		return -EBADMSG;
	fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	r = file_read_all(fd, LOGINNOTE_SIZE_MAX, &text, &size);
	if (r < 0)
		return r;
	object = json_loads(text, 0, NULL);
	r = unpack(object, &note);
	json_decref(object);
	if (r == 0)
		*ret_note = note;
	return r;
}
