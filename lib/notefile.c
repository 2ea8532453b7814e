#include "notefile.h"

#include "cleanup.h"
#include "escape.h"
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_id(const char *id)
{
	return *id && strlen(id) < PROTOCOL_ID_MAX && id[strspn(id, "0123456789abcdef-")] == '\0' &&
	       *id != '-';
}

static json_t *pack_one(const struct notefile_member *member, const char *place)
{
	char escaped[PROTOCOL_PLACE_MAX];
	int32_t small;
	int64_t large;

	switch (member->kind) {
	case NOTEFILE_INT32:
		memcpy(&small, place, sizeof(small));
		return json_integer(small);
	case NOTEFILE_INT64:
		memcpy(&large, place, sizeof(large));
		return json_integer(large);
	case NOTEFILE_TEXT:
		break;
	}
	/* Who can be told from another one by the first 250 bytes is. */
	escape_text(place, strlen(place), escaped,
		    member->size < sizeof(escaped) ? member->size : sizeof(escaped));
	return json_string(escaped);
}

json_t *notefile_pack(const void *note, const struct notefile_member *members, size_t count)
{
	json_t *object = json_object();

	for (size_t i = 0; object && i < count; i++)
		if (json_object_set_new(
			    object, members[i].name,
			    pack_one(&members[i], (const char *)note + members[i].offset)) < 0) {
			json_decref(object);
			return NULL;
		}
	return object;
}

static int take_number(const struct notefile_member *member, const json_t *value, char *place)
{
	const json_int_t number = json_integer_value(value);
	const int32_t small = (int32_t)number;
	const int64_t large = number;

	if ((value && !json_is_integer(value)) || number < 0 ||
	    (member->kind == NOTEFILE_INT32 && number > INT32_MAX))
		return -EBADMSG;
	if (member->kind == NOTEFILE_INT32)
		memcpy(place, &small, sizeof(small));
	else
		memcpy(place, &large, sizeof(large));
	return 0;
}

static int take_text(const struct notefile_member *member, const json_t *value, char *place)
{
	const char *text = value ? json_string_value(value) : "";

	if (!text || strlen(text) >= member->size)
		return -EBADMSG;
	memcpy(place, text, strlen(text) + 1);
	/* Names are compared with what others say, and DOMAIN\name has a backslash. */
	escape_undo(place);
	return 0;
}

int notefile_unpack(const json_t *object, const struct notefile_member *members, size_t count,
		    void *note)
{
	for (size_t i = 0; i < count; i++) {
		const json_t *value = json_object_get(object, members[i].name);
		char *place = (char *)note + members[i].offset;
		int r;

		if (!value && !members[i].may_lack)
			return -EBADMSG;
		r = members[i].kind == NOTEFILE_TEXT ? take_text(&members[i], value, place)
						     : take_number(&members[i], value, place);
		if (r < 0)
			return r;
	}
	return 0;
}

int notefile_write(int directory, const char *id, json_t *object, mode_t mode)
{
	_cleanup_free_ char *text = NULL;

	if (object)
		text = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(object);
	if (!is_id(id))
		return -EBADMSG;
	return text ? file_write_atomic(directory, id, text, strlen(text), mode) : -ENOMEM;
}

int notefile_open(int directory, const char *id)
{
	char name[NOTEFILE_NAME_MAX];

	snprintf(name, sizeof(name), "%.60s" NOTEFILE_OPENED, id);
	return renameat(directory, id, directory, name) < 0 ? -errno : 0;
}

void notefile_remove(int directory, const char *id)
{
	char name[NOTEFILE_NAME_MAX];

	snprintf(name, sizeof(name), "%.60s" NOTEFILE_OPENED, id);
	unlinkat(directory, id, 0);
	unlinkat(directory, name, 0);
}

int notefile_read(int directory, const char *name, char id[static PROTOCOL_ID_MAX],
		  bool *ret_opened, json_t **ret_object)
{
	const size_t length = strcspn(name, ".");
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r;

	if (length >= PROTOCOL_ID_MAX)
		return -EBADMSG;
	memcpy(id, name, length);
	id[length] = '\0';
	*ret_opened = strcmp(name + length, NOTEFILE_OPENED) == 0;
	if (!is_id(id) || (name[length] != '\0' && !*ret_opened))
		return -EBADMSG;
	fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	r = file_read_all(fd, NOTEFILE_SIZE_MAX, &text, &size);
	if (r < 0)
		return r;
	*ret_object = json_loads(text, 0, NULL);
	return *ret_object ? 0 : -EBADMSG;
}
