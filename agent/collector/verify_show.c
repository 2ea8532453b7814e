#include "verify_show.h"

#include "command.h"
#include "verify_lists.h"
#include "cleanup.h"
#include "escape.h"
#include "gettext.h"
#include "number.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* %1$s is the record's number, %2$s the last one of a range. */
static const char *const sentences[AUDIT_DAMAGE_COUNT] = {
	[AUDIT_ALTERED] = N_("the line is not what a terminal sent (record %1$s)"),
	[AUDIT_FORKED] = N_("record %1$s is there with two different contents"),
	[AUDIT_UNLINKED] = N_("record %1$s does not fit its neighbour: one of them was replaced"),
	[AUDIT_DROPPED] =
		N_("records %1$s to %2$s were dropped by the terminal before they came here"),
	[AUDIT_MISSING] = N_("records %1$s to %2$s are missing"),
	[AUDIT_BAD_SEAL] = N_("the seal of checkpoint %1$s is not its terminal's"),
	[AUDIT_UNKNOWN_KEY] =
		N_("checkpoint %1$s is sealed with the key of no terminal known here"),
	[AUDIT_WRONG_TERMINAL] =
		N_("checkpoint %1$s is sealed by another terminal than those before"),
	[AUDIT_KEY_ORDER] = N_("checkpoint %1$s is sealed with a key of another time"),
	[AUDIT_LOST_SEALS] = N_("checkpoints of periods %1$s to %2$s of this terminal are nowhere"),
	[AUDIT_UNSEALED] = N_("no checkpoint seals records %1$s to %2$s"),
	[AUDIT_UNREADABLE] = N_("the file can't be read"),
	[AUDIT_EXPIRED] = N_("record %1$s was deleted before: nothing is left to compare it with"),
	[AUDIT_MANY_JOURNALS] =
		N_("the terminal sealed %1$s other journals: this one gets no mark, no letter"),
	[AUDIT_CROWD] =
		N_("%1$s new journals came from this address: more of them are not looked at"),
};
static const char one_missing[] = N_("record %1$s is missing");

/* The terminal whose seal it bears, or else what the records say of themselves. */
static void format_name(const struct audit_chain *chain, char name[static TERMINALS_NAME_MAX])
{
	if (chain->owner)
		memcpy(name, chain->owner->name, TERMINALS_NAME_MAX);
	else
		snprintf(name, TERMINALS_NAME_MAX, "%.8s/%.8s", chain->host, chain->epoch);
}

static void show_sentence(const struct audit_finding *finding)
{
	bool one = finding->damage == AUDIT_MISSING && finding->sequence == finding->last;
	const char *sentence = one ? one_missing : sentences[finding->damage];
	char sequence[24], last[24];

	snprintf(sequence, sizeof(sequence), "%" PRIu64, finding->sequence);
	snprintf(last, sizeof(last), "%" PRIu64, finding->last);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	printf(_(sentence), sequence, last);
#pragma GCC diagnostic pop
	putchar('\n');
}

/* Terminals choose the names of files. */
static const char *file_of(const struct audit_finding *finding)
{
	static char name[4096];

	if (!finding->file)
		return NULL;
	escape_text(finding->file, strlen(finding->file), name, sizeof(name));
	return name;
}

static void add_finding(struct verification *verification, const struct audit_finding *finding)
{
	const struct audit_chain *chain = finding->chain;
	json_t *object =
		json_pack("{s:s, s:s*, s:I, s:s*, s:s*, s:s*, s:I, s:I}", "damage",
			  audit_damage_name(finding->damage), "file", file_of(finding), "line",
			  (json_int_t)finding->line, "terminal",
			  chain && chain->owner ? chain->owner->name : NULL, "host",
			  chain ? chain->host : NULL, "epoch", chain ? chain->epoch : NULL, "first",
			  (json_int_t)finding->sequence, "last", (json_int_t)finding->last);

	json_array_append_new(verification->findings, object);
}

void verify_report(void *user, const struct audit_finding *finding)
{
	struct verification *verification = user;
	char name[TERMINALS_NAME_MAX];

	if (!shown_takes(&verification->shown, &verification->terminals, finding))
		return;
	if (verification->json) {
		add_finding(verification, finding);
		return;
	}
	if (verification->progress)
		fputs("\r\033[K", stderr);
	if (finding->file && finding->line)
		printf("%s:%" PRIu64 ": ", file_of(finding), finding->line);
	else if (finding->file)
		printf("%s: ", file_of(finding));
	if (finding->chain) {
		format_name(finding->chain, name);
		printf("%s: ", name);
	}
	printf("[%s] ", audit_damage_name(finding->damage));
	show_sentence(finding);
}

void verify_progress(void *user, uint64_t done, uint64_t total)
{
	struct verification *verification = user;

	if (verification->progress && total > 0)
		fprintf(stderr, "\r\033[K%s %3u %%", _("reading"),
			(unsigned int)(done * 100 / total));
}

