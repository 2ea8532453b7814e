#include "marks.h"

#include "cleanup.h"
#include "command.h"
#include "file.h"
#include "number.h"
#include "revocations.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>

#define FORMAT 1

static int copy_text(const json_t *object, const char *name, char *text, size_t size)
{
	const char *value = json_string_value(json_object_get(object, name));

	if (!value || strlen(value) != size - 1 ||
	    strspn(value, "0123456789abcdef") != strlen(value))
		return -EBADMSG;
	memcpy(text, value, size);
	return 0;
}

static int copy_number(const json_t *object, const char *name, json_int_t min, json_int_t max,
		       json_int_t *ret_number)
{
	const json_t *value = json_object_get(object, name);

	*ret_number = json_integer_value(value);
	return json_is_integer(value) && *ret_number >= min && *ret_number <= max ? 0 : -EBADMSG;
}

static int copy_head(const json_t *object, const char *number, const char *name,
		     struct journal_head *ret_head)
{
	char hash[2 * JOURNAL_HASH_SIZE + 1];
	json_int_t sequence;

	if (copy_text(object, name, hash, sizeof(hash)) < 0 ||
	    hex_parse_exactly(hash, ret_head->hash, JOURNAL_HASH_SIZE) < 0 ||
	    copy_number(object, number, 1, (json_int_t)JOURNAL_SEQUENCE_MAX, &sequence) < 0)
		return -EBADMSG;
	ret_head->sequence = (uint64_t)sequence;
	return 0;
}

static int read_mark(const json_t *object, struct audit_mark *ret_mark)
{
	struct audit_mark mark = {};
	json_int_t first, last, received, list = 0;

	if (copy_text(object, "host", mark.host, sizeof(mark.host)) < 0 ||
	    copy_text(object, "epoch", mark.epoch, sizeof(mark.epoch)) < 0 ||
	    copy_text(object, "key", mark.key_id, sizeof(mark.key_id)) < 0 ||
	    copy_head(object, "head", "hash", &mark.head) < 0 ||
	    copy_head(object, "sealed", "sealed_hash", &mark.verified) < 0 ||
	    mark.verified.sequence > mark.head.sequence ||
	    copy_number(object, "first_period", 0, SEAL_PERIOD_MAX, &first) < 0 ||
	    copy_number(object, "last_period", first, SEAL_PERIOD_MAX, &last) < 0 ||
	    copy_number(object, "received", 0, INT64_MAX, &received) < 0 ||
	    (json_object_get(object, "list") &&
	     copy_number(object, "list", 0, REVOCATIONS_NUMBER_MAX, &list) < 0))
		return -EBADMSG;
	mark.first_period = (uint32_t)first;
	mark.last_period = (uint32_t)last;
	mark.received = (time_t)received;
	mark.list = (uint64_t)list;
	*ret_mark = mark;
	return 0;
}

static int read_marks(const json_t *root, struct audit *audit, uint64_t *ret_count)
{
	const json_t *list = json_object_get(root, "marks"), *object;
	size_t i;

	if (json_integer_value(json_object_get(root, "format")) != FORMAT || !json_is_array(list))
		return -EBADMSG;
	json_array_foreach((json_t *)list, i, object)
	{
		struct audit_mark mark;
		int r = read_mark(object, &mark);

		if (r == 0)
			r = audit_begin_at(audit, &mark);
		if (r < 0)
			return r == -EEXIST ? -EBADMSG : r;
	}
	*ret_count = json_array_size(list);
	return 0;
}

int marks_load(const char *path, uid_t owner, struct audit *audit, uint64_t *ret_count)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *text = NULL;
	json_error_t error;
	json_t *root;
	size_t length;
	int r;

	*ret_count = 0;
	r = file_open_trusted(AT_FDCWD, path, owner, &fd);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = file_read_all(fd, MARKS_FILE_MAX, &text, &length);
	if (r < 0)
		return r;
	root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
	r = read_marks(root, audit, ret_count);
	json_decref(root);
	return r;
}

static void add_mark(void *user, const struct audit_chain *chain)
{
	char hash[2 * JOURNAL_HASH_SIZE + 1], sealed_hash[2 * JOURNAL_HASH_SIZE + 1];
	struct audit_mark mark;

	if (!audit_mark_of(chain, &mark))
		return;
	hex_format(mark.head.hash, JOURNAL_HASH_SIZE, hash);
	hex_format(mark.verified.hash, JOURNAL_HASH_SIZE, sealed_hash);
	json_array_append_new(user,
			      json_pack("{s:s, s:s, s:s, s:I, s:s, s:I, s:s, s:I, s:I, s:I, s:I}",
					"host", mark.host, "epoch", mark.epoch, "key", mark.key_id,
					"head", (json_int_t)mark.head.sequence, "hash", hash,
					"sealed", (json_int_t)mark.verified.sequence, "sealed_hash",
					sealed_hash, "first_period", (json_int_t)mark.first_period,
					"last_period", (json_int_t)mark.last_period, "received",
					(json_int_t)mark.received, "list", (json_int_t)mark.list));
}

/* In a directory that is there. */
static int write_file(const char *path, const char *text)
{
	_cleanup_close_ int fd = -1;
	const char *slash = strrchr(path, '/');
	char directory[4096] = ".";

	if (slash && snprintf(directory, sizeof(directory), "%.*s", (int)(slash + 1 - path),
			      path) >= (int)sizeof(directory))
		return -ENAMETOOLONG;
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return file_write_atomic(fd, slash ? slash + 1 : path, text, strlen(text), 0600);
}

int marks_save(const char *path, const struct audit *audit)
{
	_cleanup_free_ char *text = NULL;
	json_t *list = json_array(), *root;

	audit_each(audit, add_mark, list);
	root = json_pack("{s:i, s:o}", "format", FORMAT, "marks", list);
	text = json_dumps(root, JSON_INDENT(1));
	json_decref(root);
	return text ? write_file(path, text) : -ENOMEM;
}

static int format_expired(const char *directory, char path[static 4096])
{
	return snprintf(path, 4096, "%s/" COLLECTOR_EXPIRED, directory) < 4096 ? 0 : -ENAMETOOLONG;
}

int marks_load_expired(const char *directory, uid_t owner, struct audit *audit, uint64_t *ret_count)
{
	char path[4096];
	int r = format_expired(directory, path);

	return r < 0 ? r : marks_load(path, owner, audit, ret_count);
}

int marks_save_expired(const char *directory, const struct audit *audit)
{
	char path[4096];
	int r = format_expired(directory, path);

	return r < 0 ? r : marks_save(path, audit);
}
