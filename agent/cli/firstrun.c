#include "firstrun.h"

#include "command.h"
#include "question.h"
#include "setup.h"

#include "cleanup.h"
#include "columns.h"
#include "gettext.h"
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK	    "/var/lib/sekisho/.setup.lock"
#define TEXT_INDENT 4

static const struct firstrun_step *const steps[] = {
	&firstrun_class,     &firstrun_administrator, &firstrun_devices,
	&firstrun_collector, &firstrun_activation,
};

static const char *const standings[FIRSTRUN_STANDING_COUNT] = {
	[FIRSTRUN_DONE] = N_("done already"), [FIRSTRUN_TODO] = N_("to be done"),
	[FIRSTRUN_LEFT_OUT] = N_("left out"), [FIRSTRUN_ASK] = N_("not said"),
	[FIRSTRUN_WAITS] = N_("waits"),	      [FIRSTRUN_WRONG] = N_("CAN'T BE DONE"),
};

enum firstrun_standing firstrun_say(struct firstrun *run, enum firstrun_standing standing,
				    const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(run->text, sizeof(run->text), format, arguments);
	va_end(arguments);
	return standing;
}

enum firstrun_standing firstrun_unsaid(struct firstrun *run)
{
	return firstrun_say(run, FIRSTRUN_LEFT_OUT, "%s",
			    run->file ? _("the answers say nothing of it") : _("it is not done"));
}

/* Below the step's name. */
static void tell_text(const struct firstrun *run)
{
	if (run->text[0])
		columns_printf(stdout, 0, TEXT_INDENT, "%*s%s\n", TEXT_INDENT, "", run->text);
}

static void tell(const struct firstrun *run, size_t number, enum firstrun_standing standing)
{
	printf("%zu/%zu %s: %s\n", number + 1, ARRAY_SIZE(steps), _(steps[number]->title),
	       _(standings[standing]));
	tell_text(run);
	/* Before what goes to standard error, wherever either goes. */
	fflush(stdout);
}

static int stopped(size_t number, int status)
{
	command_fail("setup",
		     _("it stopped at \"%s\"; what was done before stays done. Put that right and "
		       "begin again: what is done is left alone"),
		     _(steps[number]->title));
	return status;
}

/* All of them are looked at before one acts. */
static int look_at_all(struct firstrun *run, bool *ret_todo)
{
	int status = COMMAND_OK;

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		enum firstrun_standing standing = steps[i]->look(run);

		tell(run, i, standing);
		*ret_todo |= standing == FIRSTRUN_TODO;
		/* Without answers it is only looked at. */
		if (standing == FIRSTRUN_WRONG || (standing == FIRSTRUN_ASK && run->file))
			status = COMMAND_ERROR;
	}
	return status;
}

/* Looks again: what a step before did can have made this one impossible. */
static int carry_out(struct firstrun *run, size_t number)
{
	enum firstrun_standing standing = steps[number]->look(run);

	if (standing == FIRSTRUN_WRONG || standing == FIRSTRUN_ASK) {
		tell(run, number, standing);
		return COMMAND_ERROR;
	}
	if (standing != FIRSTRUN_TODO)
		return COMMAND_OK;
	printf("\n%zu/%zu %s\n", number + 1, ARRAY_SIZE(steps), _(steps[number]->title));
	fflush(stdout);
	return steps[number]->act(run);
}

/* What waits for somebody is no failure, and not done either. */
static int end_of(struct firstrun *run)
{
	if (firstrun_activation.look(run) != FIRSTRUN_WAITS)
		return COMMAND_OK;
	puts(_("Two-factor log-in is not confirmed yet; until it is, this ends with status 1."));
	return COMMAND_NO;
}

static int run_answers(struct firstrun *run)
{
	bool todo = false;
	int r = look_at_all(run, &todo);

	if (r != COMMAND_OK)
		return command_fail("setup", _("nothing was changed"));
	for (size_t i = 0; !run->check && i < ARRAY_SIZE(steps); i++) {
		r = carry_out(run, i);
		if (r != COMMAND_OK)
			return stopped(i, r);
	}
	r = end_of(run);
	if (todo && run->check)
		puts(_("Nothing was changed: this only said what would be done."));
	else if (!todo && r == COMMAND_OK)
		puts(_("There is nothing to be done."));
	return r;
}

/* Until the answers can be carried out, or it is declined. */
static int ask_until_clear(struct firstrun *run, size_t number, enum firstrun_standing *standing)
{
	for (int i = 0; *standing == FIRSTRUN_ASK; i++) {
		if (i == QUESTION_TRIES || steps[number]->ask(run) < 0) {
			command_fail("setup", _("no answer came"));
			return -ENODATA;
		}
		if (run->declined) {
			*standing = FIRSTRUN_LEFT_OUT;
			return 0;
		}
		*standing = steps[number]->look(run);
		if (*standing != FIRSTRUN_WRONG && *standing != FIRSTRUN_ASK)
			continue;
		tell_text(run);
		*standing = FIRSTRUN_ASK;
	}
	return 0;
}

