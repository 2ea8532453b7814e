/* sekisho check exits: each way out of the terminal, what closes it, and whether that holds now.
 * sekisho check login: check_login.c. */
#include "ask.h"
#include "check_login.h"
#include "command.h"

#include "agent/exits/exits.h"

#include "cleanup.h"
#include "columns.h"
#include "gettext.h"
#include "jsonout.h"
#include "paths.h"

#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#define STATE_WIDTH 14
#define NAME_WIDTH  18
#define TEXT_COLUMN (STATE_WIDTH + NAME_WIDTH)
#define LOCKS_MAX   1024 /* of the names of all locks */

static const struct {
	const char *word, *label;
} lock_states[LOCK_STATE_COUNT] = {
	[LOCK_HOLDS] = {"holds", N_("holds")},
	[LOCK_BROKEN] = {"broken", N_("BROKEN")},
	[LOCK_UNSEEN] = {"unseen", N_("NOT SEEN")},
	[LOCK_WEAKER] = {"weaker", N_("weaker")},
};

static const struct {
	const char *word, *label;
} exit_states[EXIT_STATE_COUNT] = {
	[EXIT_CLOSED] = {"closed", N_("closed")},
	[EXIT_WEAKER] = {"weaker", N_("weaker")},
	[EXIT_ABSENT] = {"absent", N_("not present")},
	[EXIT_OPEN] = {"open", N_("OPEN")},
	[EXIT_UNSEEN] = {"unseen", N_("NOT SEEN")},
	[EXIT_NOT_OURS] = {"not-ours", N_("not covered")},
};

struct walk {
	struct machine machine;
	struct lock_finding findings[LOCK_COUNT];
	enum exit_state *states; /* of exit_rows */
	size_t open, weaker;
};

static void show_text(const char *text)
{
	columns_printf(stdout, TEXT_COLUMN, TEXT_COLUMN, "%s\n", text);
}

static void show_below(const char *text)
{
	columns_printf(stdout, 0, TEXT_COLUMN, "%*s%s\n", TEXT_COLUMN, "", text);
}

static void show_row(const char *state, const char *name, const char *title)
{
	command_column(state, STATE_WIDTH);
	command_column(name, NAME_WIDTH);
	show_text(title);
}

static void show_locks(const struct walk *walk)
{
	puts(_("Locks"));
	for (size_t i = 0; i < LOCK_COUNT; i++) {
		show_row(_(lock_states[walk->findings[i].state].label), lock_rows[i].name,
			 _(lock_rows[i].meaning));
		show_below(walk->findings[i].text);
	}
}

/* The locks' names, by a comma. */
static void list_locks(const struct walk *walk, const struct exit_row *row, enum exit_state state,
		       char *text, size_t size)
{
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < LOCK_COUNT && length < size; i++)
		if (row->locks & 1U << i &&
		    (state == EXIT_CLOSED || walk->findings[i].state != LOCK_HOLDS))
			length += (size_t)snprintf(text + length, size - length, "%s%s",
						   length > 0 ? ", " : "", lock_rows[i].name);
}

/* What decided: the locks that are broken, or all where none is. */
static void show_reason(const struct walk *walk, const struct exit_row *row, enum exit_state state)
{
	char names[LOCKS_MAX];

	if (row->note)
		show_below(_(row->note));
	if (row->weaker && state == EXIT_WEAKER)
		show_below(_(row->weaker));
	if (state == EXIT_ABSENT || state == EXIT_NOT_OURS)
		return;
	list_locks(walk, row, state, names, sizeof(names));
	show_below(row->locks == 0 ? _("nothing of Sekisho's closes it yet") : names);
}

static void show(const struct walk *walk)
{
	show_locks(walk);
	printf("\n%s\n", _("Ways out"));
	for (size_t i = 0; i < exit_count; i++) {
		show_row(_(exit_states[walk->states[i]].label), exit_rows[i].name,
			 _(exit_rows[i].title));
		show_reason(walk, &exit_rows[i], walk->states[i]);
	}
	putchar('\n');
	if (walk->open == 0)
		puts(_("No way out that Sekisho is to close is open."));
	else
		printf(_("%zu ways out are open.\n"), walk->open);
	if (walk->weaker > 0)
		columns_printf(stdout, 0, 0,
			       _("%zu ways out are closed, but could be tighter; sekisho-exits(7), "
				 "\"What the kernel refuses\", tells how.\n"),
			       walk->weaker);
}

