/* Any line as one of the seeds' file. What is taken is a seed that a code can be judged by, must
 * fit the file again, and come back the same when written and read again. */
#include "agent/auth/otpfile.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_usable(const struct otp *otp)
{
	return otp->seed_length >= OTP_SEED_MIN && otp->seed_length <= OTP_SEED_MAX &&
	       otp->digits >= OTP_DIGITS_MIN && otp->digits <= OTP_DIGITS_MAX &&
	       (otp->kind == OTP_TOTP || (otp->kind == OTP_HOTP && otp->hash == OTP_SHA1));
}

static bool are_same(const struct otp_entry *one, const struct otp_entry *other)
{
	return strcmp(one->user, other->user) == 0 && one->otp.kind == other->otp.kind &&
	       one->otp.hash == other->otp.hash && one->otp.digits == other->otp.digits &&
	       one->otp.seed_length == other->otp.seed_length &&
	       memcmp(one->otp.seed, other->otp.seed, one->otp.seed_length) == 0 &&
	       one->from == other->from && one->to == other->to;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct otp_entry entry, again;
	static char line[OTPFILE_LINE];
	const char *wrong;

	if (otpfile_parse_line((const char *)data, size, &entry, &wrong) < 0) {
		if (!wrong)
			__builtin_trap();
		return 0;
	}
	if (wrong || entry.user[0] == '\0' || !is_usable(&entry.otp) ||
	    (entry.from && entry.to && entry.from > entry.to))
		__builtin_trap();
	if (otpfile_format_line(&entry, line) < 0 ||
	    otpfile_parse_line(line, strlen(line) - 1, &again, &wrong) < 0 ||
	    !are_same(&entry, &again))
		__builtin_trap();
	return 0;
}
