#include "findings.h"

#include "cleanup.h"
#include "command.h"
#include "gettext.h"
#include "jsonout.h"
#include "number.h"

#include <errno.h>
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
	[JOURNAL_WRONG_DROP] = N_("record %1$s tells that other records were dropped than those "
				  "that are here"),
	[JOURNAL_BAD_SEAL] =
		N_("the seal of checkpoint %1$s is not this terminal's: somebody wrote "
		   "it, or what it seals, anew"),
	[JOURNAL_UNKNOWN_KEY] = N_("checkpoint %1$s is sealed with another key than this "
				   "terminal's"),
	[JOURNAL_KEY_ORDER] = N_("checkpoint %1$s is sealed with a key of another time"),
	[JOURNAL_LOST_SEALS] = N_("checkpoints were taken out before checkpoint %1$s, and what "
				  "follows was sealed anew"),
	[JOURNAL_UNSEALED] = N_("no checkpoint seals records %1$s to %2$s"),
	[JOURNAL_REWRITTEN] = N_("record %1$s is not the one that the collector verified: this "
				 "journal was written anew"),
	[JOURNAL_CUT] = N_("records %1$s to %2$s, which the collector verified, are not there: the "
			   "journal's end was cut off"),
	[JOURNAL_OTHER_JOURNAL] = N_("the collector's receipt, for record %1$s, is about another "
				     "journal of this terminal or of another one: that is not "
				     "here"),
	[JOURNAL_BAD_RECEIPT] = N_("the receipt can't be used: it confirms nothing"),
};
static const char one_missing[] = N_("record %1$s is missing");

