/* sekisho enable: two-factor log-in on, once an administrator's two factors were seen to work. */
#include "absent.h"
#include "administrator.h"
#include "columns.h"
#include "command.h"
#include "door.h"
#include "enable.h"
#include "enable_ways.h"
#include "gettext.h"
#include "number.h"
#include "paths.h"
#include "question.h"
#include "rehearsal.h"
#include "stack.h"
#include "trial.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static int parse(int argc, char **argv, struct enable_choice *choice)
{
	static const struct option options[] = {{"yes", no_argument, NULL, 'y'},
						{"confirm-within", required_argument, NULL, 'c'},
						{"administrator", required_argument, NULL, 'a'},
						{NULL, 0, NULL, 0}};
	uint64_t minutes;
	int option;

	while ((option = command_option(argc, argv, "y", options)) != -1) {
		switch (option) {
		case 'y':
			choice->yes = true;
			break;
		case 'c':
			if (number_parse(optarg, 1, ENABLE_MINUTES_MAX, &minutes) < 0)
				return command_fail("enable", _("--confirm-within takes 1 to 1440 "
								"minutes"));
			choice->minutes = (uint32_t)minutes;
			break;
		case 'a':
			choice->administrator = optarg;
			break;
		default:
			return command_usage("enable");
		}
	}
	if (optind != argc)
		return command_usage("enable");
	return COMMAND_OK;
}

int enable_check(void)
{
	const struct stack_keeper *keeper = stack_keeper();
	char name[ADMINISTRATOR_NAME_MAX];
	struct trial trial;
	bool traces;
	bool on;
	int r;

	if (geteuid() != 0)
		return command_fail("enable", _("only root may do this; try sudo"));
	if (!keeper)
		return stack_fail_unkept("enable");
	if (access(keeper->profile, R_OK) < 0)
		return command_fail("enable", _("%s is missing: install %s"), keeper->profile,
				    keeper->package);
	r = stack_state(&on, &traces);
	if (r < 0)
		return command_fail("enable", _("/etc/pam.d cannot be read: %s"), strerror(-r));
	if (on && trial_read(&trial) == 0)
		return command_fail("enable", _("it is on and waits to be confirmed: log in anew "
						"and run 'sekisho confirm'"));
	if (on)
		return command_fail("enable", _("it is on already"));
	r = administrator_find_open_account(name, sizeof(name));
	if (r != -ENOENT)
		return command_fail("enable",
				    _("the account %s has no password, so a key or code would be "
				      "its only factor; lock it or give it one"),
				    r == 0 ? name : "?");
	r = keeper->check ? keeper->check() : COMMAND_OK;
	return r == COMMAND_OK ? enable_check_ways(true) : r;
}

static int choose(const struct settings *settings, const struct loginrules *rules,
		  struct enable_choice *choice, char names[][ADMINISTRATOR_NAME_MAX], size_t count)
{
	const char *caller = getenv("SUDO_USER");
	const char *wrong = NULL;
	const char *found = NULL;

	for (size_t i = 0; i < count; i++) {
		int r;

		if (choice->administrator && strcmp(names[i], choice->administrator) != 0)
			continue;
		r = administrator_has_factors(settings, rules, names[i], &wrong);
		if (r == -EINVAL)
			return command_fail("enable", _("the roster is wrong: %s"), _(wrong));
		if (r < 0)
			continue;
		if (!found || (caller && strcmp(names[i], caller) == 0))
			found = names[i];
	}
	if (!found)
		return command_fail("enable",
				    _("no administrator (root or a member of %s) has "
				      "both a password and, valid today, a factor that "
				      "sekisho.conf accepts (Factors: %s), and is let in at "
				      "the console; register one with 'sekisho key add NAME' "
				      "or 'sekisho otp add NAME' first, and see 'sekisho "
				      "explain login NAME login'"),
				    administrator_group(), settings->factors);
	choice->administrator = found;
	return COMMAND_OK;
}

static bool agreed(const struct settings *settings, const struct enable_choice *choice)
{
	char question[768];

	if (choice->yes)
		return true;
	snprintf(question, sizeof(question),
		 _("From now on every log-in needs the password and a second factor\n"
		   "(Factors: %s). Go on?"),
		 settings->factors);
	return question_agreed(question);
}

/* What the keeper made of it. -EPERM: it told the ways in that are left, as where another
 * profile came first. */
