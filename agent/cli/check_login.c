#include "check_login.h"

#include "absent.h"
#include "administrator.h"
#include "command.h"
#include "otherdoors.h"
#include "program.h"
#include "sudodoor.h"

#include "cleanup.h"
#include "columns.h"
#include "gettext.h"
#include "jsonout.h"
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <security/pam_modules.h>
#include <string.h>
#include <systemd/sd-login.h>

#define STATE_WIDTH 14
#define NAME_WIDTH  18
#define TEXT_COLUMN (STATE_WIDTH + NAME_WIDTH)
#define WAY_COLUMN  (STATE_WIDTH + 2)
#define NOTES_MAX   512 /* bytes of both */

static const struct {
	const char *word, *label;
} login_states[LOGIN_STATES] = {
	[LOGIN_TWO] = {"two-factors", N_("two factors")},
	[LOGIN_ONE] = {"one-factor", N_("NOT TWO")},
	[LOGIN_UNCLEAR] = {"unclear", N_("UNCLEAR")},
	[LOGIN_NO_DOOR] = {"no-door", N_("no door")},
};

static const struct {
	const char *word, *label;
} door_states[OTHERDOOR_STATES] = {
	[OTHERDOOR_CLOSED] = {"closed", N_("closed")},
	[OTHERDOOR_ABSENT] = {"absent", N_("not present")},
	[OTHERDOOR_WARNING] = {"warning", N_("warning")},
	[OTHERDOOR_OPEN] = {"open", N_("OPEN")},
	[OTHERDOOR_UNSEEN] = {"unseen", N_("NOT SEEN")},
};

static const struct {
	unsigned int kinds;
	const char *word, *text;
} kinds[] = {
	{KIND_NONE, "none", N_("no factor at all")},
	{KIND_KNOWLEDGE, "knowledge", N_("knowledge alone, such as a password")},
	{KIND_POSSESSION, "possession", N_("possession alone, such as a key")},
	{KIND_INHERENCE, "inherence", N_("being alone, such as a finger")},
};

static const char *const meanings[MEANING_COUNT] = {
	[MEANING_ROOT] = N_("for whoever is root already"),
	[MEANING_EMPTY_PASSWORD] = N_("for an account without a password"),
	[MEANING_NOT_ENROLLED] = N_("for whoever has registered none"),
	[MEANING_EXEMPT] = N_("by an exemption of sekisho-authd's"),
	[MEANING_TRUSTED] = N_("by trust in a group, a time stamp or another machine"),
};

struct show {
	json_t *services; /* NULL: for people */
	size_t bad; /* services */
	bool key_passes; /* into sshd */
	size_t open; /* other doors */
};

static const char *kinds_word(unsigned int set)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].kinds == set)
			return kinds[i].word;
	return "none";
}

static const char *kinds_text(unsigned int set)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].kinds == set)
			return _(kinds[i].text);
	return "";
}

/* --json has the code. */
static void show_answer(FILE *out, const char *module, unsigned int code)
{
	if (code == PAM_SUCCESS)
		fprintf(out, _("%s accepts"), module);
	else if (code == PAM_IGNORE)
		fprintf(out, _("%s takes no part"), module);
	else
		fprintf(out, _("%s refuses"), module);
}

/* The modules in their order, and what each of them answers. */
static void show_answers(FILE *out, const struct pamstack_chain *chain, const struct pamway *way)
{
	_cleanup_free_ char *line = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&line, &length);

	if (!stream)
		return;
	for (size_t i = 0; i < way->count; i++) {
		fputs(i == 0 ? "" : _(", then "), stream);
		show_answer(stream, pammodule_name(chain->list[way->steps[i].element].module),
			    way->steps[i].outcome.code);
	}
	if (fclose(stream) == 0)
		columns_printf(out, 0, WAY_COLUMN, "%*s%s\n", WAY_COLUMN, "", line);
}

static void show_way(FILE *out, const struct pamstack_chain *chain, const struct pamway *way)
{
	fprintf(out, "%*s%s:\n", STATE_WIDTH, "", kinds_text(way->kinds));
	show_answers(out, chain, way);
	/* Where it is decided. */
	for (size_t i = 0; i < way->count; i++) {
		const struct pamway_step *step = &way->steps[i];
		const unsigned int meaning = step->outcome.meaning;
		bool told;

		if (!(way->set & UINT64_C(1) << step->element))
			continue;
		told = meaning != MEANING_PLAIN && meanings[meaning];
		columns_printf(out, 0, WAY_COLUMN + 2, "%*s%s %s%s%s%s\n", WAY_COLUMN, "",
			       chain->list[step->element].place,
			       pammodule_name(chain->list[step->element].module), told ? " (" : "",
			       told ? _(meanings[meaning]) : "", told ? ")" : "");
	}
}

