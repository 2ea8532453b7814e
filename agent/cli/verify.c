/* sekisho verify: is the journal what was written? */
#include "command.h"

#include "cleanup.h"
#include "gettext.h"
#include "journal_verify.h"
#include "number.h"
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FINDINGS_SHOWN 1000

/* What a finding means, for a person: %1$s is the record's number, %2$s the last one of a range. */
static const char *const sentences[JOURNAL_DAMAGE_COUNT] = {
	[JOURNAL_ALTERED] = N_("record %1$s was altered or damaged"),
	[JOURNAL_MISSING] = N_("records %1$s to %2$s are missing"),
	[JOURNAL_REORDERED] = N_("record %1$s is out of order"),
	[JOURNAL_DUPLICATE] = N_("record %1$s is there a second time"),
	[JOURNAL_UNLINKED] =
		N_("record %1$s does not follow the one before it: one of them was replaced"),
	[JOURNAL_BAD_HEADER] =
		N_("the segment's first line is damaged or of another segment (record %1$s)"),
	[JOURNAL_TORN] = N_("unfinished bytes after the last line (record %1$s)"),
	[JOURNAL_UNREADABLE] = N_("the segment can't be read (record %1$s and later)"),
};
static const char one_missing[] = N_("record %1$s is missing");

static void show(void *user, const struct journal_finding *finding)
{
	uint64_t *shown = user;
	bool one = finding->damage == JOURNAL_MISSING && finding->sequence == finding->last;
	const char *sentence = one ? one_missing : sentences[finding->damage];
	char sequence[24], last[24];

	if ((*shown)++ >= FINDINGS_SHOWN)
		return;
	snprintf(sequence, sizeof(sequence), "%" PRIu64, finding->sequence);
	snprintf(last, sizeof(last), "%" PRIu64, finding->last);
	printf("%s:%" PRIu64 ": [%s] ", finding->file, finding->line,
	       journal_damage_name(finding->damage));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	printf(_(sentence), sequence, last);
#pragma GCC diagnostic pop
	printf(_(" (byte %llu)\n"), (unsigned long long)finding->offset);
}

static void show_note(const char *text, uint64_t count)
{
	if (count > 0)
		printf("%s: %" PRIu64 "\n", text, count);
}

static int show_verdict(const struct journal_summary *summary, uint64_t shown)
{
	unsigned long long records = summary->records, segments = summary->segments;
	unsigned long long findings = summary->findings + summary->unreadable;
	unsigned long long last = summary->head.sequence;
	char head[2 * JOURNAL_HASH_SIZE + 1];

	if (shown > FINDINGS_SHOWN)
		show_note(_("findings not shown"), shown - FINDINGS_SHOWN);
	show_note(_("note: unfinished writes set aside and recorded"),
		  summary->reasons[JOURNAL_REASON_TORN]);
	show_note(_("note: breaks found by the agent and recorded"),
		  summary->reasons[JOURNAL_REASON_BREAK]);
	show_note(_("note: disk errors survived and recorded"),
		  summary->reasons[JOURNAL_REASON_FAULT]);
	show_note(_("note: files that are not the journal's"), summary->foreign);
	hex_format(summary->head.hash, JOURNAL_HASH_SIZE, head);
	if (findings == 0) {
		printf(_("intact: %llu records in %llu segments, the last is %llu %s\n"), records,
		       segments, last, head);
		return COMMAND_OK;
	}
	if (summary->findings == 0) {
		printf(_("NOT READ: %llu of %llu segments can't be read\n"), findings, segments);
		return COMMAND_ERROR;
	}
	printf(_("DAMAGED: %llu findings, %llu good records in %llu segments\n"), findings, records,
	       segments);
	return COMMAND_NO;
}

int command_verify(int argc, char **argv)
{
	static const struct option options[] = {
		{"directory", required_argument, NULL, 'd'},
		{},
	};
	const char *path = SEKISHO_JOURNAL;
	struct journal_summary summary;
	_cleanup_close_ int directory = -1;
	uint64_t shown = 0;
	int option, r;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 'd')
			return command_usage("verify");
		path = optarg;
	}
	if (optind != argc)
		return command_usage("verify");
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return command_fail("verify", _("%s: can't be read: %s"), path, strerror(errno));
	r = journal_verify(directory, JOURNAL_SETTLE_MS, show, &shown, &summary);
	if (r == -ENOENT)
		return command_fail("verify", _("%s: there is no journal"), path);
	if (r < 0)
		return command_fail("verify", _("%s: can't be read: %s"), path, strerror(-r));
	return show_verdict(&summary, shown);
}
