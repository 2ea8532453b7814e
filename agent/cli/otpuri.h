/* The address by which apps take a seed: otpauth://totp/ISSUER:USER?secret=...&issuer=ISSUER, as
 * they agreed on (Key Uri Format). Pure. */
#ifndef SEKISHO_OTPURI_H
#define SEKISHO_OTPURI_H

#include "agent/auth/otpfile.h"

#define OTPURI_MAX 2048 /* bytes with the closing zero */

/* What is the default for apps is left out: the shorter, the larger are the dots. -EMSGSIZE,
 * -ENOMEM. @uri is wiped by the caller. */
int otpuri_format(const struct otp_entry *entry, const char *issuer, char uri[static OTPURI_MAX]);

/* A seed as people get it: hexadecimal digits, or base32 (RFC 4648), with blanks and lower case as
 * they come. -EINVAL, also for one that is too short or too long. */
int otpuri_read_seed(const char *text, size_t length, struct otp *otp);

#endif
