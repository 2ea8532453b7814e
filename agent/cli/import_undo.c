/* sekisho import --undo: the roster as it was before the last import, where nothing has changed it
 * since. */
#include "import.h"
#include "rosterkept.h"

#include "cleanup.h"
#include "command.h"
#include "event.h"
#include "gettext.h"
#include "journal_format.h"
#include "loginuid.h"
#include "wire.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define RECORD_MS 10000
#define TIME_SIZE 32

/* In local time. */
static void format_time(time_t at, char text[static TIME_SIZE])
{
	struct tm parts;

	if (!localtime_r(&at, &parts) || strftime(text, TIME_SIZE, "%Y-%m-%d %H:%M", &parts) == 0)
		snprintf(text, TIME_SIZE, "%lld", (long long)at);
}

static int refuse(const struct import_options *options, const struct rosterkept *kept, int r)
{
	char since[TIME_SIZE];

	if (r == -ENOENT) {
		command_fail("import", _("%s: there is no import that could be undone"),
			     options->roster);
		return COMMAND_NO;
	}
	if (r != -ESTALE)
		return command_fail("import", "%s.before: %s", options->roster, strerror(-r));
	format_time(kept->since, since);
	command_fail("import",
		     _("%s was changed since the import of %s: by 'sekisho key', by hand or by a "
		       "file that was distributed. That would be lost, so nothing was undone. What "
		       "stood there before that import: %s"),
		     options->roster, since, kept->path);
	return COMMAND_NO;
}

static void record(const struct import_options *options, const struct rosterkept *kept)
{
	char restored[ROSTERKEPT_HASH], since[JOURNAL_TIME_SIZE] = "";
	_cleanup_event_ struct event event = {};
	struct record_request request;
	int r = event_begin(&event, EVENT_ROSTER_RESTORED);

	rosterkept_digest(kept->text, kept->length, restored);
	(void)journal_format_time((uint64_t)kept->since * 1000000, since);
	if (r == 0) {
		event_set(&event, "sha256", restored);
		event_set(&event, "replaced", kept->found);
		event_set(&event, "since", since);
		event_set_number(&event, "caller", loginuid_or_uid());
		r = event_to_record(&event, &request);
	}
	if (r == 0)
		r = event_send(options->record, &request, wire_now() + RECORD_MS);
	if (r != 0)
		fprintf(stderr, _("This is not in the journal: %s. Is sekishod running?\n"),
			strerror(r < 0 ? -r : r));
}

static int put_back(const struct import_options *options, const struct rosterkept *kept,
		    const struct rosterfile *now, const struct rosterfile *before)
{
	char since[TIME_SIZE];
	int r;

	format_time(kept->since, since);
	printf(_("before the import of %s: %zu keys, %zu periods of people; now: %zu, %zu\n"),
	       since, before->count, before->n_periods, now->count, now->n_periods);
	if (!options->apply) {
		puts(_("this was a trial: nothing was changed. --apply undoes the import"));
		return COMMAND_OK;
	}
	r = rosterkept_restore(options->roster, kept);
	if (r < 0)
		return command_fail("import", "%s: %s", options->roster, strerror(-r));
	puts(_("the import was undone"));
	record(options, kept);
	return COMMAND_OK;
}

/* The lock is held from the reading of the roster to its writing. */
int import_undo(const struct import_options *options)
{
	_cleanup_rosterfile_ struct rosterfile now = {}, before = {};
	_cleanup_rosterkept_ struct rosterkept kept = {};
	_cleanup_close_ int lock = -1;
	struct config_error error = {};
	int r = 0, status = COMMAND_OK;

	if (geteuid() != 0)
		return command_fail("import", _("only root may do this; try sudo"));
	if (options->apply)
		r = rosterfile_lock(options->roster, &lock);
	if (r == 0)
		r = rosterkept_find(options->roster, &kept);
	if (r < 0)
		return refuse(options, &kept, r);
	r = rosterfile_load(options->roster, 0, &now, &error);
	if (r == 0)
		r = rosterfile_load(kept.path, 0, &before, &error);
	if (r < 0)
		return command_fail("import", "%s", error.text[0] ? error.text : strerror(-r));
	if (!options->nobody_left)
		status = administrators_left_check("import", &options->places, &now, &before);
	return status == COMMAND_OK ? put_back(options, &kept, &now, &before) : status;
}
