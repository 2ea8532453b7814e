/* sekisho-collector terminal reseal NAME...: a new seal for terminals that lost theirs. What the
 * lost one had sealed by then, as far as it is here, stays its own; nothing else is. */
#include "terminal.h"

#include "command.h"
#include "expired.h"
#include "files.h"
#include "gettext.h"
#include "issue.h"
#include "lastseal.h"
#include "marks.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

struct resealing {
	const struct terminal_options *options;
	struct issue issue;
	struct terminals terminals;
	struct audit audit;
	bool audited; /* there is an .audit */
	int folder; /* of the records, locked */
	size_t made, refused;
	bool crowd; /* not all journals were looked at */
};

static void resealing_close(struct resealing *resealing)
{
	if (resealing->audited)
		audit_release(&resealing->audit);
	terminals_free(&resealing->terminals);
	cleanup_close(&resealing->issue.terminals);
	cleanup_close(&resealing->issue.output);
	cleanup_close(&resealing->folder);
}

/* "verify" tells what is wrong with the records; here they are only read, but all of them. */
static void note_finding(void *user, const struct audit_finding *finding)
{
	struct resealing *resealing = user;

	resealing->crowd |= finding->damage == AUDIT_CROWD;
}

static void ignore_progress(void *user, uint64_t done, uint64_t total)
{
	(void)user;
	(void)done;
	(void)total;
}

static int read_records(struct resealing *resealing)
{
	const struct terminal_options *options = resealing->options;
	struct files_summary files;
	struct config_error error;
	char path[4096];
	uint64_t marks;
	int r;

	snprintf(path, sizeof(path), "%s/" AUTHORITY_TERMINALS, options->directory);
	r = terminals_load(path, geteuid(), &resealing->terminals, &error);
	if (r < 0 && r != -ENOENT)
		return command_fail("terminal", "%s", error.text);
	r = audit_begin(&resealing->audit, &resealing->terminals, "/var/tmp", note_finding,
			resealing);
	if (r < 0)
		return command_fail("terminal", _("%s: no file can be made there: %s"), "/var/tmp",
				    strerror(-r));
	resealing->audited = true;
	expired_lock(options->records, false, &resealing->folder);
	r = expired_load(options->directory, options->records, geteuid(), &resealing->audit,
			 &marks);
	/* Else a seal that is in order could seem never to have been used. */
	if (r == -EXDEV)
		return command_fail("terminal",
				    _("%s/%s is about another folder than %s, of which something "
				      "was deleted before"),
				    options->directory, EXPIRED_FILE, options->records);
	if (r < 0)
		return command_fail("terminal",
				    _("%s/%s: not a file of marks that only root can write: %s"),
				    options->directory, EXPIRED_FILE, strerror(-r));
	if (options->marks) {
		r = marks_load(options->marks, geteuid(), &resealing->audit, &marks);
		if (r < 0)
			return command_fail("terminal",
					    _("%s: not a file of marks that only root can write: "
					      "%s; without it, everything is read"),
					    options->marks, strerror(-r));
	}
	r = files_feed(options->records, &resealing->audit, ignore_progress, NULL, &files);
	if (r == 0)
		r = audit_end(&resealing->audit);
	if (r < 0)
		return command_fail("terminal", _("%s: can't be verified: %s"), options->records,
				    strerror(-r));
	/* What the lost seal did last may be among what was not looked at. */
	if (resealing->crowd)
		return command_fail(
			"terminal",
			_("%s: too many new journals came from one address: move the "
			  "files that 'sekisho-collector verify' calls [crowd] away first"),
			options->records);
	return COMMAND_OK;
}

static int open_all(struct resealing *resealing, struct authority *authority)
{
	const struct terminal_options *options = resealing->options;
	struct config_error error;
	int r = authority_open(authority, options->directory, false, &error);

	if (r < 0)
		return command_fail("terminal", "%s", error.text);
	r = terminal_open_folder(authority->dirfd, AUTHORITY_TERMINALS,
				 &resealing->issue.terminals);
	if (r < 0)
		return terminal_fail_folder(AUTHORITY_TERMINALS, r);
	r = terminal_open_folder(AT_FDCWD, options->output, &resealing->issue.output);
	return r < 0 ? terminal_fail_folder(options->output, r) : read_records(resealing);
}

