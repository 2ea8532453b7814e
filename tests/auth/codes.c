#include "codes.h"

#include "folder.h"

#include "agent/auth/otpfile.h"
#include "agent/auth/tally.h"
#include "cleanup.h"
#include "wire.h"

#include <liboath/oath.h>
#include <string.h>
#include <time.h>

const char *codes_of(const char *seed, size_t length, uint64_t counter)
{
	static char codes[2][OTP_CODE_SIZE];
	static unsigned int turn;
	char *code = codes[turn++ % 2];

	assert_int_equal(oath_hotp_generate(seed, length, counter, 6, false,
					    OATH_HOTP_DYNAMIC_TRUNCATION, code),
			 OATH_OK);
	return code;
}

const char *codes_at(uint64_t counter)
{
	return codes_of(CODES_SEED, strlen(CODES_SEED), counter);
}

const char *codes_now(void)
{
	return codes_at(codes_step());
}

uint64_t codes_step(void)
{
	return (uint64_t)time(NULL) / OTP_STEP;
}

void codes_write(const struct terminal *terminal, const char *lines, mode_t mode)
{
	char text[1024];
	int length = snprintf(text, sizeof(text), OTPFILE_HEADER "%s", lines);

	assert_in_range(length, 1, sizeof(text) - 1);
	folder_write(terminal, "state/" OTPFILE_NAME, text, mode);
}

struct otpstate codes_place(const struct terminal *terminal, const struct otp *otp,
			    const struct otpstate *write)
{
	_cleanup_close_ int dirfd = folder_state(terminal);
	struct otpstate place = {};
	int fd = -1;

	assert_int_equal(counter_open(dirfd, TALLY_FILE, &fd), 0);
	assert_int_equal(otpstate_lock(fd, otp, wire_now() + 1000, &place), 0);
	if (write) {
		place.state = write->state;
		place.tries = write->tries;
		assert_int_equal(otpstate_store(&place), 0);
	}
	close(fd);
	return place;
}