static int judge_outcome(int r)
{
	bool traces;
	bool on;

	if (r != 0 && (r != -EBUSY || stack_state(&on, &traces) < 0 || !traces))
		return r;
	return enable_check_ways(false) == COMMAND_OK ? r : -EPERM;
}

static int switch_on(const struct enable_choice *choice)
{
	const struct stack_keeper *keeper = stack_keeper();
	struct trial trial = {.minutes = choice->minutes};
	int r;

	r = trial_highest_session(&trial.session);
	if (r < 0)
		return command_fail("enable", _("log-in sessions cannot be told apart: %s"),
				    strerror(-r));
	/* The way back is there before the door closes. */
	r = trial_begin(&trial);
	if (r < 0)
		return command_fail("enable", _("the way back could not be prepared: %s"),
				    strerror(-r));
	r = judge_outcome(stack_switch_on());
	if (r == 0) {
		r = door_record(EVENT_DOOR_ENABLED, choice->untried ? "untried" : "trial",
				choice->administrator);
		if (r == 0)
			return COMMAND_OK;
		command_fail("enable", _("the journal did not take the event (%s)"), strerror(-r));
	} else if (r == -EPERM) {
		/* It was told. */
	} else if (r == -EBUSY) {
		command_fail("enable",
			     _("%s left %s as they are; were they edited? Run %s by hand"),
			     keeper->name, keeper->files, keeper->name);
	} else {
		command_fail("enable", _("%s failed: %s"), keeper->name, strerror(-r));
	}
	/* Should even this fail, the trial is left to bring the old way back. */
	r = stack_switch_off(true);
	if (r < 0)
		return command_fail("enable", _("the old log-in comes back within %u minutes"),
				    choice->minutes);
	trial_end();
	return command_fail("enable", _("nothing was changed"));
}

static int try_out(const struct enable_choice *choice)
{
	const char *why = "";
	int r;

	printf(_("First a trial: the two factors of %s.\n"), choice->administrator);
	fflush(stdout);
	r = rehearsal_run(choice->administrator, &why);
	if (r < 0) {
		command_fail("enable",
			     _("the trial failed (%s):\n"
			       "nothing was changed"),
			     r == -EACCES ? why : strerror(-r));
		return COMMAND_NO;
	}
	printf(_("Both factors of %s work.\n"), choice->administrator);
	return COMMAND_OK;
}

/* Fills in whose factors they are. */
static int find_administrator(struct enable_choice *choice, struct settings *ret_settings)
{
	static char names[ADMINISTRATOR_MAX][ADMINISTRATOR_NAME_MAX];
	_cleanup_loginrules_ struct loginrules rules = {};
	struct config_error error;
	size_t count;
	int r;

	r = administrator_list(names, ADMINISTRATOR_MAX, &count);
	if (r < 0)
		return command_fail("enable", _("the administrators cannot be listed: %s"),
				    strerror(-r));
	r = settings_load_rules(SEKISHO_CONFIG, 0, ret_settings, &rules, NULL, &error);
	if (r < 0)
		return absent_fail("enable", SEKISHO_CONFIG, r, &error);
	return choose(ret_settings, &rules, choice, names, count);
}

int enable_check_administrators(void)
{
	struct enable_choice choice = {};
	struct settings settings;

	return find_administrator(&choice, &settings);
}

int enable_run(const struct enable_choice *wanted)
{
	struct enable_choice choice = *wanted;
	struct settings settings;
	int r;

	r = enable_check();
	if (r == COMMAND_OK)
		r = find_administrator(&choice, &settings);
	if (r == COMMAND_OK && choice.untried)
		columns_printf(
			stdout, 0, 0, "%s\n",
			_("No trial log-in is made: until it is confirmed, the time limit alone is "
			  "the way back."));
	else if (r == COMMAND_OK)
		r = try_out(&choice);
	if (r != COMMAND_OK)
		return r;
	if (stack_keeper()->tell)
		stack_keeper()->tell();
	if (!agreed(&settings, &choice))
		return COMMAND_NO;
	r = switch_on(&choice);
	if (r != COMMAND_OK)
		return r;
	printf(_("Two-factor log-in is on. Keep this session open, log in anew and run\n"
		 "'sekisho confirm' within %u minutes, or the old log-in comes back.\n"),
	       choice.minutes);
	return COMMAND_OK;
}

int command_enable(int argc, char **argv)
{
	struct enable_choice choice = {.minutes = ENABLE_MINUTES};
	int r = parse(argc, argv, &choice);

	return r == COMMAND_OK ? enable_run(&choice) : r;
}
