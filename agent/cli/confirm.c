/* sekisho confirm: keeps two-factor log-in on, said from a log-in that it let in. */
#include "command.h"
#include "door.h"
#include "enable.h"
#include "stack.h"
#include "trial.h"

#include "cleanup.h"
#include "gettext.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

int confirm_run(void)
{
	_cleanup_close_ int lock = -1;
	uint32_t session;
	struct trial trial;
	bool traces;
	bool on;
	int r;

	if (geteuid() != 0)
		return command_fail("confirm", _("only root may do this; try sudo"));
	/* While the time limit takes it back nothing can be kept any more. */
	r = trial_lock(&lock);
	if (r == -ETIMEDOUT)
		return command_fail("confirm",
				    _("another 'sekisho confirm' or 'sekisho disable' is running "
				      "and does not end: nothing was confirmed. Wait for its end, "
				      "see with 'sekisho check login' whether two factors are "
				      "asked for, and confirm again if they are"));
	if (r < 0)
		return command_fail("confirm", "%s: %s", TRIAL_DIRECTORY "/" TRIAL_LOCK,
				    strerror(-r));
	r = trial_read(&trial);
	if (r == -ENOENT)
		return command_fail("confirm", _("nothing waits to be confirmed"));
	if (r < 0)
		return command_fail("confirm", _("the trial's file cannot be read: %s"),
				    strerror(-r));
	r = stack_state(&on, &traces);
	if (r < 0 || !on)
		return command_fail("confirm", _("/etc/pam.d does not ask for the key any more"));
	r = trial_own_session(&session);
	if (r < 0)
		return command_fail("confirm", _("log-in sessions cannot be told apart: %s"),
				    strerror(-r));
	if (!trial_is_new_session(&trial, session)) {
		command_fail("confirm", _("this session began before 'sekisho enable':\n"
					  "log in anew, with both factors, and confirm there"));
		return COMMAND_NO;
	}
	r = door_record(EVENT_DOOR_ENABLED, "confirmed", NULL);
	if (r < 0)
		return command_fail("confirm", _("the journal did not take the event (%s)"),
				    strerror(-r));
	r = trial_end();
	if (r < 0)
		return command_fail("confirm", _("the trial's file cannot be removed: %s"),
				    strerror(-r));
	printf(_("Confirmed: two-factor log-in stays on.\n"));
	return COMMAND_OK;
}

int command_confirm(int argc, char **argv)
{
	(void)argv;
	return argc > 1 ? command_usage("confirm") : confirm_run();
}