static json_t *lock_names(uint32_t locks)
{
	json_t *names = json_array();

	for (size_t i = 0; i < LOCK_COUNT; i++)
		if (locks & 1U << i)
			json_array_append_new(names, json_string(lock_rows[i].name));
	return names;
}

static void show_json(const struct walk *walk)
{
	json_t *locks = json_array(), *exits = json_array(), *all;

	for (size_t i = 0; i < LOCK_COUNT; i++)
		json_array_append_new(locks,
				      json_pack("{s:s, s:s, s:o}", "lock", lock_rows[i].name,
						"state", lock_states[walk->findings[i].state].word,
						"evidence", jsonout_text(walk->findings[i].text)));
	for (size_t i = 0; i < exit_count; i++)
		json_array_append_new(exits,
				      json_pack("{s:s, s:s, s:o, s:s*}", "exit", exit_rows[i].name,
						"state", exit_states[walk->states[i]].word, "locks",
						lock_names(exit_rows[i].locks), "event",
						exit_rows[i].event));
	all = json_pack("{s:b, s:o, s:o}", "well", walk->open == 0, "locks", locks, "exits", exits);
	json_dumpf(all, stdout, JSON_COMPACT | JSON_SORT_KEYS);
	putchar('\n');
	json_decref(all);
}

static int walk_exits(struct walk *walk, bool json)
{
	_cleanup_free_ enum exit_state *states = calloc(exit_count, sizeof(*states));

	if (!states)
		return command_fail("check", _("out of memory"));
	walk->states = states;
	locks_look(&walk->machine, walk->findings);
	for (size_t i = 0; i < exit_count; i++) {
		states[i] = exit_state(&exit_rows[i], &walk->machine, walk->findings);
		walk->weaker += states[i] == EXIT_WEAKER;
		walk->open += states[i] == EXIT_OPEN || states[i] == EXIT_UNSEEN;
	}
	if (json)
		show_json(walk);
	else
		show(walk);
	return walk->open == 0 ? COMMAND_OK : COMMAND_NO;
}

/* Without an answer, and while sekishod can have nothing carried out, the locks of the kernel and
 * of udev have to hold alone. */
static void look_at_agent(struct machine *machine)
{
	json_t *lines = NULL;
	const json_t *status;
	const char *hindrance;

	ask_verb(SEKISHO_CONTROL_SOCKET, "devices", "", &machine->devices);
	if (ask_verb(SEKISHO_CONTROL_SOCKET, "status", "", &lines) == 0) {
		status = json_array_get(lines, 0);
		hindrance = ask_text(status, "hindrance");
		machine->audit = strcmp(ask_text(status, "mode"), "audit") == 0;
		machine->disks_unarmed = !json_is_true(json_object_get(status, "disks_armed"));
	} else {
		hindrance = "root-half";
	}
	if (strcmp(hindrance, "root-half") == 0 || strcmp(hindrance, "rules") == 0) {
		json_decref(machine->devices);
		machine->devices = NULL;
	}
	json_decref(lines);
}

static int check_exits(int root, bool json)
{
	struct walk walk = {.machine = {.root = root,
					.inventory = SEKISHO_DISKS,
					.try_nodes = rawnodes_try,
					.try_guard = guardtry,
					.look_pin = pinned_link,
					.guard = SEKISHO_LSM_CONF}};
	int r;

	look_at_agent(&walk.machine);
	r = walk_exits(&walk, json);
	json_decref(walk.machine.devices);
	return r;
}

static const struct {
	const char *name;
	int (*check)(int root, bool json);
} checks[] = {
	{"exits", check_exits},
	{"login", check_login},
};

int command_check(int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {}};
	_cleanup_close_ int root = -1;
	bool json = false;
	int option;

	while ((option = command_option(argc, argv, "", options)) != -1) {
		if (option != 'j')
			return command_usage("check");
		json = true;
		jsonout_begin();
	}
	if (optind + 1 != argc)
		return command_usage("check");
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		if (strcmp(argv[optind], checks[i].name) != 0)
			continue;
		if (geteuid() != 0)
			return command_fail("check", _("only root may do this; try sudo"));
		root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (root < 0)
			return command_fail("check", "/: %m");
		return checks[i].check(root, json);
	}
	return command_usage("check");
}
