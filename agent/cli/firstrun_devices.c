/* What is plugged in is enrolled, as by `sekisho setup devices`. */
#include "command.h"
#include "firstrun.h"
#include "question.h"
#include "setup.h"

#include "gettext.h"
#include "paths.h"

#include <string.h>
#include <unistd.h>

#define ENROLLED SEKISHO_DEVICE_RULES ".d/" ENROLMENT_FILE

/* @words, which become those that .named points to. -E2BIG is told. */
static int name_devices(char *words, struct setup *setup)
{
	char *state = NULL;

	for (char *word = strtok_r(words, " ,", &state); word;
	     word = strtok_r(NULL, " ,", &state)) {
		if (setup->n_named == SETUP_NAMED_MAX)
			return command_fail("setup", _("more than %d times --allow"),
					    SETUP_NAMED_MAX);
		setup->named[setup->n_named++] = word;
	}
	return COMMAND_OK;
}

/* Looks at what is there and, where @writes, has it count. */
static int enrol(const struct firstrun *run, bool shows, bool writes)
{
	static struct setup setup; /* 20 KiB */
	char words[ANSWERS_LIST_MAX];
	int r;

	setup = (struct setup)SETUP_BEGIN;
	memcpy(words, run->answers.allow, sizeof(words));
	r = name_devices(words, &setup);
	if (r == COMMAND_OK)
		r = setup_prepare(&setup);
	if (r == COMMAND_OK && shows)
		setup_show(&setup);
	if (r == COMMAND_OK)
		r = setup_refuse(&setup);
	/* Enter alone changes no rules. */
	if (r == COMMAND_OK && writes && run->dialog &&
	    !question_agreed(_("Enrol and let these rules count?"))) {
		puts(_("Nothing was changed."));
		r = COMMAND_NO;
	}
	if (r == COMMAND_OK && writes)
		r = setup_activate(&setup);
	setup_release(&setup);
	return r;
}

static enum firstrun_standing look(struct firstrun *run)
{
	if (access(ENROLLED, F_OK) == 0)
		return firstrun_say(run, FIRSTRUN_DONE,
				    _("%s is there;\n"
				      "to enrol anew: sekisho setup devices"),
				    ENROLLED);
	if (!run->answers.devices)
		return run->dialog
			       ? firstrun_say(run, FIRSTRUN_ASK,
					      _("only what a rule of %s names may work; keyboards "
						"and mice that are enrolled work whatever else is "
						"plugged in. Plug in all that is to stay"),
					      SEKISHO_DEVICE_RULES)
			       : firstrun_unsaid(run);
	run->text[0] = '\0';
	if (enrol(run, false, false) != COMMAND_OK)
		return FIRSTRUN_WRONG;
	return firstrun_say(run, FIRSTRUN_TODO, _("what is plugged in is written to %s"), ENROLLED);
}

static int ask(struct firstrun *run)
{
	bool yes = false;
	int r = question_yes(_("Enrol what is plugged in now?"), true, &yes);

	run->declined = r == 0 && !yes;
	run->answers.devices = r == 0 && yes;
	if (r < 0 || !yes)
		return r;
	return question_text(_("Devices to be enrolled besides, such as a network card on USB,\n"
			       "by their names in 'sekisho devices' (none: Enter): "),
			     run->answers.allow, sizeof(run->answers.allow));
}

static int act(struct firstrun *run)
{
	return enrol(run, true, true);
}

const struct firstrun_step firstrun_devices = {N_("Devices"), look, ask, act};
