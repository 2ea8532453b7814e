/* uevent_flood RATE SECONDS FILE...: writes "change" into the uevent files of sysfs, by turns, so
 * that the kernel sends RATE messages a second, until SIGTERM or so many seconds are over. Prints
 * how many it sent and in how many milliseconds. Runs ahead of everything else: the rate is kept
 * whatever the listeners do. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define STEP_MS	  10 /* so many messages at once as fall on one */
#define FILES_MAX 16

static const char word[] = "change";
static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	stopped = number;
}

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void wait_until(long long ms)
{
	const struct timespec then = {ms / 1000, ms % 1000 * 1000000};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &then, NULL);
}

int main(int argc, char **argv)
{
	static const struct sched_param first = {.sched_priority = 1};
	long long began = now_ms(), wanted, sent = 0;
	int files[FILES_MAX], count = argc - 3, rate, seconds;

	if (count < 1 || count > FILES_MAX)
		return 2;
	rate = (int)strtol(argv[1], NULL, 10);
	seconds = (int)strtol(argv[2], NULL, 10);
	for (int i = 0; i < count; i++) {
		files[i] = open(argv[3 + i], O_WRONLY | O_CLOEXEC);
		if (files[i] < 0) {
			perror(argv[3 + i]);
			return 1;
		}
	}
	if (sched_setscheduler(0, SCHED_FIFO, &first) < 0) {
		perror("uevent_flood");
		return 1;
	}
	signal(SIGTERM, on_signal);
	for (long long at = STEP_MS; at <= seconds * 1000LL && !stopped; at += STEP_MS) {
		wait_until(began + at);
		for (wanted = at * rate / 1000; sent < wanted; sent++) {
			if (pwrite(files[sent % count], word, sizeof(word) - 1, 0) < 0) {
				perror("uevent_flood");
				return 1;
			}
		}
	}
	printf("%lld %lld\n", sent, now_ms() - began);
	return 0;
}
