#include "tokendevice.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/time.h>
#include <time.h>

#define BUSY_US	 700000 /* held longer than this is worth telling */
#define AGAIN_NS 20000000

static volatile sig_atomic_t stopped;
static timer_t again;

/* A signal that comes just before a wait does not end it, and libfido2 waits where nobody can look
 * after .stopped in between: so another one comes, until the token is told. timer_settime() may be
 * called here (signal-safety(7)). */
static void on_signal(int number)
{
	static const struct itimerspec soon = {{0, AGAIN_NS}, {0, AGAIN_NS}};
	const int error = errno;

	if (number == SIGTERM && !stopped) {
		stopped = 1;
		timer_settime(again, 0, &soon, NULL);
	}
	errno = error;
}

int tokendevice_arm(void)
{
	/* Without SA_RESTART: the wait for the token must end. */
	struct sigaction action = {.sa_handler = on_signal};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};

	if (timer_create(CLOCK_MONOTONIC, &event, &again) < 0)
		return -errno;
	if (sigaction(SIGTERM, &action, NULL) < 0 || sigaction(SIGALRM, &action, NULL) < 0)
		return -errno;
	return 0;
}

bool tokendevice_stopped(void)
{
	return stopped;
}

/* libfido2 locks the node it opens and, where another program holds that lock, sleeps and retries
 * for some 21 s without a word (its src/hid_linux.c). So the lock is waited for here. */
static enum token_status wait_free(const char *path, void (*busy)(void *user), void *user)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	const struct itimerval moment = {.it_value.tv_usec = BUSY_US};
	const struct itimerval none = {};
	int r;

	/* No node of a kind that can be opened: whether that is a fault is for the open proper. */
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0)
		return TOKEN_OK;
	setitimer(ITIMER_REAL, &moment, NULL);
	r = flock(fd, LOCK_EX);
	setitimer(ITIMER_REAL, &none, NULL);
	if (r < 0 && !stopped) {
		busy(user);
		do
			r = flock(fd, LOCK_EX);
		while (r < 0 && errno == EINTR && !stopped);
	}
	return r == 0 ? TOKEN_OK : TOKEN_GONE;
}

enum token_status tokendevice_open(const char *path, const fido_dev_io_t *io, uint32_t timeout_ms,
				   void (*busy)(void *user), void *user,
				   struct tokendevice *ret_device)
{
	enum token_status status;
	int r;

	*ret_device = (struct tokendevice){};
	status = wait_free(path, busy, user);
	if (status != TOKEN_OK)
		return status;
	ret_device->dev = fido_dev_new();
	if (!ret_device->dev)
		return TOKEN_FAULT;
	if (io && fido_dev_set_io_functions(ret_device->dev, io) != FIDO_OK)
		return TOKEN_FAULT;
	status = tokendevice_again(ret_device, timeout_ms);
	if (status != TOKEN_OK)
		return status;
	r = fido_dev_open(ret_device->dev, path);
	if (r != FIDO_OK) {
		status = tokendevice_status(ret_device, r);
		tokendevice_close(ret_device, TOKEN_OK);
		/* A node that can't be opened, and one that sends nonsense, are both no key. */
		return status == TOKEN_SILENT ? TOKEN_SILENT : TOKEN_GONE;
	}
	if (!fido_dev_is_fido2(ret_device->dev))
		return TOKEN_NOT_FIDO2;
	return TOKEN_OK;
}

enum token_status tokendevice_again(struct tokendevice *device, uint32_t timeout_ms)
{
	device->deadline = wire_now() + timeout_ms;
	return fido_dev_set_timeout(device->dev, (int)timeout_ms) == FIDO_OK ? TOKEN_OK
									     : TOKEN_FAULT;
}

enum token_status tokendevice_status(const struct tokendevice *device, int code)
{
	static const struct {
		int code;
		enum token_status status;
	} rows[] = {
		{FIDO_OK, TOKEN_OK},
		{FIDO_ERR_PIN_INVALID, TOKEN_PIN_WRONG},
		{FIDO_ERR_PIN_AUTH_BLOCKED, TOKEN_PIN_AUTH_BLOCKED},
		{FIDO_ERR_PIN_BLOCKED, TOKEN_PIN_BLOCKED},
		{FIDO_ERR_PIN_REQUIRED, TOKEN_PIN_REQUIRED},
		{FIDO_ERR_PIN_NOT_SET, TOKEN_PIN_NOT_SET},
		{FIDO_ERR_PIN_POLICY_VIOLATION, TOKEN_PIN_POLICY},
		{FIDO_ERR_UV_INVALID, TOKEN_UV_WRONG},
		{FIDO_ERR_UV_BLOCKED, TOKEN_UV_BLOCKED},
		{FIDO_ERR_NO_CREDENTIALS, TOKEN_NO_CREDENTIAL},
		{FIDO_ERR_INVALID_CREDENTIAL, TOKEN_NO_CREDENTIAL},
		{FIDO_ERR_CREDENTIAL_EXCLUDED, TOKEN_EXCLUDED},
		{FIDO_ERR_USER_ACTION_TIMEOUT, TOKEN_UNTOUCHED},
		{FIDO_ERR_ACTION_TIMEOUT, TOKEN_UNTOUCHED},
		{FIDO_ERR_TIMEOUT, TOKEN_UNTOUCHED},
		{FIDO_ERR_OPERATION_DENIED, TOKEN_DENIED},
		{FIDO_ERR_UNSUPPORTED_OPTION, TOKEN_UNSUPPORTED},
		{FIDO_ERR_UNSUPPORTED_ALGORITHM, TOKEN_UNSUPPORTED},
		{FIDO_ERR_TX, TOKEN_GONE},
	};

	/* libfido2 tells a time limit and a lost token alike. */
	if (code == FIDO_ERR_RX)
		return wire_now() + 20 >= device->deadline ? TOKEN_SILENT : TOKEN_GONE;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].code == code)
			return rows[i].status;
	return TOKEN_FAULT;
}

void tokendevice_close(struct tokendevice *device, enum token_status status)
{
	if (!device->dev)
		return;
	if (stopped) {
		static const struct itimerspec never;

		timer_settime(again, 0, &never, NULL);
	}
	/* A token left alone goes on blinking, and a later touch would still sign. */
	if (stopped || status == TOKEN_SILENT)
		fido_dev_cancel(device->dev);
	fido_dev_close(device->dev);
	fido_dev_free(&device->dev);
}
