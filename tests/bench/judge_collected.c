/* judge_collected DIRECTORY [KEYS]: the collector's judge over all files there, with the terminals
 * that KEYS knows or without seals: what it found, how long it took and how much memory. Status 1
 * if there is a finding. */
#include "agent/collector/audit.h"
#include "agent/collector/files.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define SHOWN_MAX 10

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void show_finding(void *user, const struct audit_finding *finding)
{
	unsigned int *shown = user;

	if ((*shown)++ < SHOWN_MAX)
		printf("finding: %s %s:%" PRIu64 " host %s, %" PRIu64 "-%" PRIu64 "\n",
		       audit_damage_name(finding->damage), finding->file ? finding->file : "-",
		       finding->line, finding->chain ? finding->chain->host : "-",
		       finding->sequence, finding->last);
}

static void no_progress(void *user, uint64_t done, uint64_t total)
{
	(void)user;
	(void)done;
	(void)total;
}

/* KiB, of this program: getrusage(2) also tells of what called it, before exec. */
static long peak_memory(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[128];
	long peak = 0;

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, "VmHWM:", 6) == 0)
			peak = strtol(line + 6, NULL, 10);
	if (file)
		fclose(file);
	return peak;
}

struct sum {
	uint64_t records, duplicates, missing;
};

static void add(void *user, const struct audit_chain *chain)
{
	struct sum *sum = user;

	sum->records += chain->records;
	sum->duplicates += chain->duplicates;
	sum->missing += chain->missing;
}

static void show(const struct audit *audit, const struct files_summary *files, double taken)
{
	struct sum sum = {};
	struct rusage usage;

	audit_each(audit, add, &sum);
	getrusage(RUSAGE_SELF, &usage);
	printf("files %" PRIu64 " bytes %" PRIu64 " lines %" PRIu64 " chains %" PRIu64
	       " records %" PRIu64 " duplicates %" PRIu64 " missing %" PRIu64 " torn %" PRIu64
	       " findings %" PRIu64 " seconds %.3f cpu_s %.3f peak_kib %ld\n",
	       files->files, files->bytes, audit->lines, audit->chains, sum.records, sum.duplicates,
	       sum.missing, audit->torn, audit->findings, taken,
	       (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
	       peak_memory());
}

int main(int argc, char **argv)
{
	struct terminals terminals = {};
	struct files_summary files;
	struct config_error error;
	struct audit audit;
	unsigned int shown = 0;
	double begin = seconds();
	bool found;
	int r;

	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: judge_collected DIRECTORY [KEYS]\n");
		return 2;
	}
	if (argc == 3 && terminals_load(argv[2], getuid(), &terminals, &error) < 0) {
		fprintf(stderr, "%s\n", error.text);
		return 2;
	}
	r = audit_begin(&audit, argc == 3 ? &terminals : NULL, argv[1], show_finding, &shown);
	if (r < 0) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(-r));
		return 2;
	}
	audit.now = INT64_MAX; /* nobody writes any more: what came in this second counts too */
	r = files_feed(argv[1], &audit, no_progress, NULL, &files);
	if (r == 0)
		r = audit_end(&audit);
	if (r == 0)
		show(&audit, &files, seconds() - begin);
	else
		fprintf(stderr, "%s: %s\n", argv[1], strerror(-r));
	found = audit.findings > 0;
	audit_release(&audit);
	terminals_free(&terminals);
	return r < 0 ? 2 : found;
}