static void format_time(time_t time, char text[static 24])
{
	struct tm parts;

	if (time == 0 || !gmtime_r(&time, &parts) ||
	    strftime(text, 24, "%Y-%m-%dT%H:%MZ", &parts) == 0)
		memcpy(text, "-", 2);
}

static bool is_silent(const struct verification *verification, time_t received)
{
	return verification->silent_s > 0 && received < verification->now &&
	       (uint64_t)(verification->now - received) > verification->silent_s;
}

static void add_chain(json_t *chains, const struct audit_chain *chain, const char *received)
{
	char hash[2 * JOURNAL_HASH_SIZE + 1];

	hex_format(chain->head.hash, JOURNAL_HASH_SIZE, hash);
	json_array_append_new(
		chains,
		json_pack(
			"{s:s*, s:s, s:s, s:I, s:I, s:s, s:I, s:I, s:I, s:I, s:I, s:o*, s:I, s:s}",
			"terminal", chain->owner ? chain->owner->name : NULL, "host", chain->host,
			"epoch", chain->epoch, "records", (json_int_t)chain->records, "last",
			(json_int_t)chain->head.sequence, "hash", hash, "sealed",
			(json_int_t)chain->sealed, "verified", (json_int_t)chain->verified.sequence,
			"missing", (json_int_t)chain->missing, "duplicates",
			(json_int_t)chain->duplicates, "late", (json_int_t)chain->late,
			"least_delay", chain->timed ? json_integer(chain->least_delay) : NULL,
			"findings", (json_int_t)chain->findings, "received", received));
}

/* The next of a few texts, so that one call may have several. */
static const char *number(uint64_t value)
{
	static char texts[4][24];
	static size_t next;

	next = (next + 1) % ARRAY_SIZE(texts);
	snprintf(texts[next], sizeof(texts[next]), "%" PRIu64, value);
	return texts[next];
}

static void show_row(const char *const cells[static 7])
{
	static const int widths[] = {20, 10, 10, 9, 7, 19};

	for (size_t i = 0; i < ARRAY_SIZE(widths); i++)
		command_column(cells[i], widths[i]);
	puts(cells[6]);
}

static void show_chain(void *user, const struct audit_chain *chain)
{
	struct verification *verification = user;
	char received[24], name[TERMINALS_NAME_MAX];

	verification->duplicates += chain->duplicates;
	verification->unsealed += chain->head.sequence - chain->sealed;
	if (chain->owner) {
		time_t *heard = &verification->heard[terminal_present(chain->owner) -
						     verification->terminals.list];

		*heard = chain->received > *heard ? chain->received : *heard;
	}
	format_time(chain->received, received);
	if (verification->json) {
		add_chain(verification->chains, chain, received);
		return;
	}
	format_name(chain, name);
	show_row((const char *const[]){name, number(chain->head.sequence), number(chain->sealed),
				       number(chain->missing), number(chain->late), received,
				       chain->findings ? _("DAMAGED") : _("intact")});
}

/* Not what is wrong with the records, but with what their times are worth. */
static void show_clock(void *user, const struct audit_chain *chain)
{
	char name[TERMINALS_NAME_MAX];
	const bool ahead = chain->least_delay < 0;
	const long long seconds = ahead ? -chain->least_delay : chain->least_delay;

	(void)user;
	if (!chain->owner || chain->excess || chain->timed == 0 || seconds <= AUDIT_OFFSET_S)
		return;
	format_name(chain, name);
	if (ahead)
		printf(_("note: %s: its clock is ahead of this collector's by %lld s or more\n"),
		       name, seconds);
	else
		printf(_("note: %s: no record came sooner than after %lld s: its clock is behind, "
			 "or "
			 "it was cut off\n"),
		       name, seconds);
}

static void show_silent(struct verification *verification)
{
	for (size_t i = 0; i < verification->terminals.count; i++) {
		const struct terminal *terminal = &verification->terminals.list[i];
		char received[24];

		if (terminal->end.ended || !is_silent(verification, verification->heard[i]))
			continue;
		verification->silent++;
		format_time(verification->heard[i], received);
		if (verification->json)
			json_array_append_new(verification->findings,
					      json_pack("{s:s, s:s, s:s}", "damage", "silent",
							"terminal", terminal->name, "received",
							received));
		else if (verification->heard[i])
			printf(_("%s: [silent] nothing came since %s\n"), terminal->name, received);
		else
			printf(_("%s: [silent] nothing is here\n"), terminal->name);
	}
}

