/* A collector's receipt, a letter (letter.h): all of a terminal's journal up to an event arrived
 * and was found good. What `sekisho-collector verify --receipts` writes, and `sekisho receipt` or
 * the agent keeps as it is once the journal was seen to hold that event: the agent reads it before
 * it drops segments, `sekisho verify` holds the journal against it. */
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

/* What is kept at the terminal, whoever signed it. Whoever may write it decides what may be
 * dropped: it must be root's or @owner's. -ENOENT: there is none. Other -errno. @ret_error for a
 * person, each time. */
int receipt_load(const char *path, uid_t owner, struct receipt *ret_receipt,
		 struct config_error *ret_error);

/* The same, if the collector @name signed it, whoever may write it. -EKEYREJECTED: not that one. */
int receipt_load_signed(const char *path, const char *authority, const char *name,
			struct receipt *ret_receipt, struct config_error *ret_error);

/* Replaces the file, durably, by the letter @text, which receipt_verify took. -errno. */
int receipt_keep(const char *path, const char *text, size_t length);

/* Does the file say as much already, or more, of the same journal, and did the collector @name sign
 * it? An old receipt can't take that back. */
bool receipt_is_kept(const char *path, const char *authority, const char *name,
		     const struct receipt *receipt);

#endif
