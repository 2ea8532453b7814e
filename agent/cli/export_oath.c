/* sekisho export users.oath: the seeds for pam_oath, into a new file of root's. */
#include "export.h"
#include "authstate.h"

#include "agent/auth/rosterfile.h"
#include "cleanup.h"
#include "command.h"
#include "file.h"
#include "gettext.h"
#include "otp_cli.h"
#include "paths.h"
#include "usersoath.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int write_line(const struct usersoath *from, int fd, const char **ret_refusal)
{
	char line[USERSOATH_LINE];
	int r = usersoath_format(from, line, ret_refusal);

	if (r == 0)
		r = file_write_all(fd, line, strlen(line));
	explicit_bzero(line, sizeof(line));
	return r;
}

/* Of a counter the state is told as the next one; of a clock there is nothing that the form could
 * take: the code of this moment may count once more there. */
static int write_entry(struct export *export, const struct otp_options *options,
		       const struct otp_entry *entry, bool ends, int fd)
{
	struct usersoath from = {.entry = *entry};
	_cleanup_close_ int counters = -1;
	struct otpstate place = {};
	const char *refusal = NULL;
	int r;

	r = otp_lock_place(options, &entry->otp, &counters, &place);
	if (r == COMMAND_OK) {
		from.next = place.state.next;
		r = write_line(&from, fd, &refusal);
		if (r < 0 && !refusal)
			r = command_fail("export", "%s: %s", export->path, strerror(-r));
	}
	explicit_bzero(&from, sizeof(from));
	if (refusal)
		export_lost(export, entry->user, _(refusal));
	else if (r == COMMAND_OK && (entry->to || ends))
		export_lost(export, entry->user,
			    _("the last day: with pam_oath the code goes on opening doors"));
	return refusal ? COMMAND_OK : r;
}

static int write_all(struct export *export, int fd)
{
	const struct otp_options options = {.state = export->state};
	_cleanup_rosterfile_ struct rosterfile roster = {};
	_cleanup_otpfile_ struct otpfile file = {};
	_cleanup_close_ int lock = -1;
	struct config_error error;
	int r;

	r = rosterfile_load(export->roster, 0, &roster, &error);
	if (r < 0)
		return command_fail("export", "%s", error.text);
	r = authstate_become_owner(options.state);
	if (r < 0)
		return command_fail("export", "%s: %s", options.state, strerror(-r));
	r = otp_load_locked(&options, &file, &lock);
	for (size_t i = 0; r == COMMAND_OK && i < file.count; i++) {
		const struct otp_entry *entry = &file.entries[i];
		size_t count;
		const struct roster_period *periods =
			rosterfile_periods(&roster, entry->user, &count);

		if (roster_period_validity(periods, count, roster_today()) != ROSTER_VALID ||
		    otpfile_validity(entry, roster_today()) != ROSTER_VALID)
			export_lost(export, entry->user,
				    _("the code, or the person, is not valid today"));
		else
			r = write_entry(export, &options, entry,
					count > 0 && periods[count - 1].to > 0, fd);
	}
	return r;
}

int export_users_oath(struct export *export)
{
	/* Made by root, before the rest is done as sekisho-auth; never where something is. */
	_cleanup_close_ int fd =
		open(export->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r;

	if (fd < 0)
		return command_fail("export", "%s: %s", export->path, strerror(errno));
	r = write_all(export, fd);
	if (r == COMMAND_OK && fsync(fd) < 0)
		r = command_fail("export", "%s: %s", export->path, strerror(errno));
	/* What is not whole is nothing, and seeds lie about nowhere. */
	if (r != COMMAND_OK)
		return ftruncate(fd, 0) < 0 ? COMMAND_ERROR : r;
	return export->lost > 0 ? COMMAND_NO : COMMAND_OK;
}