/* The keys up to now; the present one ends with what it sealed. */
static int end_keys(const struct resealing *resealing, const char *name, struct sealkeys *ret_keys,
		    struct config_error *ret_error)
{
	struct timespec now;
	struct sealend *end;
	char path[4096];
	int r;

	snprintf(path, sizeof(path), "%s/" AUTHORITY_TERMINALS "/%s.conf",
		 resealing->options->directory, name);
	r = sealkeys_load(path, geteuid(), &terminals_form, ret_keys, ret_error);
	if (r < 0)
		return r;
	end = &ret_keys->list[0].end;
	lastseal_find(&resealing->audit, name, end);
	clock_gettime(CLOCK_REALTIME, &now);
	r = journal_format_time((uint64_t)now.tv_sec * 1000000, end->time);
	return r < 0 ? config_fail(ret_error, r, path, 0, "%s", strerror(-r)) : 0;
}

static void show_end(const char *name, const struct sealend *end)
{
	if (end->sequence == 0)
		printf(_("%s: the lost seal counts for nothing: it never sealed any record\n"),
		       name);
	else
		printf(_("%s: the lost seal counts up to record %llu of journal %.8s/%.8s, and no "
			 "further\n"),
		       name, (unsigned long long)end->sequence, end->host, end->epoch);
}

static int make(struct resealing *resealing, const char *name)
{
	_cleanup_sealkeys_ struct sealkeys keys = {};
	struct issue *issue = &resealing->issue;
	struct config_error error;
	const char *fault;
	int r = end_keys(resealing, name, &keys, &error);

	if (r < 0)
		return command_fail("terminal", "%s", error.text);
	/* With the wrong folder all that it sealed would be nobody's. */
	if (keys.list[0].end.sequence == 0 && !resealing->options->unused) {
		command_fail("terminal",
			     _("%s: no checkpoint of its seal is in %s: name the folder of its "
			       "records with --records, or say with --unused that it never sealed "
			       "any"),
			     name, resealing->options->records);
		resealing->refused++;
		return COMMAND_OK;
	}
	issue->ended = &keys;
	r = issue_batch(issue, &name, 1, &fault);
	issue->ended = NULL;
	if (r < 0)
		return command_fail("terminal",
				    _("%s: %s; put that right and run the same again: it goes on "
				      "where it stopped"),
				    name, strerror(-r));
	show_end(name, &keys.list[0].end);
	resealing->made++;
	return COMMAND_OK;
}

static const char *obstacle(const struct issue *issue, const char *name)
{
	if (!issue_known(issue, name))
		return _("there is no such terminal; leave 'reseal' out for a new one");
	if (issue_handed_out(issue, name))
		return _("its directory is there already; move it away and run this again");
	return NULL;
}

static int reseal(struct resealing *resealing, const char *name)
{
	const char *why = obstacle(&resealing->issue, name);
	int r;

	if (why) {
		command_fail("terminal", "%s: %s", name, why);
		resealing->refused++;
		return COMMAND_OK;
	}
	/* An interrupted run had made it known already: a second key would end it unused. */
	r = issue_finish(&resealing->issue, name);
	if (r < 0)
		return command_fail("terminal", "%s: %s", name, strerror(-r));
	resealing->made += r > 0;
	return r > 0 ? COMMAND_OK : make(resealing, name);
}

static void show_next(const struct resealing *resealing)
{
	if (resealing->made == 0)
		return;
	printf(_("%zu made, below %s: a directory for each terminal, of that name.\n"
		 "Bring it to its terminal by a way that nobody else reads. There, as root, inside "
		 "it:\n"),
	       resealing->made, resealing->options->output);
	puts(TERMINAL_INSTALL_SEAL "  systemctl restart sekishod");
	printf(_("Then delete the directory, there and here: whoever has it can be the "
		 "terminal.\n"));
}

int terminal_reseal(const struct terminal_options *options, const struct namelist *list)
{
	_cleanup_authority_ struct authority authority = AUTHORITY_CLOSED;
	_cleanup_(resealing_close) struct resealing resealing = {
		.options = options,
		.folder = -1,
		.issue = {.terminals = -1, .output = -1, .reseal = true},
	};
	int r = open_all(&resealing, &authority);

	for (size_t i = 0; i < list->count && r == COMMAND_OK; i++)
		r = reseal(&resealing, list->rows[i].name);
	show_next(&resealing);
	if (r != COMMAND_OK)
		return r;
	return resealing.refused > 0 ? COMMAND_NO : COMMAND_OK;
}
