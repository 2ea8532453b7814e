#include "revocations.h"

#include "cleanup.h"
#include "file.h"
#include "letter.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define FORMAT	    1
#define WHAT	    "revoked"
#define DAY_SIZE    10 /* YYYY-MM-DD */
#define DAY_SECONDS 86400

void revocations_release(struct revocations *list)
{
	json_decref(list->keys);
	json_decref(list->people);
	list->keys = list->people = NULL;
}

bool revocations_is_key(const char *name)
{
	return strlen(name) == REVOCATIONS_KEY_DIGITS &&
	       strspn(name, "0123456789abcdef") == REVOCATIONS_KEY_DIGITS;
}

/* JSON is UTF-8; what a shell or a line of text would part is in no user's name. */
bool revocations_is_person(const char *name)
{
	const size_t length = strlen(name);

	if (length == 0 || length > REVOCATIONS_PERSON_MAX)
		return false;
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)name[i] <= 0x20 || name[i] == 0x7f)
			return false;
	return true;
}

bool revocations_have_key(const struct revocations *list, const char *name)
{
	return json_object_get(list->keys, name) != NULL;
}

bool revocations_have_person(const struct revocations *list, const char *name)
{
	return json_object_get(list->people, name) != NULL;
}

bool revocations_are_same(const struct revocations *one, const struct revocations *other)
{
	return json_equal(one->keys, other->keys) && json_equal(one->people, other->people);
}

uint32_t revocations_age(const struct revocations *list, int64_t now)
{
	const struct journal_span time = {list->time, strlen(list->time)};
	const int64_t signed_at = journal_time_us(&time) / 1000000;

	return now > signed_at ? (uint32_t)((now - signed_at) / DAY_SECONDS) : 0;
}

static json_t *content_of(const struct revocations *list)
{
	return json_pack("{s:i, s:s, s:I, s:s, s:O, s:O}", "format", FORMAT, "what", WHAT, "number",
			 (json_int_t)list->number, "time", list->time, "keys", list->keys, "people",
			 list->people);
}

int revocations_sign(const struct revocations *list, const char *certificate, const char *key,
		     char **ret_text, size_t *ret_length)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	int r = letter_sign(content_of(list), certificate, key, &text, &length);

	if (r < 0)
		return r;
	if (length >= SIGNED_FILE_MAX)
		return -EFBIG;
	*ret_text = steal_pointer(text);
	*ret_length = length;
	return 0;
}

static bool is_day(const json_t *value)
{
	const char *day = json_string_value(value);

	return day && strlen(day) == DAY_SIZE && strspn(day, "0123456789-") == DAY_SIZE;
}

static bool are_names(json_t *object, bool (*is_name)(const char *name))
{
	const char *name;
	json_t *value;

	if (!json_is_object(object))
		return false;
	json_object_foreach(object, name, value) if (!is_name(name) || !is_day(value)) return false;
	return true;
}

static int read_content(const json_t *content, struct revocations *ret_list)
{
	const char *what = json_string_value(json_object_get(content, "what"));
	const char *text = json_string_value(json_object_get(content, "time"));
	const struct journal_span time = {text, text ? strlen(text) : 0};
	json_t *keys = json_object_get(content, "keys"),
	       *people = json_object_get(content, "people");
	const json_int_t number = json_integer_value(json_object_get(content, "number"));

	if (json_integer_value(json_object_get(content, "format")) != FORMAT || !what ||
	    strcmp(what, WHAT) != 0 || number < 1 || number > REVOCATIONS_NUMBER_MAX || !text ||
	    time.length != JOURNAL_TIME_SIZE - 1 || !journal_is_time(&time) ||
	    !are_names(keys, revocations_is_key) || !are_names(people, revocations_is_person))
		return -EBADMSG;
	*ret_list = (struct revocations){
		.number = number, .keys = json_incref(keys), .people = json_incref(people)};
	memcpy(ret_list->time, text, JOURNAL_TIME_SIZE);
	return 0;
}

int revocations_parse(const char *json, size_t length, struct revocations *ret_list)
{
	json_error_t error;
	json_t *content = json_loadb(json, length, JSON_REJECT_DUPLICATES, &error);
	int r = read_content(content, ret_list);

	json_decref(content);
	return r;
}

int revocations_verify(const char *text, size_t length, const char *authority, const char *name,
		       struct revocations *ret_list)
{
	_cleanup_free_ char *json = NULL;
	size_t json_length;
	int r = signed_open(text, length, authority, name, &json, &json_length);

	return r < 0 ? r : revocations_parse(json, json_length, ret_list);
}

static int open_folder(const char *path, const char **ret_name, int *ret_fd)
{
	const char *slash = strrchr(path, '/');
	char folder[4096] = ".";

	if (slash && snprintf(folder, sizeof(folder), "%.*s", (int)(slash + 1 - path), path) >=
			     (int)sizeof(folder))
		return -ENAMETOOLONG;
	*ret_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*ret_name = slash ? slash + 1 : path;
	return *ret_fd < 0 ? -errno : 0;
}

int revocations_load(const char *path, struct revocations *ret_list)
{
	_cleanup_close_ int folder = -1, fd = -1;
	_cleanup_free_ char *json = NULL;
	struct stat status;
	const char *name;
	size_t length = 0;
	int r = open_folder(path, &name, &folder);

	if (r < 0)
		return r;
	if (fstat(folder, &status) < 0)
		return -errno;
	if (status.st_mode & 022)
		return -EPERM;
	r = file_open_trusted(folder, name, status.st_uid, &fd);
	if (r == 0)
		r = file_read_all(fd, SIGNED_FILE_MAX, &json, &length);
	return r < 0 ? r : revocations_parse(json, length, ret_list);
}

int revocations_keep(const char *path, const struct revocations *list, mode_t mode)
{
	_cleanup_close_ int folder = -1;
	_cleanup_free_ char *text = NULL;
	json_t *content;
	const char *name;
	int r = open_folder(path, &name, &folder);

	if (r < 0)
		return r;
	content = content_of(list);
	text = json_dumps(content, JSON_INDENT(1) | JSON_ENSURE_ASCII);
	json_decref(content);
	return text ? file_write_atomic(folder, name, text, strlen(text), mode) : -ENOMEM;
}
