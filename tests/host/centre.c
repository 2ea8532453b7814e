/* What lies at the centre and what the terminal thinks of it, for the tests that cut the power.
 *
 *   centre audit DIRECTORY   judges the collector's files; prints findings, status 1 if there are
 * any centre position FILE     the last event that the forwarder's file says was acknowledged
 */
#include "agent/collector/audit.h"
#include "agent/collector/files.h"
#include "agent/forward/acknowledged.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int fail(const char *what, int error)
{
	fprintf(stderr, "centre: %s: %s\n", what, strerror(-error));
	return 2;
}

static void show_finding(void *user, const struct audit_finding *finding)
{
	(void)user;
	printf("FOUND: %s %" PRIu64 "-%" PRIu64 " (%s:%" PRIu64 ")\n",
	       audit_damage_name(finding->damage), finding->sequence, finding->last,
	       finding->file ? finding->file : "no file", finding->line);
}

static void no_progress(void *user, uint64_t done, uint64_t total)
{
	(void)user;
	(void)done;
	(void)total;
}

struct totals {
	uint64_t records, duplicates;
};

static void add(void *user, const struct audit_chain *chain)
{
	struct totals *totals = user;

	totals->records += chain->records;
	totals->duplicates += chain->duplicates;
}

static int judge(const char *directory)
{
	struct files_summary summary;
	struct totals totals = {};
	struct audit audit;
	uint64_t findings;
	int r = audit_begin(&audit, NULL, "/tmp", show_finding, NULL);

	if (r < 0)
		return fail("/tmp", r);
	audit.now = INT64_MAX; /* nobody writes any more: what came in this second counts too */
	r = files_feed(directory, &audit, no_progress, NULL, &summary);
	if (r == 0)
		r = audit_end(&audit);
	audit_each(&audit, add, &totals);
	findings = audit.findings;
	if (r == 0)
		printf("audit: records %" PRIu64 ", duplicates %" PRIu64 ", torn %" PRIu64
		       ", findings %" PRIu64 "\n",
		       totals.records, totals.duplicates, audit.torn, findings);
	audit_release(&audit);
	if (r < 0)
		return fail(directory, r);
	return findings > 0;
}

static int position(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct acknowledged acknowledged;
	int r = fd < 0 ? -errno : acknowledged_read(fd, &acknowledged);

	if (r < 0)
		return fail(path, r);
	printf("%" PRIu64 "\n", acknowledged.head.sequence);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "audit") == 0)
		return judge(argv[2]);
	if (argc == 3 && strcmp(argv[1], "position") == 0)
		return position(argv[2]);
	return fail("usage", -EINVAL);
}
