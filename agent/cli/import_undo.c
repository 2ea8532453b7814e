/* sekisho import --undo: the roster as it was before the last import, where nothing has changed it
 * since. */
#include "import.h"
#include "rosterkept.h"
#include "undo_effect.h"

#include "cleanup.h"
#include "command.h"
#include "gettext.h"
#include "intojournal.h"
#include "journal_format.h"
#include "loginuid.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define TIME_SIZE 32

/* In local time. */
static void format_time(time_t at, char text[static TIME_SIZE])
{
	struct tm parts;

	if (!localtime_r(&at, &parts) || strftime(text, TIME_SIZE, "%Y-%m-%d %H:%M", &parts) == 0)
		snprintf(text, TIME_SIZE, "%lld", (long long)at);
}

static int refuse_twice(const struct import_options *options, const struct rosterkept *kept)
{
	char since[TIME_SIZE], next[TIME_SIZE];

	format_time(kept->since, since);
	format_time(kept->next_since, next);
	if (kept->next)
		command_fail("import",
			     _("%s is already as it was before the import of %s, so nothing was "
			       "undone. The import before that is of %s; --undo=%llu undoes that "
			       "one as well"),
			     options->roster, since, next, (unsigned long long)kept->next);
	else
		command_fail("import",
			     _("%s is already as it was before the import of %s, so nothing was "
			       "undone. No import before that can be undone"),
			     options->roster, since);
	return COMMAND_NO;
}

static int refuse(const struct import_options *options, const struct rosterkept *kept, int r)
{
	char since[TIME_SIZE];

	if (r == -EALREADY)
		return refuse_twice(options, kept);
	if (r != -ENOENT && r != -ESTALE && r != -EINVAL)
		return command_fail("import", "%s.before: %s", options->roster, strerror(-r));
	format_time(kept->since, since);
	if (r == -ENOENT)
		command_fail("import", _("%s: there is no import that could be undone"),
			     options->roster);
	else if (r == -EINVAL)
		command_fail("import",
			     _("%s: only the last import can be undone, number %llu of %s"),
			     options->roster, (unsigned long long)kept->number, since);
	else
		command_fail("import",
			     _("%s was changed since the import of %s: by 'sekisho key', by hand "
			       "or by a file that was distributed. That would be lost, so nothing "
			       "was undone. What stood there before that import: %s"),
			     options->roster, since, kept->path);
	return COMMAND_NO;
}

/* What is put back, and what it does. */
struct restored {
	struct rosterfile now, before;
	const char *text; /* in place of the roster's */
	char *made; /* .text, where it isn't the copy's */
	size_t length;
	size_t people, keys; /* that get in again or no more; that stay revoked */
};

static void restored_release(struct restored *restored)
{
	rosterfile_release(&restored->now);
	rosterfile_release(&restored->before);
	free(restored->made);
}

static void record(const struct import_options *options, const struct rosterkept *kept,
		   const struct restored *restored)
{
	char hash[ROSTERKEPT_HASH], since[JOURNAL_TIME_SIZE] = "";
	_cleanup_event_ struct event event = {};
	int r = event_begin(&event, EVENT_ROSTER_RESTORED);

	rosterkept_digest(restored->text, restored->length, hash);
	(void)journal_format_time((uint64_t)kept->since * 1000000, since);
	if (r == 0) {
		event_set(&event, "sha256", hash);
		event_set(&event, "replaced", kept->found);
		event_set(&event, "since", since);
		event_set_number(&event, "people", restored->people);
		event_set_number(&event, "keys", restored->keys);
		event_set_number(&event, "caller", loginuid_or_uid());
	}
	intojournal_send(options->record, &event, r);
}

static void tell(const struct import_options *options, const struct rosterkept *kept,
		 struct restored *restored)
{
	_cleanup_peoplenames_ struct peoplenames codes = {};
	char since[TIME_SIZE];

	format_time(kept->since, since);
	/* A wrong file is told. */
	peoplenames_find_codes("import", options->places.state, &codes);
	restored->people =
		undo_effect_show_people(&restored->now, &restored->before, &codes, roster_today());
	printf(_("before the import of %s: %zu keys, %zu periods of people; now: %zu, %zu\n"),
	       since, restored->before.count, restored->before.n_periods, restored->now.count,
	       restored->now.n_periods);
	printf(_("people who get in again or no more: %zu; keys that stay revoked: %zu\n"),
	       restored->people, restored->keys);
}

static int put_back(const struct import_options *options, const struct rosterkept *kept,
		    const struct restored *restored)
{
	int r;

	if (!options->apply) {
		puts(_("this was a trial: nothing was changed. --apply undoes the import"));
		return COMMAND_OK;
	}
	r = rosterkept_restore(options->roster, kept, restored->text, restored->length);
	if (r < 0)
		return command_fail("import", "%s: %s", options->roster, strerror(-r));
	puts(_("the import was undone"));
	record(options, kept, restored);
	return COMMAND_OK;
}

static int load(const struct import_options *options, const struct rosterkept *kept,
		struct restored *restored)
{
	struct config_error error = {};
	int r = rosterfile_load(options->roster, 0, &restored->now, &error);

	if (r == 0)
		r = rosterfile_load(kept->path, 0, &restored->before, &error);
	if (r < 0)
		return command_fail("import", "%s", error.text[0] ? error.text : strerror(-r));
	restored->text = kept->text;
	restored->length = kept->length;
	restored->keys =
		undo_effect_keep_revoked(&restored->now, &restored->before, roster_today());
	if (restored->keys > 0) {
		r = rosterfile_format(&restored->before, &restored->made, &restored->length);
		restored->text = restored->made;
	}
	return r < 0 ? command_fail("import", "%s: %s", options->roster, strerror(-r)) : COMMAND_OK;
}

/* The lock is held from the reading of the roster to its writing. */
int import_undo(const struct import_options *options)
{
	__attribute__((cleanup(restored_release))) struct restored restored = {};
	_cleanup_rosterkept_ struct rosterkept kept = {};
	_cleanup_close_ int lock = -1;
	int r = 0, status;

	if (geteuid() != 0)
		return command_fail("import", _("only root may do this; try sudo"));
	if (options->apply)
		r = rosterfile_lock(options->roster, &lock);
	if (r == 0)
		r = rosterkept_find(options->roster, options->undo_number, &kept);
	if (r < 0)
		return refuse(options, &kept, r);
	status = load(options, &kept, &restored);
	if (status == COMMAND_OK)
		tell(options, &kept, &restored);
	if (status == COMMAND_OK && !options->nobody_left)
		status = administrators_left_check("import", &options->places, &restored.now,
						   &restored.before);
	return status == COMMAND_OK ? put_back(options, &kept, &restored) : status;
}
