/* A collector's request that a terminal send its events once more, from a number on: what
 * `sekisho-collector verify --requests` writes and `sekisho resend` takes. JSON that
 * the collector signed (signed.h). */
#ifndef SEKISHO_RESEND_H
#define SEKISHO_RESEND_H

#include "journal_format.h"
#include "signed.h"

#define RESEND_NAME_MAX 64

struct resend_request {
	char terminal[RESEND_NAME_MAX]; /* for people */
	char host[JOURNAL_ID_SIZE], epoch[JOURNAL_ID_SIZE]; /* whose journal */
	uint64_t first; /* send this one and all after it */
	uint64_t
		verified; /* all up to here is at the collector and was found good; 0: nothing is */
	char time[JOURNAL_TIME_SIZE]; /* when it was asked */
};

/* @certificate and @key are PEM files. The caller frees *ret_text. -errno; -EINVAL: they are no
 * such files or don't belong together. */
int resend_sign(const struct resend_request *request, const char *certificate, const char *key,
		char **ret_text, size_t *ret_length);

/* @authority is a PEM file; @name the DNS name that the signer's certificate must be for.
 * -EKEYREJECTED: not signed by that collector. -EBADMSG: signed, but not what resend_sign writes.
 * -errno:
 * @authority can't be read. */
int resend_verify(const char *text, size_t length, const char *authority, const char *name,
		  struct resend_request *ret_request);

#endif
