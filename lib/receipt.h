/* A collector's receipt, a letter (letter.h): all of a terminal's journal up to an event arrived
 * and was found good. What `sekisho-collector verify --receipts` writes, and what `sekisho receipt`
 * keeps of it once the journal was seen to hold that event: a file of root's alone that the agent
 * reads before it drops segments. */
#ifndef SEKISHO_RECEIPT_H
#define SEKISHO_RECEIPT_H

#include "config.h"
#include "letter.h"

struct receipt {
	struct letter letter;
	struct journal_head verified; /* the last event that counts, and its hash */
};

/* @certificate and @key are PEM files. The caller frees *ret_text. -errno, -EINVAL as
 * signed_make. */
int receipt_sign(const struct receipt *receipt, const char *certificate, const char *key,
		 char **ret_text, size_t *ret_length);

/* -EKEYREJECTED: not signed by the collector @name. -EBADMSG: signed, but no receipt, such as a
 * request to send again. -errno: @authority can't be read. */
int receipt_verify(const char *text, size_t length, const char *authority, const char *name,
		   struct receipt *ret_receipt);

/* The inside of such a letter, whoever signed it. -EBADMSG. Pure. */
int receipt_parse(const char *json, size_t length, struct receipt *ret_receipt);

/* The file at the terminal. Whoever may write it decides what may be dropped: it must be root's or
 * @owner's. -ENOENT: there is none. Other -errno with @ret_error for a person. */
int receipt_load(const char *path, uid_t owner, struct receipt *ret_receipt,
		 struct config_error *ret_error);

/* Replaces @name below @dirfd, durably. -errno. */
int receipt_save(int dirfd, const char *name, const struct receipt *receipt);

/* The same for a whole path. */
int receipt_keep(const char *path, const struct receipt *receipt);

/* Does the file say as much already, or more, of the same journal? An old receipt can't take that
 * back. */
bool receipt_is_kept(const char *path, uid_t owner, const struct receipt *receipt);

#endif
