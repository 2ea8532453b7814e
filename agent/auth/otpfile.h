/* The seeds of one-time codes: authd's own file, readable by nobody else. One line a person, sorted
 * by the bytes of the user's name:
 *
 *     # sekisho-otp 1
 *     USER totp|hotp SEED-HEX [digits=6|7|8] [hash=sha1|sha256|sha512] [from=DATE] [to=DATE]
 *
 * Without them: six digits, sha1 (what apps know). Days as in the roster. An unknown attribute, one
 * given twice, a wrong value, a line out of order: an error that names the line.
 *
 * What a seed has been used for stands in the counters (otpstate.h). Removing the line revokes the
 * seed; the counter stays, so that a seed that comes back brings no used code back. */
#ifndef SEKISHO_OTPFILE_H
#define SEKISHO_OTPFILE_H

#include "config.h"
#include "otp.h"
#include "roster.h"

#define OTPFILE_NAME   "otp" /* in the state directory */
#define OTPFILE_HEADER "# sekisho-otp 1\n"
#define OTPFILE_MAX    4194304u /* bytes */
#define OTPFILE_LINE   640 /* bytes of a line with its newline */

struct otp_entry {
	char user[ROSTER_USER_MAX];
	struct otp otp;
	uint32_t from, to; /* days, YYYYMMDD; 0: not given */
};

void otp_entry_wipe(struct otp_entry *entry);
#define _cleanup_otp_entry_ __attribute__((cleanup(otp_entry_wipe)))

/* The whole of it, for whoever changes it. */
struct otpfile {
	struct otp_entry *entries;
	size_t count;
	size_t room; /* at least one more */
};

void otpfile_release(struct otpfile *file);
#define _cleanup_otpfile_ __attribute__((cleanup(otpfile_release)))

/* One line without its newline. 0 or -EINVAL and what is wrong (a constant text). Pure. */
int otpfile_parse_line(const char *line, size_t length, struct otp_entry *ret_entry,
		       const char **ret_wrong);

/* The line of an entry with its newline, zero-terminated. -EMSGSIZE. Pure. */
int otpfile_format_line(const struct otp_entry *entry, char line[static OTPFILE_LINE]);

/* ROSTER_VALID, ROSTER_NOT_YET or ROSTER_EXPIRED on @day (YYYYMMDD). Pure. */
enum roster_validity otpfile_validity(const struct otp_entry *entry, uint32_t day);

/* The person's entry in the file below @directory; -ENOENT if there is none. Other people's lines
 * are not judged. -EPERM if it is not ours alone; -EINVAL, -errno: with @ret_error. */
int otpfile_find(const char *directory, const char *user, struct otp_entry *ret_entry,
		 struct config_error *ret_error);

/* All of it; a missing file is an empty one. The errors are those of otpfile_find(). */
int otpfile_load(const char *directory, struct otpfile *ret_file, struct config_error *ret_error);

/* Makes room for @more; there is room for one after each load. -ENOMEM. */
int otpfile_reserve(struct otpfile *file, size_t more);

/* Adds, in its place. -EEXIST if the person has one, -EINVAL for what the file can't hold, -ENOBUFS
 * where no room was made. */
int otpfile_add(struct otpfile *file, const struct otp_entry *entry);

/* -ENOENT. */
int otpfile_remove(struct otpfile *file, const char *user);

/* Replaces the file: durable when it returns 0. -EFBIG, -ENOSPC, -errno. */
int otpfile_save(const char *directory, const struct otpfile *file);

/* Keeps others from changing it until the descriptor is closed. */
int otpfile_lock(const char *directory, int *ret_fd);

#endif
