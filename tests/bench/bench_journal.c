/* bench_journal DIRECTORY [SECONDS [bare]]: what a durable event costs there, beside the bare
 * fdatasync of a preallocated file, which is the limit for one writer; and how fast the journal is
 * verified. "bare": the limit alone. */
#include "agent/engine/journal.h"

#include "cleanup.h"
#include "event.h"
#include "journal_verify.h"
#include "number.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE	  400 /* bytes of an ordinary event */
#define FILE_SIZE 8388608
#define TIMES_MAX 1000000
#define HOST	  "00112233445566778899aabbccddeeff"

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct times {
	double *us;
	size_t count;
	double begin;
};

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static void show(const char *name, struct times *times, size_t events)
{
	double total = seconds() - times->begin;

	qsort(times->us, times->count, sizeof(double), compare);
	printf("%-34s %9.0f events/s  commit p50 %8.0f us  p99 %8.0f us\n", name,
	       (double)events / total, times->us[times->count / 2],
	       times->us[times->count * 99 / 100]);
}

/* Written piece by piece as a segment is: of a file that came by one write the page cache holds
 * larger pieces (folios), and a flush out of those was an eighth slower (ext4, Linux 6.18). */
static int prepare(int fd)
{
	static const char zeros[65536];

	for (off_t at = 0; at < FILE_SIZE; at += (off_t)sizeof(zeros))
		if (pwrite(fd, zeros, sizeof(zeros), at) != sizeof(zeros))
			return -EIO;
	return fsync(fd) < 0 ? -errno : 0;
}

/* The limit: a line of zeros' place is overwritten and flushed, and nothing else done. */
static int bench_bare(int directory, double limit, struct times *times)
{
	_cleanup_close_ int fd =
		openat(directory, "bare", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	char bytes[LINE];
	off_t at = 0;
	int r;

	if (fd < 0)
		return -errno;
	r = prepare(fd);
	if (r < 0)
		return r;
	memset(bytes, 'x', LINE);
	times->count = 0;
	times->begin = seconds();
	while (seconds() - times->begin < limit && times->count < TIMES_MAX) {
		double before = seconds();

		if (pwrite(fd, bytes, LINE, at) != LINE || fdatasync(fd) < 0)
			return -errno;
		at = (at + LINE) % (FILE_SIZE - LINE);
		times->us[times->count++] = (seconds() - before) * 1e6;
	}
	show("bare pwrite + fdatasync", times, times->count);
	return unlinkat(directory, "bare", 0);
}

static int compose(struct record_request *request)
{
	_cleanup_event_ struct event event = {};
	int r;

	r = event_begin(&event, EVENT_LOGIN_GRANTED);
	if (r < 0)
		return r;
	event_set(&event, "user", "taro");
	event_set(&event, "service", "login");
	event_set(&event, "tty", "tty1");
	return event_to_record(&event, request);
}

static int bench_group(struct journal *journal, unsigned int group, double limit,
		       struct times *times)
{
	struct record_request request;
	size_t events = 0;
	char name[64];
	int r;

	times->count = 0;
	times->begin = seconds();
	while (seconds() - times->begin < limit && times->count < TIMES_MAX) {
		double before;
		uint64_t sequence;

		for (unsigned int i = 0; i < group; i++) {
			r = compose(&request);
			if (r == 0)
				r = journal_append(journal, &request, &sequence);
			if (r == -EAGAIN)
				break; /* the segment is full: what there is is the group */
			if (r < 0)
				return r;
			events++;
		}
		before = seconds();
		r = journal_commit(journal);
		if (r < 0)
			return r;
		times->us[times->count++] = (seconds() - before) * 1e6;
	}
	snprintf(name, sizeof(name), "journal, groups of %u", group);
	show(name, times, events);
	return 0;
}

static int bench_verify(int directory)
{
	struct journal_summary summary;
	double begin = seconds(), taken;
	int r;

	r = journal_verify(directory, 0, NULL, NULL, &summary);
	if (r < 0 || summary.findings)
		return r < 0 ? r : -EBADMSG;
	taken = seconds() - begin;
	printf("%-34s %9.0f events/s  (%" PRIu64 " events, ten million in %.0f s)\n", "verify",
	       (double)summary.records / taken, summary.records,
	       taken * 1e7 / (double)summary.records);
	return 0;
}

static int run(const char *path, int directory, double limit, bool only_bare)
{
	static const unsigned int groups[] = {1, 8, 32, 128};
	struct journal_options options = {.host = HOST, .boot = HOST};
	struct journal_recovery recovery;
	struct journal *journal;
	struct times times = {.us = calloc(TIMES_MAX, sizeof(double))};
	int r = times.us ? 0 : -ENOMEM;

	if (r == 0)
		r = bench_bare(directory, limit, &times);
	if (r < 0 || only_bare) {
		free(times.us);
		return r;
	}
	r = journal_open(path, &options, &journal, &recovery);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(groups); i++)
		r = bench_group(journal, groups[i], limit, &times);
	if (r == 0) {
		journal_close(journal);
		r = bench_verify(directory);
	}
	free(times.us);
	return r;
}

static void clean_up(const char *path, int directory)
{
	DIR *stream = fdopendir(directory);
	const struct dirent *entry;

	while (stream && (entry = readdir(stream)))
		if (entry->d_name[0] != '.')
			unlinkat(directory, entry->d_name, 0);
	rmdir(path);
}

int main(int argc, char **argv)
{
	uint64_t limit = 3;
	char path[4096];
	int directory, r;

	if (argc < 2 || argc > 4 || (argc > 2 && number_parse(argv[2], 1, 600, &limit) < 0) ||
	    (argc == 4 && strcmp(argv[3], "bare") != 0)) {
		fprintf(stderr, "usage: bench_journal DIRECTORY [SECONDS [bare]]\n");
		return 2;
	}
	snprintf(path, sizeof(path), "%s/sekisho-bench-XXXXXX", argv[1]);
	if (!mkdtemp(path)) {
		perror(path);
		return 2;
	}
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = directory < 0 ? -errno : run(path, directory, (double)limit, argc == 4);
	clean_up(path, directory);
	if (r < 0)
		fprintf(stderr, "bench_journal: %s\n", strerror(-r));
	return r < 0;
}
