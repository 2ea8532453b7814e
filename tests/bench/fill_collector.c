/* fill_collector DIRECTORY TERMINALS EVENTS: what a collector holds after that many terminals sent
 * that many events each: a day's folder with a file a terminal. For `make bench`. */
#include "journal_format.h"

#include "cleanup.h"
#include "number.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define TIME UINT64_C(1795595700000000) /* 2026-11-25T08:35:00Z, microseconds */
#define BOOT "fedcba9876543210fedcba9876543210"
#define JSON 65 /* offset after the hash */

static json_t *stick(void)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "device", "1-1.2", "interfaces",
			 "080650", "name", "DataTraveler 3.0", "product", "1666", "reason",
			 "no-rule", "serial", "E0D55EA574B1E4C0B9870123", "vendor", "0951");
}

static int fill(FILE *file, const char *host, uint64_t events, const json_t *fields)
{
	struct journal_head head = {};

	for (uint64_t i = 0; i < events; i++) {
		const struct journal_entry entry = {
			.boot = BOOT,
			.fields = fields,
			.id = "0d9c1c0e-6a8d-4f2e-9a49-2a4d5e6f7081",
			.kind = "device.blocked",
			.monotonic_us = i * 1000000,
			.time_us = TIME + i * 1000000,
		};
		char line[JOURNAL_LINE_MAX], time[JOURNAL_TIME_SIZE];
		size_t length;
		int r = journal_format_event(&entry, &head, line, &length, &head);

		if (r < 0)
			return r;
		r = journal_format_time(entry.time_us + 20000, time);
		if (r < 0)
			return r;
		line[length - 1] = '\0';
		fprintf(file,
			"%s 192.0.2.7 [sekisho@32473 h=\"%s\" e=\"" BOOT "\" n=\"%" PRIu64
			"\" x=\"%.64s\"] %s\n",
			time, host, head.sequence, line, line + JSON);
	}
	return ferror(file) ? -EIO : 0;
}

int main(int argc, char **argv)
{
	uint64_t terminals, events;
	json_t *fields = stick();
	int r = 0;

	if (argc != 4 || number_parse(argv[2], 1, 100000, &terminals) < 0 ||
	    number_parse(argv[3], 1, 100000000, &events) < 0) {
		fprintf(stderr, "usage: fill_collector DIRECTORY TERMINALS EVENTS\n");
		return 2;
	}
	for (uint64_t i = 0; i < terminals && r == 0; i++) {
		_cleanup_fclose_ FILE *file = NULL;
		char path[512], host[JOURNAL_ID_SIZE];

		snprintf(host, sizeof(host), "%032" PRIx64, i);
		snprintf(path, sizeof(path), "%s/counter-%05" PRIu64 ".log", argv[1], i);
		file = fopen(path, "w");
		r = file ? fill(file, host, events, fields) : -errno;
		if (r == 0 && fflush(file) != 0)
			r = -errno;
	}
	json_decref(fields);
	if (r < 0)
		fprintf(stderr, "fill_collector: %s\n", strerror(-r));
	return r < 0;
}
