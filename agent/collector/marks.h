/* The file of marks: how far each chain was found good. With it a verification needs only the files
 * that came since, and the auditor's own, without it, is not spoiled by whoever can write it.
 *
 * JSON: {"format": 1, "marks": [{"host", "epoch", "key", "head", "hash", "sealed",
 * "sealed_hash", "first_period", "last_period", "received"}]}. */
#ifndef SEKISHO_MARKS_H
#define SEKISHO_MARKS_H

#include "audit.h"

#define MARKS_FILE_MAX (64u << 20) /* bytes */

/* Hands the marks in @path to @audit, beside those that it has. A missing file is 0 marks. -EPERM:
 * not root's or @owner's alone to write; -EBADMSG: not what marks_save writes; other -errno. */
int marks_load(const char *path, uid_t owner, struct audit *audit, uint64_t *ret_count);

/* The same for what was deleted from @directory's collector ("expired"; marks_save there). */
int marks_load_expired(const char *directory, uid_t owner, struct audit *audit,
		       uint64_t *ret_count);
int marks_save_expired(const char *directory, const struct audit *audit);

/* Writes the marks of all chains, in the place of the former ones. -errno. */
int marks_save(const char *path, const struct audit *audit);

#endif
