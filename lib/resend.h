/* A collector's request that a terminal send its events once more, from a number on, a letter
 * (letter.h): what `sekisho-collector verify --requests` writes and `sekisho resend` takes. */
#ifndef SEKISHO_RESEND_H
#define SEKISHO_RESEND_H

#include "letter.h"

struct resend_request {
	struct letter letter;
	uint64_t first; /* send this one and all after it */
	uint64_t
		verified; /* all up to here is at the collector and was found good; 0: nothing is */
};

/* @certificate and @key are PEM files. The caller frees *ret_text. -errno; -EINVAL: they are no
 * such files or don't belong together. */
int resend_sign(const struct resend_request *request, const char *certificate, const char *key,
		char **ret_text, size_t *ret_length);

/* @authority is a PEM file; @name the DNS name that the signer's certificate must be for.
 * -EKEYREJECTED: not signed by that collector. -EBADMSG: signed, but no request. -errno: @authority
 * can't be read. */
int resend_verify(const char *text, size_t length, const char *authority, const char *name,
		  struct resend_request *ret_request);

/* The inside of such a letter, whoever signed it. -EBADMSG. Pure. */
int resend_parse(const char *json, size_t length, struct resend_request *ret_request);

#endif
