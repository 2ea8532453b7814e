/* The first administrator, with two keys. */
#include "command.h"
#include "firstrun.h"
#include "import.h"
#include "key.h"
#include "question.h"

#include "agent/auth/standing.h"
#include "escape.h"
#include "gettext.h"
#include "paths.h"

#include <errno.h>
#include <shadow.h>
#include <string.h>

#define KEYS_WANTED 2
#define REVOKED	    SEKISHO_REVOCATIONS "/list" /* as the collector has it */

static char names[ADMINISTRATOR_MAX][ADMINISTRATOR_NAME_MAX];

static size_t list_names(void)
{
	size_t count;

	return administrator_list(names, ADMINISTRATOR_MAX, &count) < 0 ? 0 : count;
}

static bool is_administrator(const char *name)
{
	size_t count = list_names();

	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool has_password(const char *name)
{
	const struct spwd *shadow = getspnam(name);

	return shadow && administrator_password_set(shadow->sp_pwdp);
}

/* At the console. Where sekisho.conf is not whole, the step before this one tells. */
static bool is_let_in(const char *name)
{
	static struct settings settings; /* 9 KiB */
	_cleanup_loginrules_ struct loginrules rules = {};
	struct config_error error;
	const char *wrong;

	if (settings_load_rules(SEKISHO_CONFIG, 0, &settings, &rules, NULL, &error) < 0)
		return true;
	return administrator_has_factors(&settings, &rules, name, &wrong) != -EACCES;
}

/* Which keys count for nothing without: an account that may repair the machine, and a password. */
static bool check_account(struct firstrun *run)
{
	const char *name = run->answers.administrator;
	char shown[4 * ADMINISTRATOR_NAME_MAX];

	escape_text(name, strlen(name), shown, sizeof(shown));
	if (!is_administrator(name)) {
		firstrun_say(run, FIRSTRUN_WRONG,
			     _("%s is no administrator here: neither root nor a member of the "
			       "group %s; 'usermod -aG %s %s' makes a person one"),
			     shown, administrator_group(), administrator_group(), shown);
		return false;
	}
	if (!has_password(name)) {
		firstrun_say(run, FIRSTRUN_WRONG,
			     _("%s has no password, which is the other factor beside the key; "
			       "'passwd %s' sets one"),
			     shown, shown);
		return false;
	}
	if (!is_let_in(name)) {
		firstrun_say(run, FIRSTRUN_WRONG,
			     _("sekisho.conf does not let %s in at the console; see 'sekisho "
			       "explain login %s %s'"),
			     shown, shown, ADMINISTRATOR_DOOR);
		return false;
	}
	return true;
}

/* What sekisho.conf says of keys. Where it is not whole, the step before this one tells. */
static void load_settings(struct settings *settings)
{
	_cleanup_loginrules_ struct loginrules rules = {};
	struct config_error error;

	if (settings_load_rules(SEKISHO_CONFIG, 0, settings, &rules, NULL, &error) < 0)
		*settings = (struct settings){};
	/* The collector, who sends the list, comes after this step; an old one still says who
	 * stands in it. */
	settings->max_revocation_age = 0;
}

/* As a log-in of today would judge; how many keys open the terminal is .n_usable. -errno: it
 * can't be judged, and no log-in could. */
static int judge(const struct rosterfile *roster, const char *name, struct standing *standing)
{
	static struct settings settings; /* 9 KiB */
	struct roster_person *person = &standing->person;
	const struct roster_period *periods = rosterfile_periods(roster, name, &person->n_periods);
	const struct roster_entry *keys = rosterfile_keys(roster, name, &person->n_entries);

	load_settings(&settings);
	standing->today = roster_today();
	if (person->n_periods > ROSTER_PERIODS || person->n_entries > ROSTER_PER_USER)
		return -E2BIG;
	for (size_t i = 0; i < person->n_periods; i++)
		person->periods[i] = periods[i];
	for (size_t i = 0; i < person->n_entries; i++)
		person->entries[i] = keys[i];
	return standing_judge(REVOKED, &settings, name, standing) == FAILURE_NONE ? 0 : -EIO;
}

static bool is_witnessed(const struct standing *standing)
{
	const struct roster_person *person = &standing->person;
	const struct roster_period *period =
		roster_period_on(person->periods, person->n_periods, standing->today);

	return period && period->terms.witnessed;
}

/* What keeps keys from opening the terminal, however many there are; says so. */
static bool is_kept_out(struct firstrun *run, const struct standing *standing)
{
	const char *name = run->answers.administrator;

	if (standing_rights(standing) != ROSTER_VALID) {
		firstrun_say(run, FIRSTRUN_WRONG,
			     _("%s may not log in today, by the days in the roster or the "
			       "collector's list of revoked people; see 'sekisho explain login %s "
			       "%s'"),
			     name, name, ADMINISTRATOR_DOOR);
		return true;
	}
	if (is_witnessed(standing)) {
		firstrun_say(run, FIRSTRUN_WRONG,
			     _("%s has to be witnessed by a colleague at each log-in, so that keys "
			       "alone do not open this terminal: name another administrator, or "
			       "take that out of the roster"),
			     name);
		return true;
	}
	return false;
}

static enum firstrun_standing say_unjudged(struct firstrun *run)
{
	return firstrun_say(run, FIRSTRUN_WRONG,
			    _("the collector's list of revoked keys, %s, can't be read, so that "
			      "nobody can log in; 'sekisho revocations FILE' takes a new one"),
			    REVOKED);
}

static bool has_keys(const struct rosterfile *roster, const char *name)
{
	static struct standing standing; /* 50 KiB */

	return judge(roster, name, &standing) == 0 && standing.n_usable >= KEYS_WANTED &&
	       !is_witnessed(&standing);
}

/* Whoever is one already, for the dialog. */
static void find_one(char name[static ADMINISTRATOR_NAME_MAX])
{
	_cleanup_rosterfile_ struct rosterfile roster = {};
	struct config_error error;
	size_t count = list_names();

	if (rosterfile_load(SEKISHO_ROSTER, 0, &roster, &error) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (has_password(names[i]) && has_keys(&roster, names[i])) {
			memcpy(name, names[i], ADMINISTRATOR_NAME_MAX);
			return;
		}
}

static struct import_options import_of(const struct firstrun *run, bool apply)
{
	return (struct import_options){
		.path = run->answers.keys,
		.roster = SEKISHO_ROSTER,
		.places = ADMINISTRATORS_PLACES,
		.record = SEKISHO_RECORD_SOCKET,
		.apply = apply,
		.trusted = true,
	};
}

static enum firstrun_standing foresee(struct firstrun *run)
{
	const struct import_options options = import_of(run, false);
	_cleanup_rosterfile_ struct rosterfile roster = {};
	static struct standing standing; /* 50 KiB */
	size_t count;

	run->text[0] = '\0';
	if (import_csv_foresee(&options, &roster) != COMMAND_OK)
		return FIRSTRUN_WRONG;
	if (judge(&roster, run->answers.administrator, &standing) < 0)
		return say_unjudged(run);
	if (is_kept_out(run, &standing))
		return FIRSTRUN_WRONG;
	count = standing.n_usable;
	if (count < KEYS_WANTED)
		return firstrun_say(run, FIRSTRUN_WRONG,
				    _("with %s, %s would have %zu keys that open this terminal "
				      "today; it takes %d, so that a lost key locks nobody out"),
				    options.path, run->answers.administrator, count, KEYS_WANTED);
	return firstrun_say(run, FIRSTRUN_TODO,
			    _("the roster takes the people and keys of %s; %s then has %zu keys"),
			    options.path, run->answers.administrator, count);
}

/* By the roster as it is. Says why that can't be told. */
static bool read_standing(struct firstrun *run, struct standing *standing)
{
	_cleanup_rosterfile_ struct rosterfile roster = {};
	struct config_error error = {};

	if (rosterfile_load(SEKISHO_ROSTER, 0, &roster, &error) < 0)
		firstrun_say(run, FIRSTRUN_WRONG, "%s", error.text);
	else if (judge(&roster, run->answers.administrator, standing) < 0)
		say_unjudged(run);
	else
		return true;
	return false;
}

/* What the file of keys would make of it: more keys, or days on which the person may log in. */
static enum firstrun_standing look_at_file(struct firstrun *run, const struct standing *standing)
{
	enum firstrun_standing foreseen = foresee(run);

	/* Why it can't be taken in was printed; that leaves why it was wanted. */
	if (foreseen == FIRSTRUN_WRONG && !run->text[0] && !is_kept_out(run, standing))
		firstrun_say(run, FIRSTRUN_WRONG, _("%s has %zu keys of %d"),
			     run->answers.administrator, standing->n_usable, KEYS_WANTED);
	return foreseen;
}

static enum firstrun_standing say_too_few(struct firstrun *run, size_t count)
{
	const char *name = run->answers.administrator;

	if (run->dialog)
		return firstrun_say(run, FIRSTRUN_TODO, _("%s has %zu keys of %d"), name, count,
				    KEYS_WANTED);
	return firstrun_say(
		run, FIRSTRUN_WRONG,
		_("%s has %zu keys of %d, and a key has to be touched to be registered: "
		  "run 'sekisho setup' or 'sekisho key add %s' at the terminal, or name "
		  "in Keys= the file that 'sekisho export csv' wrote where the keys "
		  "are registered"),
		name, count, KEYS_WANTED, name);
}

/* Whose account is good. */
static enum firstrun_standing look_at_keys(struct firstrun *run, size_t *ret_count)
{
	static struct standing standing; /* 50 KiB */
	bool kept_out;

	if (!read_standing(run, &standing))
		return FIRSTRUN_WRONG;
	*ret_count = standing.n_usable;
	kept_out = is_kept_out(run, &standing);
	if (!kept_out && standing.n_usable >= KEYS_WANTED)
		return firstrun_say(run, FIRSTRUN_DONE,
				    _("%s has %zu keys that open this terminal today"),
				    run->answers.administrator, standing.n_usable);
	if (!run->dialog && run->answers.keys[0])
		return look_at_file(run, &standing);
	return kept_out ? FIRSTRUN_WRONG : say_too_few(run, standing.n_usable);
}

static enum firstrun_standing look(struct firstrun *run)
{
	char *name = run->answers.administrator;
	size_t count;

	if (name[0] == '\0' && !run->file)
		find_one(name);
	if (name[0] == '\0')
		return run->dialog ? firstrun_say(run, FIRSTRUN_ASK,
						  _("an administrator can repair this terminal; it "
						    "takes the password and two keys, of which one "
						    "is kept in a safe"))
				   : firstrun_unsaid(run);
	return check_account(run) ? look_at_keys(run, &count) : FIRSTRUN_WRONG;
}

static int ask(struct firstrun *run)
{
	const char *caller = getenv("SUDO_USER");
	char *name = run->answers.administrator;
	char prompt[2 * ADMINISTRATOR_NAME_MAX];
	int r;

	if (!caller || !is_administrator(caller) || strlen(caller) >= ADMINISTRATOR_NAME_MAX)
		caller = "root";
	snprintf(prompt, sizeof(prompt), _("User name of the first administrator [%s]: "), caller);
	r = question_text(prompt, name, ADMINISTRATOR_NAME_MAX);
	if (r == 0 && name[0] == '\0')
		memcpy(name, caller, strlen(caller) + 1);
	return r;
}

/* One key after the other, each as often as it takes. */
static int register_keys(struct firstrun *run)
{
	const char *name = run->answers.administrator;
	const struct key_options options = KEY_OPTIONS;
	char prompt[256], nothing[16];
	bool again;

	for (int i = 0; i < QUESTION_TRIES; i++) {
		size_t count = 0;
		enum firstrun_standing standing = look_at_keys(run, &count);

		if (standing == FIRSTRUN_WRONG)
			return command_fail("setup", "%s", run->text);
		if (standing == FIRSTRUN_DONE)
			return COMMAND_OK;
		snprintf(prompt, sizeof(prompt),
			 _("Key %zu of %d: plug it in, no other one, and press Enter: "), count + 1,
			 KEYS_WANTED);
		if (question_text(prompt, nothing, sizeof(nothing)) < 0)
			return COMMAND_NO;
		if (key_add(&options, name) == COMMAND_OK)
			continue;
		if (question_yes(_("Try again?"), true, &again) < 0 || !again)
			return COMMAND_NO;
	}
	return COMMAND_NO;
}

static int act(struct firstrun *run)
{
	const struct import_options options = import_of(run, true);

	return run->dialog ? register_keys(run) : import_csv(&options);
}

const struct firstrun_step firstrun_administrator = {N_("First administrator"), look, ask, act};
