/* The file of marks: how far each chain was found good. With it a verification needs only the files
 * that came since, and the auditor's own, without it, is not spoiled by whoever can write it.
 *
 * JSON: {"format": 1, "marks": [{"host", "epoch", "key", "head", "hash", "sealed",
 * "sealed_hash", "first_period", "last_period", "received",
 * "list", "dropped"}]}. */
#ifndef SEKISHO_MARKS_H
#define SEKISHO_MARKS_H

#include "audit.h"

#include <jansson.h>

#define MARKS_FILE_MAX (64u << 20) /* bytes */

/* Hands the marks in @path to @audit, beside those that it has. A missing file is 0 marks. -EPERM:
 * not root's or @owner's alone to write; -EBADMSG: not what marks_save writes, or it contradicts
 * those; other -errno. */
int marks_load(const char *path, uid_t owner, struct audit *audit, uint64_t *ret_count);

/* Writes the marks of all chains, in the place of the former ones. -EFBIG: more than
 * MARKS_FILE_MAX; other -errno. */
int marks_save(const char *path, const struct audit *audit);

/* The same in parts, for a file that has more in it than marks. A json_t is the caller's. */
typedef int marks_begin_fn(struct audit *audit, const struct audit_mark *mark);
int marks_open(const char *path, uid_t owner, size_t max, json_t **ret_root);
int marks_read(const json_t *root, marks_begin_fn *begin, struct audit *audit, uint64_t *ret_count);
json_t *marks_pack(const struct audit *audit); /* NULL: no memory */
/* -ENOMEM where that is NULL; -EFBIG: over @max bytes. */
int marks_write(const char *path, const json_t *root, size_t max);

#endif
