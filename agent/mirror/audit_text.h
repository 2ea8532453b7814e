/* An event as a record of the kernel's audit system, for the kinds that ausearch(8) has types for.
 * Names and encoding are those of audit's own: a value is in quotes, or in hexadecimal where it has
 * a space, a quote or a control character (audit_encode_nv_string(3)). */
#ifndef SEKISHO_AUDIT_TEXT_H
#define SEKISHO_AUDIT_TEXT_H

#include "event.h"
#include "journal_format.h"

#define AUDIT_TEXT_MAX 8000 /* bytes; the kernel cuts a message, its result with it, at 8560 */

struct audit_text {
	int type; /* AUDIT_USER_AUTH, AUDIT_USER_DEVICE */
	int result; /* 1: success, 0: failure */
	char *text; /* op=login.refused event="..." acct="taro" ...; the caller frees it */
};

/* -ENOENT: audit has no type for its kind. -EBADMSG: no event; -ENOMEM. */
int audit_text_make(const struct journal_record *record, struct audit_text *ret);

#endif