/* Where a lost seal ended and the next one begins: nobody should have to find that by himself. */
static void show_change(const struct verification *verification, const struct terminal *terminal,
			json_t *list)
{
	const struct sealend *end = &terminal->before->end;

	if (verification->json)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "terminal",
						      terminal->name, "time", end->time, "host",
						      end->host, "epoch", end->epoch, "last",
						      (json_int_t)end->sequence, "next",
						      (json_int_t)terminal->begins));
	else if (end->sequence == 0)
		printf(_("note: %s: new seal since %.10s; the lost one counts for nothing\n"),
		       terminal->name, end->time);
	else if (terminal->begins == 0)
		printf(_("note: %s: new seal since %.10s; the lost one counts up to record %llu of "
			 "journal %.8s/%.8s\n"),
		       terminal->name, end->time, (unsigned long long)end->sequence, end->host,
		       end->epoch);
	else
		printf(_("note: %s: new seal since %.10s; the lost one counts up to record %llu of "
			 "journal %.8s/%.8s, the new one from record %llu on: what stands between "
			 "was sealed late\n"),
		       terminal->name, end->time, (unsigned long long)end->sequence, end->host,
		       end->epoch, (unsigned long long)terminal->begins);
}

static json_t *show_changes(const struct verification *verification)
{
	json_t *list = json_array();

	for (size_t i = 0; i < verification->terminals.count; i++)
		if (verification->terminals.list[i].before)
			show_change(verification, &verification->terminals.list[i], list);
	return list;
}

static int show_json(const struct verification *verification, const struct audit *audit,
		     const struct files_summary *files, bool intact)
{
	int64_t newest;
	json_t *stale = verify_lists_show(verification, audit, &newest);
	json_t *object = json_pack(
		"{s:b, s:b, s:I, s:I, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:O, "
		"s:O}",
		"intact", intact, "seals", audit->terminals != NULL, "unsealed",
		(json_int_t)verification->unsealed, "expired", (json_int_t)verification->expired,
		"expired_elsewhere", verification->expired_elsewhere, "files",
		(json_int_t)files->files, "lines", (json_int_t)audit->lines, "unfinished",
		(json_int_t)audit->torn, "skipped", (json_int_t)files->skipped, "damage",
		(json_int_t)audit->findings, "not_shown", (json_int_t)verification->shown.hidden,
		"silent", (json_int_t)verification->silent, "revoked", (json_int_t)newest,
		"old_lists", stale, "resealed", show_changes(verification), "findings",
		verification->findings, "chains", verification->chains);
	int r = object ? json_dumpf(object, stdout, JSON_INDENT(1)) : -1;

	json_decref(object);
	putchar('\n');
	return r < 0 ? -ENOMEM : 0;
}

static void show_note(const char *text, uint64_t count)
{
	if (count > 0)
		printf("%s: %" PRIu64 "\n", text, count);
}

static void show_text(const struct verification *verification, const struct audit *audit,
		      const struct files_summary *files)
{
	int64_t newest;
	unsigned long long chains = audit->chains, lines = audit->lines, count = files->files;

	show_note(_("findings not shown"), verification->shown.hidden);
	show_note(_("note: records that came once more"), verification->duplicates);
	show_note(_("note: unfinished writes of the collector"), audit->torn);
	show_note(_("note: files that are no .log"), files->skipped);
	show_note(_("note: lines that came after this began, left for the next time"),
		  audit->later);
	show_note(_("note: journals whose beginning 'expire' deleted, verified from there on"),
		  verification->expired);
	if (verification->expired_elsewhere)
		printf(_("note: what 'expire' deleted was of another folder: here everything is "
			 "read, or see --expired\n"));
	show_note(_("note: records that no checkpoint seals yet: nobody vouches for them"),
		  verification->unsealed);
	audit_each(audit, show_clock, NULL);
	json_decref(show_changes(verification));
	json_decref(verify_lists_show(verification, audit, &newest));
	if (!audit->terminals)
		printf(_("note: no terminals in %s: seals were not looked at\n"),
		       verification->directory);
	if (audit->findings > 0)
		printf(_("DAMAGED: %llu findings in %llu lines of %llu files\n"),
		       (unsigned long long)audit->findings, lines, count);
	else if (chains > 0)
		printf(_("intact: %llu journals, %llu lines in %llu files\n"), chains, lines,
		       count);
	show_note(_("SILENT terminals"), verification->silent);
}

int verify_show(struct verification *verification, const struct audit *audit,
		const struct files_summary *files)
{
	bool intact;

	if (!verification->json && audit->chains > 0)
		show_row((const char *const[]){_("TERMINAL"), _("LAST"), _("SEALED"), _("MISSING"),
					       _("LATE"), _("RECEIVED"), ""});
	audit_each(audit, show_chain, verification);
	show_silent(verification);
	intact = audit->findings == 0 && verification->silent == 0 && files->files > 0 &&
		 audit->chains > 0;
	if (!verification->json)
		show_text(verification, audit, files);
	else if (show_json(verification, audit, files, intact) < 0)
		return command_fail("verify", "%s", strerror(ENOMEM));
	if (files->files > 0 && audit->chains == 0)
		return command_fail("verify", _("%s: there are no records of terminals yet"),
				    verification->path);
	if (files->files == 0)
		return command_fail("verify", _("%s: there are no files of terminals (*.log)"),
				    verification->path);
	return intact ? COMMAND_OK : COMMAND_NO;
}
