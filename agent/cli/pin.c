#include "pin.h"

#include "ending.h"

#include "agent/auth/tokenproto.h"
#include "cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

/* Byte by byte: no buffer of the C library keeps a copy. */
static int read_line(struct secret *pin)
{
	char byte = '\0';
	ssize_t count;

	while (!ending_came() && (count = read(STDIN_FILENO, &byte, 1)) != 0 && byte != '\n') {
		if (count < 0 && errno != EINTR)
			return -errno;
		if (count > 0 && pin->length < SECRET_MAX)
			pin->bytes[pin->length++] = byte;
	}
	if (ending_came())
		return -EINTR;
	if (pin->length > 0)
		return 0;
	return byte == '\n' ? -EINVAL : -ENODATA;
}

int pin_read_line(const char *prompt, struct secret *pin)
{
	struct ending ending;
	struct termios saved;
	struct termios quiet;
	bool terminal = tcgetattr(STDIN_FILENO, &saved) == 0;
	int r;

	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return -errno;
	ending_hold(&ending);
	if (terminal) {
		quiet = saved;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	fputs(prompt, stderr);
	r = read_line(pin);
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved);
		fputc('\n', stderr);
	}
	if (ending_came())
		secret_wipe(pin);
	ending_release(&ending);
	return r;
}

int pin_read(const char *prompt, struct secret *pin)
{
	int r = pin_read_line(prompt, pin);

	return r == 0 && pin->length >= TOKEN_PIN_MAX ? -EINVAL : r;
}