static void show_trouble(FILE *out, const struct pamstack_trouble *trouble)
{
	if (trouble)
		columns_printf(out, 0, STATE_WIDTH, "%*s%s: %s\n", STATE_WIDTH, "", trouble->place,
			       _(pamstack_reasons[trouble->reason].text));
	else
		columns_printf(out, 0, STATE_WIDTH, "%*s%s\n", STATE_WIDTH, "",
			       _("too many ways to look at"));
}

void check_login_show(FILE *out, const struct login *login)
{
	if (login->state == LOGIN_UNCLEAR)
		show_trouble(out, login->trouble);
	for (size_t i = 0; i < login->ways->count; i++)
		if (!login->ways->list[i].root)
			show_way(out, &login->stack->chains[PAMSTACK_AUTH], &login->ways->list[i]);
}

static bool has_roots_way(const struct login *login)
{
	for (size_t i = 0; i < login->ways->count; i++)
		if (login->ways->list[i].root)
			return true;
	return false;
}

static void show_text(const struct login *login)
{
	const struct {
		bool holds;
		const char *text;
	} notes[] = {
		{has_roots_way(login), _("root, who is in already, is asked nothing")},
		{login->alone, _("Sekisho takes a key with its PIN or fingerprint, and nothing "
				 "else")},
	};
	char text[NOTES_MAX] = "";
	size_t length = 0;

	command_column(_(login_states[login->state].label), STATE_WIDTH);
	for (size_t i = 0; i < ARRAY_SIZE(notes) && length < sizeof(text); i++)
		if (notes[i].holds)
			length += (size_t)snprintf(text + length, sizeof(text) - length, " (%s)",
						   notes[i].text);
	columns_printf(stdout, STATE_WIDTH, STATE_WIDTH + 2, "%s%s\n", login->service, text);
	if (login->state == LOGIN_ONE || login->state == LOGIN_UNCLEAR)
		check_login_show(stdout, login);
}

static json_t *way_json(const struct pamstack_chain *chain, const struct pamway *way)
{
	json_t *steps = json_array();

	for (size_t i = 0; i < way->count; i++) {
		const struct pamstack_element *element = &chain->list[way->steps[i].element];
		const struct pammodule_outcome *outcome = &way->steps[i].outcome;

		json_array_append_new(
			steps, json_pack("{s:o, s:o, s:s, s:s*, s:b}", "module",
					 jsonout_text(element->module), "place",
					 jsonout_text(element->place), "result",
					 pamstack_code_name(outcome->code), "meaning",
					 pammodule_meaning_word(outcome->meaning), "decides",
					 (way->set & UINT64_C(1) << way->steps[i].element) != 0));
	}
	return json_pack("{s:s, s:b, s:o}", "verified", kinds_word(way->kinds), "root", way->root,
			 "steps", steps);
}

static json_t *login_json(const struct login *login)
{
	json_t *ways = json_array();
	json_t *all;

	for (size_t i = 0; i < login->ways->count; i++)
		json_array_append_new(ways, way_json(&login->stack->chains[PAMSTACK_AUTH],
						     &login->ways->list[i]));
	all = json_pack("{s:o, s:s, s:o}", "service", jsonout_text(login->service), "state",
			login_states[login->state].word, "ways", ways);
	if (login->trouble) {
		json_object_set_new(all, "reason",
				    json_string(pamstack_reasons[login->trouble->reason].word));
		json_object_set_new(all, "place", jsonout_text(login->trouble->place));
	}
	return all;
}

static int tell(void *user, const struct login *login)
{
	struct show *show = user;

	show->bad += login->state == LOGIN_ONE || login->state == LOGIN_UNCLEAR;
	if (strcmp(login->service, "sshd") == 0)
		show->key_passes = login->key_passes;
	if (show->services)
		json_array_append_new(show->services, login_json(login));
	else
		show_text(login);
	return 0;
}

