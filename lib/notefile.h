/* A note on a log-in: a file of JSON below /run, named by the id of the log-in's event, and
 * ID.opened once the log-in went on. Written and read as a whole. */
#ifndef SEKISHO_NOTEFILE_H
#define SEKISHO_NOTEFILE_H

#include "protocol.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define NOTEFILE_SIZE_MAX 8192 /* bytes of a file */
#define NOTEFILE_NAME_MAX (PROTOCOL_ID_MAX + 8) /* of its name */
#define NOTEFILE_OPENED	  ".opened"

/* A member of a note, in the file under its name. */
struct notefile_member {
	enum { NOTEFILE_TEXT, NOTEFILE_INT32, NOTEFILE_INT64 } kind; /* numbers: 0 or more */
	const char *name;
	size_t offset, size;
	bool may_lack; /* an older authd's note has it not: "" or 0 then */
};

#define NOTEFILE_MEMBER(kind, name, type, member, may_lack)                                        \
	{                                                                                          \
		NOTEFILE_##kind, name, offsetof(type, member), sizeof(((type *)0)->member),        \
			may_lack                                                                   \
	}

/* The members of the note, texts escaped. NULL: no memory. The caller's to release, or to pass on
 * to notefile_write(). */
json_t *notefile_pack(const void *note, const struct notefile_member *members, size_t count);

/* Texts as they were before notefile_pack(): to be escaped where they are shown. -EBADMSG: one
 * lacks, or is not what it is said to be. */
int notefile_unpack(const json_t *object, const struct notefile_member *members, size_t count,
		    void *note);

/* Writes it below @directory, not opened yet, and releases @object, which may be NULL: -ENOMEM.
 * -EBADMSG: the id is no file's name. */
int notefile_write(int directory, const char *id, json_t *object, mode_t mode);

/* The log-in went on. -ENOENT: there is no such file. */
int notefile_open(int directory, const char *id);

/* Takes it away, opened or not. */
void notefile_remove(int directory, const char *id);

/* Reads the file @name below @directory: whose it is, and what it holds, the caller's to release.
 * -EBADMSG: it is none of ours. */
int notefile_read(int directory, const char *name, char id[static PROTOCOL_ID_MAX],
		  bool *ret_opened, json_t **ret_object);

#endif
