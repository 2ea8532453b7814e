/* sekisho import users.oath: the seeds of pam_oath. What can't be carried over is named and left
 * out. Nothing of a seed is shown. */
#include "import_oath.h"
#include "authstate.h"

#include "agent/auth/rosterfile.h"
#include "cleanup.h"
#include "columns.h"
#include "command.h"
#include "file.h"
#include "gettext.h"
#include "loginuid.h"
#include "otp_cli.h"
#include "progress.h"
#include "usersoath.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct seeds {
	char *text; /* the file's */
	size_t length;
	struct usersoath *lines; /* those that can be carried over */
	size_t count, room;
	size_t left_out;
};

static void wipe_seeds(struct seeds *seeds)
{
	if (seeds->text)
		explicit_bzero(seeds->text, seeds->length);
	if (seeds->lines)
		explicit_bzero(seeds->lines, seeds->room * sizeof(*seeds->lines));
	free(seeds->text);
	free(seeds->lines);
}

/* In one piece of memory, for what grows leaves copies behind. */
static int read_text(const char *path, struct seeds *seeds)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat status = {};
	ssize_t count;
	int r = fd < 0 || fstat(fd, &status) < 0 ? -errno : 0;

	if (r == 0 && !S_ISREG(status.st_mode))
		r = -EINVAL;
	if (r == 0 && status.st_size > OTPFILE_MAX)
		r = -EFBIG;
	if (r < 0)
		return r;
	seeds->text = calloc(1, (size_t)status.st_size + 1);
	if (!seeds->text)
		return -ENOMEM;
	count = file_read_at(fd, seeds->text, (size_t)status.st_size, 0);
	if (count < 0)
		return (int)count;
	seeds->length = (size_t)count;
	seeds->room = 1;
	for (size_t i = 0; i < seeds->length; i++) {
		seeds->room += seeds->text[i] == '\n';
		if (seeds->text[i] == '\0')
			return -EBADMSG;
	}
	seeds->lines = calloc(seeds->room, sizeof(*seeds->lines));
	return seeds->lines ? 0 : -ENOMEM;
}

static void leave_out(struct seeds *seeds, const char *path, unsigned int line, const char *user,
		      const char *reason)
{
	seeds->left_out++;
	columns_printf(stderr, 0, IMPORT_INDENT, "%s:%u: %s: %s%s%s\n", path, line,
		       _("NOT CARRIED OVER"), user, user[0] ? ": " : "", _(reason));
}

static void read_lines(const char *path, struct seeds *seeds, struct otpfile *file)
{
	char *rest = seeds->text, *text;
	unsigned int number = 0;

	while ((text = strsep(&rest, "\n"))) {
		struct usersoath *line = &seeds->lines[seeds->count];
		struct transfer name;
		const char *refusal;
		int r;

		number++;
		r = usersoath_parse(text, line, &refusal);
		if (r == -ENODATA)
			continue;
		if (r == 0 && transfer_set_user(line->entry.user, &name) < 0) {
			refusal = N_("not a user name: ASCII without blanks, colon and slash");
			line->entry.user[0] = '\0';
			r = -EINVAL;
		}
		if (r == 0) {
			r = otpfile_add(file, &line->entry);
			refusal = r == -EEXIST ? N_("the person has a code already")
					       : N_("the file of the seeds can't hold such a line");
		}
		if (r < 0)
			leave_out(seeds, path, number,
				  transfer_set_user(line->entry.user, &name) < 0 ? ""
										 : line->entry.user,
				  refusal);
		else
			seeds->count++;
	}
}

/* What pam_oath took counts no more: of a counter what it kept, of a clock all codes up to now. A
 * seed that was here before keeps what is known of it. */
static int keep_used_codes(const struct otp_options *options, const struct usersoath *line)
{
	const uint32_t next = line->entry.otp.kind == OTP_HOTP
				      ? line->next
				      : (uint32_t)(time(NULL) / OTP_STEP) + 1;
	_cleanup_close_ int fd = -1;
	struct otpstate place = {};
	int r;

	r = otp_lock_place(options, &line->entry.otp, &fd, &place);
	if (r != COMMAND_OK)
		return r;
	if (place.state.next < next)
		place.state.next = next;
	r = otpstate_store(&place);
	return r < 0 ? command_fail("import", "%s: %s", options->state, strerror(-r)) : COMMAND_OK;
}

/* The places first: they only grow, so that a code can't come back whatever happens in between. */
static int carry_out(const struct otp_options *options, const struct seeds *seeds,
		     const struct otpfile *file)
{
	struct progress progress = {.total = seeds->count};
	int r = COMMAND_OK;

	for (size_t i = 0; r == COMMAND_OK && i < seeds->count; i++) {
		r = keep_used_codes(options, &seeds->lines[i]);
		progress_show(&progress, i + 1);
	}
	progress_end(&progress);
	if (r != COMMAND_OK)
		return r;
	r = otpfile_save(options->state, file);
	if (r < 0)
		return command_fail("import", "%s/" OTPFILE_NAME ": %s", options->state,
				    strerror(-r));
	for (size_t i = 0; i < seeds->count; i++)
		otp_record(options, EVENT_OTP_ADDED, &seeds->lines[i].entry);
	return COMMAND_OK;
}

int import_users_oath(const struct import_options *from)
{
	const struct otp_options options = {
		.state = from->places.state, .record = from->record, .caller = loginuid_or_uid()};
	_cleanup_(wipe_seeds) struct seeds seeds = {};
	_cleanup_otpfile_ struct otpfile file = {};
	_cleanup_close_ int lock = -1;
	int r;

	if (geteuid() != 0)
		return command_fail("import", _("only root may do this; try sudo"));
	/* As root, for the file is root's; what follows is done as sekisho-auth. */
	r = read_text(from->path, &seeds);
	if (r < 0)
		return command_fail("import", _("%s: can't be read: %s"), from->path, strerror(-r));
	r = authstate_become_owner(options.state);
	if (r < 0)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): wipe_seeds() releases it */
		return command_fail("import", "%s: %s", options.state, strerror(-r));
	r = otp_load_locked(&options, &file, &lock);
	if (r != COMMAND_OK)
		return r;
	r = otpfile_reserve(&file, seeds.room);
	if (r < 0)
		return command_fail("import", "%s", strerror(-r));
	read_lines(from->path, &seeds, &file);
	if (from->apply) {
		r = carry_out(&options, &seeds, &file);
		if (r != COMMAND_OK)
			return r;
		printf(_("seeds: %zu; all were carried over\n"), seeds.count);
	} else {
		for (size_t i = 0; i < seeds.count; i++)
			printf("%s\n", seeds.lines[i].entry.user);
		printf(_("seeds: %zu; this was a trial: nothing was changed. --apply carries them "
			 "over\n"),
		       seeds.count);
	}
	return seeds.left_out > 0 ? COMMAND_NO : COMMAND_OK;
}