/* One step of the dialog. */
static int walk(struct firstrun *run, size_t number, bool *left)
{
	enum firstrun_standing standing;
	int r;

	run->declined = false;
	standing = steps[number]->look(run);
	if (standing == FIRSTRUN_ASK) {
		printf("%zu/%zu %s\n", number + 1, ARRAY_SIZE(steps), _(steps[number]->title));
		tell_text(run);
	} else {
		tell(run, number, standing);
	}
	if (standing == FIRSTRUN_WRONG)
		return stopped(number, COMMAND_ERROR);
	if (ask_until_clear(run, number, &standing) < 0)
		return stopped(number, COMMAND_NO);
	*left |= standing == FIRSTRUN_LEFT_OUT && run->declined;
	*left |= standing == FIRSTRUN_WAITS;
	if (standing != FIRSTRUN_TODO)
		return COMMAND_OK;
	r = steps[number]->act(run);
	return r == COMMAND_OK ? r : stopped(number, r);
}

static int run_dialog(struct firstrun *run)
{
	bool left = false;

	run->dialog = true;
	columns_printf(stdout, 0, 0, "%s\n",
		       _("Sets this terminal up, step by step. Ctrl-C ends it at any time; what is "
			 "done stays done, and 'sekisho setup' begins again with the rest. Keep a "
			 "second session of root's open until all is confirmed."));
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		int r;

		putchar('\n');
		r = walk(run, i, &left);
		if (r != COMMAND_OK)
			return r;
	}
	putchar('\n');
	columns_printf(stdout, 0, 0, "%s\n",
		       left ? _("Some steps are left; 'sekisho setup' goes on with them.")
			    : _("That was the last step. 'sekisho status' and 'sekisho check "
				"login' show how the terminal stands."));
	return left ? COMMAND_NO : COMMAND_OK;
}

static int parse(int argc, char **argv, struct firstrun *run)
{
	static const struct option options[] = {
		{"answers", required_argument, NULL, 'a'}, {"check", no_argument, NULL, 'c'}, {}};
	int option;

	while ((option = command_option(argc, argv, "", options)) != -1) {
		if (option == 'a')
			run->file = optarg;
		else if (option == 'c')
			run->check = true;
		else
			return command_usage("setup");
	}
	return optind == argc ? COMMAND_OK : command_usage("setup");
}

/* Two at once would each take the other's half for its own. The lock ends with the process; nobody
 * but root can hold it. */
static int lock(int *ret_fd)
{
	int fd =
		open(LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0600);
	struct stat status;

	if (fd < 0)
		return command_fail("setup", "%s: %s", LOCK, strerror(errno));
	*ret_fd = fd;
	if (fstat(fd, &status) < 0)
		return command_fail("setup", "%s: %s", LOCK, strerror(errno));
	/* One that others could open may be held by them for ever. */
	if (!S_ISREG(status.st_mode) || status.st_uid != 0 || (status.st_mode & 077))
		return command_fail("setup",
				    _("%s: must be a file of root's that nobody else may open; see "
				      "who made it, then delete it"),
				    LOCK);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return COMMAND_OK;
	return command_fail("setup", _("another 'sekisho setup' is running"));
}

int firstrun(int argc, char **argv)
{
	static struct firstrun run;
	_cleanup_close_ int locked = -1;
	struct config_error error;
	int r;

	run = (struct firstrun){};
	answers_begin(&run.answers);
	r = parse(argc, argv, &run);
	if (r != COMMAND_OK)
		return r;
	if (geteuid() != 0)
		return command_fail("setup", _("only root may do this; try sudo"));
	if (run.file && answers_load(run.file, 0, &run.answers, &error) < 0)
		return command_fail("setup", "%s", error.text);
	/* Others have to read what is made, also by the programs that are run. */
	umask(022);
	r = lock(&locked);
	if (r != COMMAND_OK)
		return r;
	if (run.file || run.check)
		return run_answers(&run);
	if (!isatty(STDIN_FILENO))
		return command_fail("setup",
				    _("the questions need a terminal; without one: sekisho "
				      "setup --answers FILE"));
	return run_dialog(&run);
}

int command_setup(int argc, char **argv)
{
	/* Right behind the command: the file of answers may have that name, too. */
	return argc > 1 && strcmp(argv[1], "devices") == 0 ? setup_devices(argc, argv)
							   : firstrun(argc, argv);
}