static void show_text(const struct journal_finding *finding)
{
	bool one = finding->damage == JOURNAL_MISSING && finding->sequence == finding->last;
	const char *sentence = one ? one_missing : sentences[finding->damage];
	char sequence[24], last[24];

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

void findings_show(void *user, const struct journal_finding *finding)
{
	struct findings *findings = user;

	if (findings->shown++ >= FINDINGS_SHOWN)
		return;
	if (!findings->list) {
		show_text(finding);
		return;
	}
	json_array_append_new(findings->list, json_pack("{s:s, s:o, s:I, s:I, s:I, s:I}", "damage",
							journal_damage_name(finding->damage),
							"file", jsonout_text(finding->file), "line",
							(json_int_t)finding->line, "byte",
							(json_int_t)finding->offset, "first",
							(json_int_t)finding->sequence, "last",
							(json_int_t)finding->last));
}

void findings_bad_receipt(void *user, const char *path, const char *why)
{
	struct findings *findings = user;
	const char *slash = strrchr(path, '/');
	struct journal_finding finding = {.damage = JOURNAL_BAD_RECEIPT};

	snprintf(finding.file, sizeof(finding.file), "%s", slash ? slash + 1 : path);
	findings_show(findings, &finding);
	command_fail("verify", "%s", why);
	findings->bad_receipts++;
}

static void show_note(const char *text, uint64_t count)
{
	if (count > 0)
		printf("%s: %" PRIu64 "\n", text, count);
}

/* A receipt can't be used, and no other one says that this is the journal. Beside one that does it
 * tells nothing: whoever broke it could have taken it away. */
static bool is_unconfirmed(const struct findings *findings, const struct journal_summary *summary)
{
	const uint64_t confirmed = summary->receipts.confirmed.verified.sequence;

	return (findings->bad_receipts > 0 && confirmed == 0) ||
	       summary->receipts.unmet > confirmed;
}

static int status_of(const struct findings *findings, const struct journal_summary *summary)
{
	if (summary->findings > 0)
		return COMMAND_NO;
	return summary->unreadable > 0 || is_unconfirmed(findings, summary) ? COMMAND_ERROR
									    : COMMAND_OK;
}

/* Seals that can't be looked at are told and are no damage: the journal says what it says without
 * them, and the collector has what checks them. */
static void show_seals(const struct findings *findings, const struct journal_summary *summary)
{
	const struct journal_seals *seals = &summary->seals;
	unsigned long long checkpoints = seals->checkpoints, vouched = seals->vouched;

	if (!seals->looked_at && checkpoints == 0)
		printf(_("note: no checkpoint is here: this journal was never sealed, and a "
			 "rewriting by root can't be told from it\n"));
	else if (!seals->looked_at)
		printf(_("note: %llu checkpoints were not looked at: what checks them, %s, is not "
			 "there; sekisho-collector(8) tells how to put it there\n"),
		       checkpoints, findings->anchor);
	else if (vouched == 0)
		printf(_("no record is vouched for by a seal of key %s\n"), seals->key_id);
	else if (status_of(findings, summary) == COMMAND_OK)
		printf(_("sealed up to record %llu with key %s; %llu records behind it not yet\n"),
		       vouched, seals->key_id,
		       (unsigned long long)(summary->head.sequence - vouched));
	else
		printf(_("sealed and whole up to record %llu with key %s; behind it nobody vouches "
			 "for anything\n"),
		       vouched, seals->key_id);
	if (seals->replaced > 0)
		printf(_("note: this terminal's seal was replaced: the lost one counts up to "
			 "record %llu, the new one from record %llu on; what stands between was "
			 "sealed late\n"),
		       (unsigned long long)seals->ended, (unsigned long long)seals->replaced);
	if (seals->sealed > 0)
		show_note(_("note: checkpoints of this terminal before its first one here, in an "
			    "earlier journal; 'sekisho-collector verify' tells whether it arrived"),
			  seals->first_period);
}

/* Who says that the beginning went as the policy wants it? */
static void show_dropped(const struct findings *findings, const struct journal_summary *summary)
{
	show_note(_("note: oldest records dropped by policy and recorded, up to"),
		  summary->dropped);
	if (summary->dropped > 0 && !summary->seals.looked_at)
		printf(_("note: that they were dropped by policy is taken on trust: only with %s "
			 "can "
			 "it be told whether the agent recorded it\n"),
		       findings->anchor);
	if (summary->claim > 0)
		printf(_("note: record %llu says that the records missing at the beginning were "
			 "dropped by policy, and no seal vouches for it: somebody may have taken "
			 "them and written it; compare with the collector's copy\n"),
		       (unsigned long long)summary->claim);
}

/* What has to come from outside, and from whom it came. */
static void show_receipts(const struct findings *findings, const struct journal_summary *summary)
{
	const struct journal_receipts *receipts = &summary->receipts;
	const struct receipt *confirmed = &receipts->confirmed;

	if (confirmed->verified.sequence > 0)
		printf(_("record %llu is the one that the collector verified, as its receipt of %s "
			 "says\n"),
		       (unsigned long long)confirmed->verified.sequence, confirmed->letter.time);
	else if (receipts->gone > 0)
		printf(_("note: the collector's receipt is for record %llu, which went since: "
			 "nothing here can be held against it\n"),
		       (unsigned long long)receipts->gone);
	if (receipts->unmet > confirmed->verified.sequence)
		printf(_("the collector's receipt for record %llu could not be held against this "
			 "journal: the record can't be read here\n"),
		       (unsigned long long)receipts->unmet);
	if (findings->bad_receipts > 0)
		printf(_(
			"note: a receipt from before the collector's authority or name was changed "
			"can't be checked any more: take a new one, by 'sekisho receipt FILE' or "
			"LettersFrom= in collector.conf\n"));
	if (receipts->count > 0 && !receipts->ours && receipts->unmet == 0)
		printf(_("note: a terminal that was set up anew has a new journal, and a receipt "
			 "for it "
			 "once the collector has verified it: take that one, by 'sekisho receipt "
			 "FILE' or LettersFrom= in collector.conf\n"));
	if (receipts->count + findings->bad_receipts == 0)
		printf(_("note: no receipt of the collector was looked at: an end that was cut "
			 "off, and what root wrote anew, can't be told\n"));
}

static void show_verdict(const struct findings *findings, const struct journal_summary *summary)
{
	unsigned long long records = summary->records, segments = summary->segments;
	unsigned long long found = summary->findings + summary->unreadable + findings->bad_receipts;
	bool whole = summary->findings + summary->unreadable == 0;
	char head[2 * JOURNAL_HASH_SIZE + 1];

	hex_format(summary->head.hash, JOURNAL_HASH_SIZE, head);
	if (whole && !is_unconfirmed(findings, summary))
		printf(_("intact: %llu records in %llu segments, the last is %llu %s\n"), records,
		       segments, (unsigned long long)summary->head.sequence, head);
	else if (whole)
		printf(_("NOT CONFIRMED: %llu records in %llu segments, the last is %llu %s, and "
			 "no "
			 "receipt to hold them against\n"),
		       records, segments, (unsigned long long)summary->head.sequence, head);
	else if (summary->findings == 0)
		printf(_("NOT READ: %llu of %llu segments can't be read\n"),
		       (unsigned long long)summary->unreadable, segments);
	else
		printf(_("DAMAGED: %llu findings, %llu good records in %llu segments\n"), found,
		       records, segments);
}

static int print_json(const struct findings *findings, const struct journal_summary *summary)
{
	const struct journal_seals *seals = &summary->seals;
	char head[2 * JOURNAL_HASH_SIZE + 1];
	json_t *object;
	int r;

	hex_format(summary->head.hash, JOURNAL_HASH_SIZE, head);
	object = json_pack(
		"{s:b, s:o, s:I, s:I, s:I, s:s, s:b, s:s*, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
		"s:I, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:O}",
		"intact", status_of(findings, summary) == COMMAND_OK, "journal",
		jsonout_text(findings->journal), "records", (json_int_t)summary->records,
		"segments", (json_int_t)summary->segments, "last",
		(json_int_t)summary->head.sequence, "hash", head, "seals", seals->looked_at, "key",
		seals->looked_at ? seals->key_id : NULL, "checkpoints",
		(json_int_t)seals->checkpoints, "sealed", (json_int_t)seals->sealed, "vouched",
		(json_int_t)seals->vouched, "first_period", (json_int_t)seals->first_period,
		"replaced", (json_int_t)seals->replaced, "torn",
		(json_int_t)summary->reasons[JOURNAL_REASON_TORN], "breaks",
		(json_int_t)summary->reasons[JOURNAL_REASON_BREAK], "faults",
		(json_int_t)summary->reasons[JOURNAL_REASON_FAULT], "dropped",
		(json_int_t)summary->dropped, "dropped_sealed",
		summary->dropped > 0 && seals->looked_at, "claim", (json_int_t)summary->claim,
		"foreign", (json_int_t)summary->foreign, "damage", (json_int_t)summary->findings,
		"unreadable", (json_int_t)summary->unreadable, "confirmed",
		(json_int_t)summary->receipts.confirmed.verified.sequence, "unmet",
		(json_int_t)summary->receipts.unmet, "bad_receipts",
		(json_int_t)findings->bad_receipts, "findings", findings->list);
	r = object ? json_dumpf(object, stdout, JSON_INDENT(1)) : -1;
	json_decref(object);
	putchar('\n');
	return r < 0 ? command_fail("verify", "%s", strerror(ENOMEM))
		     : status_of(findings, summary);
}

int findings_verdict(const struct findings *findings, const struct journal_summary *summary)
{
	if (findings->list)
		return print_json(findings, summary);
	if (findings->shown > FINDINGS_SHOWN)
		show_note(_("findings not shown"), findings->shown - FINDINGS_SHOWN);
	show_note(_("note: unfinished writes set aside and recorded"),
		  summary->reasons[JOURNAL_REASON_TORN]);
	show_note(_("note: breaks found by the agent and recorded"),
		  summary->reasons[JOURNAL_REASON_BREAK]);
	show_note(_("note: disk errors survived and recorded"),
		  summary->reasons[JOURNAL_REASON_FAULT]);
	show_dropped(findings, summary);
	show_note(_("note: files that are not the journal's"), summary->foreign);
	show_seals(findings, summary);
	show_receipts(findings, summary);
	show_verdict(findings, summary);
	return status_of(findings, summary);
}
