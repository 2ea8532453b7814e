/* The first administrator, with two keys. */
#include "command.h"
#include "firstrun.h"
#include "import.h"
#include "key.h"
#include "question.h"

#include "escape.h"
#include "gettext.h"
#include "paths.h"

#include <errno.h>
#include <shadow.h>
#include <string.h>

#define KEYS_WANTED 2

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

static int count_keys(const char *name, size_t *ret_count, struct config_error *ret_error)
{
	_cleanup_rosterfile_ struct rosterfile roster = {};
	int r = rosterfile_load(SEKISHO_ROSTER, 0, &roster, ret_error);

	if (r == 0)
		*ret_count = key_usable(&roster, name);
	return r;
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
		if (has_password(names[i]) && key_usable(&roster, names[i]) >= KEYS_WANTED) {
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
	size_t count;

	run->text[0] = '\0';
	if (import_csv_foresee(&options, &roster) != COMMAND_OK)
		return FIRSTRUN_WRONG;
	count = key_usable(&roster, run->answers.administrator);
	if (count < KEYS_WANTED)
		return firstrun_say(run, FIRSTRUN_WRONG,
				    _("with %s, %s would have %zu keys that open this terminal "
				      "today; it takes %d, so that a lost key locks nobody out"),
				    options.path, run->answers.administrator, count, KEYS_WANTED);
	return firstrun_say(run, FIRSTRUN_TODO,
			    _("the roster takes the people and keys of %s; %s then has %zu keys"),
			    options.path, run->answers.administrator, count);
}

static enum firstrun_standing look(struct firstrun *run)
{
	char *name = run->answers.administrator;
	struct config_error error = {};
	size_t count = 0;

	if (name[0] == '\0' && !run->file)
		find_one(name);
	if (name[0] == '\0')
		return run->dialog ? firstrun_say(run, FIRSTRUN_ASK,
						  _("an administrator can repair this terminal; it "
						    "takes the password and two keys, of which "
						    "one is kept in a safe"))
				   : firstrun_unsaid(run);
	if (!check_account(run))
		return FIRSTRUN_WRONG;
	if (count_keys(name, &count, &error) < 0)
		return firstrun_say(run, FIRSTRUN_WRONG, "%s", error.text);
	if (count >= KEYS_WANTED)
		return firstrun_say(run, FIRSTRUN_DONE,
				    _("%s has %zu keys that open this terminal today"), name,
				    count);
	if (run->dialog)
		return firstrun_say(run, FIRSTRUN_TODO, _("%s has %zu keys of %d"), name, count,
				    KEYS_WANTED);
	if (run->answers.keys[0])
		return foresee(run);
	return firstrun_say(
		run, FIRSTRUN_WRONG,
		_("%s has %zu keys of %d, and a key has to be touched to be registered: "
		  "run 'sekisho setup' or 'sekisho key add %s' at the terminal, or name "
		  "in Keys= the file that 'sekisho export csv' wrote where the keys "
		  "are registered"),
		name, count, KEYS_WANTED, name);
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
static int register_keys(const char *name)
{
	const struct key_options options = KEY_OPTIONS;
	struct config_error error = {};
	char prompt[256], nothing[16];
	size_t count = 0;
	bool again;

	for (int i = 0; i < QUESTION_TRIES; i++) {
		if (count_keys(name, &count, &error) < 0)
			return command_fail("setup", "%s", error.text);
		if (count >= KEYS_WANTED)
			return COMMAND_OK;
		snprintf(prompt, sizeof(prompt),
			 _("Key %zu of %d: plug it in, no other one, and press Enter: "), count + 1,
			 KEYS_WANTED);
		if (question_text(prompt, nothing, sizeof(nothing)) < 0)
			return COMMAND_NO;
		if (key_add(&options, name) == COMMAND_OK)
			continue;
		if (question_yes(_("Try again? [Y/n] "), true, &again) < 0 || !again)
			return COMMAND_NO;
	}
	return COMMAND_NO;
}

static int act(struct firstrun *run)
{
	const struct import_options options = import_of(run, true);

	return run->dialog ? register_keys(run->answers.administrator) : import_csv(&options);
}

const struct firstrun_step firstrun_administrator = {N_("First administrator"), look, ask, act};
