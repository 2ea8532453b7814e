#include "pin.h"

#include "agent/auth/tokenproto.h"
#include "cleanup.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <termios.h>
#include <unistd.h>

static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
	caught = number;
}

/* Byte by byte: no buffer of the C library keeps a copy. */
static int read_line(struct secret *pin)
{
	char byte = '\0';
	ssize_t count;

	while (!caught && (count = read(STDIN_FILENO, &byte, 1)) != 0 && byte != '\n') {
		if (count < 0 && errno != EINTR)
			return -errno;
		if (count > 0 && pin->length < SECRET_MAX)
			pin->bytes[pin->length++] = byte;
	}
	if (caught)
		return -EINTR;
	if (pin->length > 0)
		return 0;
	return byte == '\n' ? -EINVAL : -ENODATA;
}

int pin_read_line(const char *prompt, struct secret *pin)
{
	/* Without SA_RESTART: the read must end. */
	const struct sigaction catch = {.sa_handler = on_signal};
	struct sigaction old[ARRAY_SIZE(signals)];
	struct termios saved;
	struct termios quiet;
	bool terminal = tcgetattr(STDIN_FILENO, &saved) == 0;
	int r;

	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return -errno;
	caught = 0;
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &catch, &old[i]);
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
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &old[i], NULL);
	if (caught) {
		secret_wipe(pin);
		raise(caught);
	}
	return r;
}

int pin_read(const char *prompt, struct secret *pin)
{
	int r = pin_read_line(prompt, pin);

	return r == 0 && pin->length >= TOKEN_PIN_MAX ? -EINVAL : r;
}
