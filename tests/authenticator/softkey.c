/* softkey: a CTAP2.1 authenticator in software, for the tests. See README.md and --help. */
#include "control.h"
#include "device.h"
#include "settings.h"

#include "cleanup.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <time.h>

enum place {
	PLACE_SIGNAL,
	PLACE_TRANSPORT,
	PLACE_CONTROL,
	PLACE_COUNT = PLACE_CONTROL + 1 + CONTROL_CLIENTS,
};

/* Where a turn takes so much longer than it was to wait, the machine stood still, and whoever
 * speaks to the key with it. */
#define STILL_MS 200

static uint64_t stood_still_ms;

/* The time of the key: that in which nobody could do anything is left out. */
static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000 - stood_still_ms;
}

static int wait_for_events(struct pollfd polls[static PLACE_COUNT], int timeout_ms)
{
	const uint64_t begin = now_ms();
	int r = poll(polls, PLACE_COUNT, timeout_ms);
	uint64_t most = begin + (uint64_t)timeout_ms + STILL_MS;

	if (timeout_ms >= 0 && now_ms() > most)
		stood_still_ms += now_ms() - most;
	return r < 0 && errno != EINTR ? -errno : 0;
}

static int open_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int serve(struct device *device, struct control *control, int signals)
{
	struct pollfd polls[PLACE_COUNT];
	int r;

	for (;;) {
		polls[PLACE_SIGNAL] = (struct pollfd){.fd = signals, .events = POLLIN};
		polls[PLACE_TRANSPORT] =
			(struct pollfd){.fd = device->transport.fd, .events = POLLIN};
		control_prepare(control, polls + PLACE_CONTROL);
		r = wait_for_events(polls, device_timeout(device, now_ms()));
		if (r < 0)
			return r;
		if (polls[PLACE_SIGNAL].revents)
			return 0;
		if (polls[PLACE_TRANSPORT].revents) {
			r = device_receive(device, now_ms());
			if (r < 0)
				return r;
		}
		device_tick(device, now_ms());
		control_serve(control, polls + PLACE_CONTROL, device, now_ms());
	}
}

int main(int count, char *arguments[])
{
	static struct device device;
	struct control control;
	struct settings settings;
	_cleanup_close_ int signals = -1;
	int r;

	if (settings_parse(count, arguments, &settings) < 0)
		return 2;
	if (settings.help) {
		settings_help();
		return 0;
	}
	if (settings.tell)
		return control_tell(settings.control, settings.tell) == 0 ? 0 : 1;
	if (settings.die_with_parent)
		prctl(PR_SET_PDEATHSIG, SIGTERM);
	signals = open_signals();
	if (signals < 0)
		return 1;
	r = control_open(&control, settings.control);
	if (r == 0)
		r = device_open(&device, &settings, now_ms());
	if (r == 0) {
		puts("ready");
		fflush(stdout);
		r = serve(&device, &control, signals);
		device_close(&device);
	}
	control_close(&control, settings.control);
	if (r < 0) {
		fprintf(stderr, "softkey: %s\n", strerror(-r));
		return 1;
	}
	return 0;
}