/* Below what the door is called. */
static void show_below(const char *text)
{
	columns_printf(stdout, 0, TEXT_COLUMN, "%*s%s\n", TEXT_COLUMN, "", text);
}

static void show_door(const struct otherdoor *door, enum otherdoor_state state, const char *text,
		      json_t *list)
{
	bool wrong = state != OTHERDOOR_CLOSED && state != OTHERDOOR_ABSENT;

	if (list) {
		json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "door", door->name,
						      "state", door_states[state].word, "evidence",
						      jsonout_text(text)));
		return;
	}
	command_column(_(door_states[state].label), STATE_WIDTH);
	command_column(door->name, NAME_WIDTH);
	columns_printf(stdout, TEXT_COLUMN, TEXT_COLUMN, "%s\n", _(door->title));
	show_below(text);
	if (wrong)
		show_below(_(door->next));
}

static uid_t who_is_seated(void)
{
	uid_t seated;

	return sd_seat_get_active("seat0", NULL, &seated) < 0 ? OTHERDOOR_NOBODY : seated;
}

static void show_doors(int root, struct show *show, json_t *list)
{
	static const char *const sshd[] = {"/usr/sbin/sshd", "-T", NULL};
	_cleanup_free_ char *settings = NULL, *sudoers = NULL;
	struct otherdoor_scene scene = {
		.root = root, .key_passes = show->key_passes, .seated = who_is_seated()};

	if (program_read(sshd, &settings) == 0)
		scene.sshd = settings;
	if (program_read(sudodoor_program, &sudoers) == 0)
		scene.sudoers = sudoers;
	for (size_t i = 0; i < otherdoor_count; i++) {
		char text[OTHERDOOR_TEXT_MAX] = "";
		enum otherdoor_state state = otherdoors[i].look(&scene, text);

		show->open += state == OTHERDOOR_OPEN || state == OTHERDOOR_UNSEEN;
		show_door(&otherdoors[i], state, text, list);
	}
}

static int show_people(int root, const struct logins *logins, struct show *show)
{
	int r;

	puts(_("Services of PAM"));
	r = logins_walk(logins, tell, show);
	if (r < 0)
		return r;
	printf("\n%s\n", _("Other doors"));
	show_doors(root, show, NULL);
	putchar('\n');
	if (show->bad == 0)
		puts(_("No service lets anybody in with less than two factors."));
	else
		columns_printf(stdout, 0, 0,
			       _("%zu services let somebody in with less than two factors, or "
				 "can't be judged; see sekisho-enable(1).\n"),
			       show->bad);
	if (show->open > 0)
		printf(_("%zu other doors are open, or can't be looked at.\n"), show->open);
	return 0;
}

static int show_programs(int root, const struct logins *logins, struct show *show)
{
	json_t *doors = json_array(), *all;
	int r;

	show->services = json_array();
	r = logins_walk(logins, tell, show);
	if (r == 0)
		show_doors(root, show, doors);
	all = json_pack("{s:b, s:o, s:o}", "well", show->bad == 0 && show->open == 0, "services",
			show->services, "doors", doors);
	if (r == 0) {
		json_dumpf(all, stdout, JSON_COMPACT | JSON_SORT_KEYS);
		putchar('\n');
	}
	json_decref(all);
	return r;
}

int check_login(int root, bool json)
{
	static struct settings settings;
	_cleanup_loginrules_ struct loginrules rules = {};
	struct logins logins = {.root = root};
	char name[ADMINISTRATOR_NAME_MAX];
	struct show show = {.key_passes = true};
	struct config_error error;
	int loaded, r;

	/* Where it can't be read nobody gets in, and what it would say is nothing to count on. */
	loaded = settings_load_rules(SEKISHO_CONFIG, 0, &settings, &rules, NULL, &error);
	if (loaded == 0) {
		logins.settings = &settings;
		logins.rules = &rules;
	}

	logins.empty_passwords = administrator_find_open_account(name, sizeof(name)) != -ENOENT;
	r = json ? show_programs(root, &logins, &show) : show_people(root, &logins, &show);
	if (r < 0)
		return command_fail("check", _("/etc/pam.d cannot be read: %s"), strerror(-r));
	/* Before the installation there is none. */
	if (loaded < 0 && loaded != -ENOENT)
		return absent_fail("check", SEKISHO_CONFIG, loaded, &error);
	return show.bad == 0 && show.open == 0 ? COMMAND_OK : COMMAND_NO;
}
