/* What the parts of `sekisho otp` share. */
#ifndef SEKISHO_OTP_CLI_H
#define SEKISHO_OTP_CLI_H

#include "agent/auth/otpfile.h"
#include "agent/auth/otpstate.h"
#include "event.h"

#include <stdbool.h>

struct otp_options {
	const char *from, *to, *digits, *issuer;
	bool hotp;
	bool given; /* the seed is typed */
	bool text; /* no QR code */
	bool ascii;
	const char *state; /* directory */
	const char *roster; /* people's days */
	const char *record; /* the engine's socket */
	const char *config; /* sekisho.conf */
	uid_t caller;
};

int otp_add(const struct otp_options *options, const char *user);
int otp_resync_user(const struct otp_options *options, const char *user);

/* Says on standard error which file keeps this terminal from asking the person for codes, if one
 * does, or that it can't be told. */
void otp_tell_if_not_asked(const char *config, const char *user);

/* The seed's place in the counters, locked until @ret_fd is closed. COMMAND_OK. */
int otp_lock_place(const struct otp_options *options, const struct otp *otp, int *ret_fd,
		   struct otpstate *ret_place);

/* The file below its lock, until @ret_lock is closed. COMMAND_OK. */
int otp_load_locked(const struct otp_options *options, struct otpfile *file, int *ret_lock);

void otp_record(const struct otp_options *options, enum event_kind kind,
		const struct otp_entry *entry);

#endif
