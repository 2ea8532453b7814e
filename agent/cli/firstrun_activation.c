/* Two-factor log-in: tried, switched on, confirmed. */
#include "command.h"
#include "enable.h"
#include "firstrun.h"
#include "question.h"
#include "stack.h"
#include "trial.h"

#include "gettext.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* A log-in that began after the switch is one that both factors let in. */
static bool may_confirm(const struct trial *trial)
{
	uint32_t session;

	return trial_own_session(&session) == 0 && trial_is_new_session(trial, session);
}

static enum firstrun_standing look_at_trial(struct firstrun *run, const struct trial *trial)
{
	if (!may_confirm(trial))
		return firstrun_say(
			run, FIRSTRUN_WAITS,
			_("it is on and waits to be confirmed, or the old log-in comes back: log "
			  "in anew, with both factors, and run 'sekisho confirm' there"));
	if (!run->dialog)
		return firstrun_say(run, FIRSTRUN_WAITS,
				    _("it is on and waits to be confirmed: 'sekisho confirm'"));
	return run->answers.enable
		       ? firstrun_say(run, FIRSTRUN_TODO, _("it is kept on"))
		       : firstrun_say(run, FIRSTRUN_ASK,
				      _("it is on and waits to be confirmed; this log-in "
					"showed both factors"));
}

static bool is_untried(const struct firstrun *run)
{
	return run->file && run->answers.trial == ANSWERS_TRIAL_NONE;
}

static enum firstrun_standing look_before(struct firstrun *run)
{
	if (!run->answers.enable)
		return run->dialog
			       ? firstrun_say(run, FIRSTRUN_ASK,
					      _("it is off. First the administrator's log-in is "
						"tried; after the switch it has to be confirmed "
						"from a new log-in, or the old one comes back"))
			       : firstrun_unsaid(run);
	/* Somebody has to type a PIN and a password, and touch. */
	if (run->answers.trial == ANSWERS_TRIAL_PERSON && !isatty(STDIN_FILENO))
		return firstrun_say(
			run, FIRSTRUN_WRONG,
			_("the trial log-in needs a person with the key at a terminal, and there "
			  "is none: run 'sekisho setup' there, or say Trial=none in [Activation], "
			  "which leaves the time limit alone as the way back"));
	if (is_untried(run) && trial_ran_out())
		return firstrun_say(
			run, FIRSTRUN_WRONG,
			_("nobody confirmed it the last time, so that the old log-in came back; "
			  "see why, then delete %s, or switch it on with a trial log-in"),
			TRIAL_DIRECTORY "/" TRIAL_RUN_OUT);
	run->text[0] = '\0';
	if (enable_check() != COMMAND_OK)
		return FIRSTRUN_WRONG;
	/* Else the step before sees to it. */
	if (run->answers.administrator[0] == '\0' && enable_check_administrators() != COMMAND_OK)
		return FIRSTRUN_WRONG;
	return run->answers.trial == ANSWERS_TRIAL_PERSON
		       ? firstrun_say(run, FIRSTRUN_TODO,
				      _("it is switched on after a trial log-in, and has to be "
					"confirmed within %u minutes"),
				      run->answers.minutes)
		       : firstrun_say(run, FIRSTRUN_TODO,
				      _("it is switched on WITHOUT a trial log-in, and has to be "
					"confirmed within %u minutes"),
				      run->answers.minutes);
}

static enum firstrun_standing look(struct firstrun *run)
{
	struct trial trial;
	bool on, traces;
	int r = stack_state(&on, &traces);

	if (r == -ENOSYS) {
		run->text[0] = '\0';
		stack_fail_unkept("setup");
		return FIRSTRUN_WRONG;
	}
	if (r < 0)
		return firstrun_say(run, FIRSTRUN_WRONG, _("/etc/pam.d cannot be read: %s"),
				    strerror(-r));
	if (!on)
		return look_before(run);
	r = trial_read(&trial);
	if (r == -ENOENT)
		return firstrun_say(run, FIRSTRUN_DONE, _("it is on"));
	return r < 0 ? firstrun_say(run, FIRSTRUN_WRONG,
				    _("whether it was confirmed cannot be told; %s: %s"),
				    TRIAL_DIRECTORY "/" TRIAL_FILE, strerror(-r))
		     : look_at_trial(run, &trial);
}

static int ask(struct firstrun *run)
{
	struct trial trial;
	bool yes = false;
	int r = trial_read(&trial) == 0
			? question_yes(_("Keep two-factor log-in on?"), true, &yes)
			: question_yes(_("Try the log-in and switch it on now?"), true, &yes);

	run->declined = r == 0 && !yes;
	run->answers.enable = r == 0 && yes;
	return r;
}

static int act(struct firstrun *run)
{
	const struct enable_choice choice = {
		/* Both were asked: by the question above, or by who wrote the file. */
		.yes = true,
		.untried = is_untried(run),
		.minutes = run->answers.minutes,
		.administrator = run->answers.administrator[0] ? run->answers.administrator : NULL,
	};
	struct trial trial;

	if (trial_read(&trial) == 0)
		return confirm_run();
	return enable_run(&choice);
}

const struct firstrun_step firstrun_activation = {N_("Two-factor log-in"), look, ask, act};
