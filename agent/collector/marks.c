#include "marks.h"

#include "cleanup.h"
#include "file.h"
#include "number.h"
#include "revocations.h"

#include <errno.h>
#include <fcntl.h>
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
	json_int_t first, last, received, list = 0, dropped = 0;

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
	     copy_number(object, "list", 0, REVOCATIONS_NUMBER_MAX, &list) < 0) ||
	    (json_object_get(object, "dropped") &&
	     copy_number(object, "dropped", 0, (json_int_t)JOURNAL_SEQUENCE_MAX, &dropped) < 0))
		return -EBADMSG;
	mark.begins_dropped = (uint64_t)dropped;
	mark.first_period = (uint32_t)first;
	mark.last_period = (uint32_t)last;
	mark.received = (time_t)received;
	mark.list = (uint64_t)list;
	*ret_mark = mark;
	return 0;
}

int marks_read(const json_t *root, marks_begin_fn *begin, struct audit *audit, uint64_t *ret_count)
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
			r = begin(audit, &mark);
		if (r < 0)
			return r == -EEXIST ? -EBADMSG : r;
	}
	*ret_count = json_array_size(list);
	return 0;
}

int marks_open(const char *path, uid_t owner, size_t max, json_t **ret_root)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *text = NULL;
	json_error_t error;
	size_t length;
	int r;

	*ret_root = NULL;
	r = file_open_trusted(AT_FDCWD, path, owner, &fd);
	if (r < 0)
		return r;
	r = file_read_all(fd, max, &text, &length);
	if (r < 0)
		return r;
	*ret_root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
	return *ret_root ? 0 : -EBADMSG;
}

int marks_load(const char *path, uid_t owner, struct audit *audit, uint64_t *ret_count)
{
	json_t *root;
	int r = marks_open(path, owner, MARKS_FILE_MAX, &root);

	*ret_count = 0;
	if (r == 0)
		r = marks_read(root, audit_begin_at, audit, ret_count);
	json_decref(root);
	return r == -ENOENT ? 0 : r;
}

struct packing {
	json_t *list;
	int error;
};

static void add_mark(void *user, const struct audit_chain *chain)
{
	struct packing *packing = user;
	char hash[2 * JOURNAL_HASH_SIZE + 1], sealed_hash[2 * JOURNAL_HASH_SIZE + 1];
	struct audit_mark mark;
	json_t *object;

	if (!audit_mark_of(chain, &mark))
		return;
	hex_format(mark.head.hash, JOURNAL_HASH_SIZE, hash);
	hex_format(mark.verified.hash, JOURNAL_HASH_SIZE, sealed_hash);
	object = json_pack(
		"{s:s, s:s, s:s, s:I, s:s, s:I, s:s, s:I, s:I, s:I, s:I, s:I}", "host", mark.host,
		"epoch", mark.epoch, "key", mark.key_id, "head", (json_int_t)mark.head.sequence,
		"hash", hash, "sealed", (json_int_t)mark.verified.sequence, "sealed_hash",
		sealed_hash, "first_period", (json_int_t)mark.first_period, "last_period",
		(json_int_t)mark.last_period, "received", (json_int_t)mark.received, "list",
		(json_int_t)mark.list, "dropped", (json_int_t)mark.begins_dropped);
	if (json_array_append_new(packing->list, object) < 0)
		packing->error = -ENOMEM;
}

json_t *marks_pack(const struct audit *audit)
{
	struct packing packing = {.list = json_array()};

	audit_each(audit, add_mark, &packing);
	if (packing.error == 0)
		return json_pack("{s:i, s:o}", "format", FORMAT, "marks", packing.list);
	json_decref(packing.list);
	return NULL;
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

int marks_write(const char *path, const json_t *root, size_t max)
{
	_cleanup_free_ char *text = root ? json_dumps(root, JSON_INDENT(1)) : NULL;

	if (!text)
		return -ENOMEM;
	/* Else nobody could read it again. */
	return strlen(text) > max ? -EFBIG : write_file(path, text);
}

int marks_save(const char *path, const struct audit *audit)
{
	json_t *root = marks_pack(audit);
	int r = marks_write(path, root, MARKS_FILE_MAX);

	json_decref(root);
	return r;
}
