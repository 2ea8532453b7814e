/* sekisho disable: two-factor log-in off; --rollback does so for a trial nobody confirmed. */
#include "command.h"
#include "door.h"
#include "stack.h"
#include "trial.h"

#include "cleanup.h"
#include "gettext.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

int command_disable(int argc, char **argv)
{
	bool rollback = argc == 2 && strcmp(argv[1], "--rollback") == 0;
	_cleanup_close_ int lock = -1;
	struct trial trial;
	const struct stack_keeper *keeper = stack_keeper();
	bool unfinished;
	bool traces;
	bool tried;
	bool on;
	int r;

	if (argc > 1 && !rollback)
		return command_usage("disable");
	if (geteuid() != 0)
		return command_fail("disable", _("only root may do this; try sudo"));
	/* It goes on without: this is how a broken terminal is opened. */
	(void)trial_lock(&lock);
	/* A file that cannot be read still says that nobody confirmed. */
	tried = trial_read(&trial) != -ENOENT;
	if (rollback && !tried)
		return COMMAND_OK;
	if (!keeper)
		return stack_fail_unkept("disable");
	r = stack_state(&on, &traces);
	unfinished = stack_unfinished();
	if (r < 0 && !tried && !unfinished)
		return command_fail("disable", _("/etc/pam.d cannot be read: %s"), strerror(-r));
	/* A switch that broke off may leave no stack to read; the way back needs none. */
	traces = r < 0 || unfinished || traces;
	r = traces ? stack_switch_off(tried) : 0;
	if (r == -EBUSY)
		return command_fail("disable", _("%s left %s as they are; %s"), keeper->name,
				    keeper->files, _(keeper->by_hand));
	if (r < 0)
		return command_fail("disable", _("%s failed: %s"), keeper->name, strerror(-r));
	r = rollback ? trial_run_out() : trial_end();
	if (r < 0)
		return command_fail("disable", _("the trial's file cannot be removed: %s"),
				    strerror(-r));
	if (!traces) {
		printf(_("Two-factor log-in was off already.\n"));
		return COMMAND_OK;
	}
	/* Off all the same if the journal is away: this is how a broken terminal is opened. */
	r = door_record(EVENT_DOOR_DISABLED, rollback ? "not confirmed" : "asked", NULL);
	if (r < 0)
		command_fail("disable", _("the journal did not take the event (%s)"), strerror(-r));
	printf(_("Two-factor log-in is off.\n"));
	return COMMAND_OK;
}
