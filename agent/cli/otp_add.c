/* sekisho otp add, sekisho otp resync: what counts only after codes of it were seen. */
#include "otp_cli.h"

#include "ending.h"

#include "cleanup.h"
#include "command.h"
#include "gettext.h"
#include "otpuri.h"
#include "paths.h"
#include "pin.h"
#include "qr.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define CODE_TRIES 3 /* answers that are no code, then it is given up */

/* ECMA-48 and xterm: the screen, and what was scrolled out of it. */
#define WIPE_SCREEN "\033[H\033[2J\033[3J"

/* Whether it shows a seed: whatever ends the program meanwhile, that goes first. */
struct screen {
	bool shows;
	struct ending ending;
};

static void show_screen(struct screen *screen)
{
	ending_hold(&screen->ending);
	screen->shows = true;
}

/* Before anything else is said, or that would go too. */
static void wipe_screen(struct screen *screen)
{
	if (!screen->shows)
		return;
	if (isatty(STDOUT_FILENO)) {
		fputs(WIPE_SCREEN, stdout);
		fflush(stdout);
	}
	screen->shows = false;
	ending_release(&screen->ending);
}

/* By the file's own grammar, so that there is one; the seed is a stand-in. */
static int parse_attributes(const struct otp_options *options, const char *user,
			    struct otp_entry *entry, const char **ret_wrong)
{
	const struct {
		const char *name;
		const char *value;
	} words[] = {{"digits", options->digits}, {"from", options->from}, {"to", options->to}};
	char line[OTPFILE_LINE];
	int length;

	length = snprintf(line, sizeof(line), "%s %s %0*d", user, options->hotp ? "hotp" : "totp",
			  2 * OTP_SEED_MIN, 0);
	for (size_t i = 0; i < ARRAY_SIZE(words) && length < (int)sizeof(line); i++)
		if (words[i].value)
			length += snprintf(line + length, sizeof(line) - (size_t)length, " %s=%s",
					   words[i].name, words[i].value);
	if (length < 0 || length >= (int)sizeof(line))
		return -EMSGSIZE;
	return otpfile_parse_line(line, (size_t)length, entry, ret_wrong);
}

static int read_seed(struct otp *otp)
{
	_cleanup_secret_ struct secret typed = {};

	if (pin_read_line(_("Seed of the token, hexadecimal or base32: "), &typed) < 0 ||
	    otpuri_read_seed(typed.bytes, typed.length, otp) < 0)
		return command_fail("otp", _("that is no seed of 16 to 64 bytes"));
	return COMMAND_OK;
}

static int fail_to_show(int r)
{
	return command_fail("otp", _("the code can't be shown: %s"), strerror(-r));
}

static enum qr_style style_of(const struct otp_options *options)
{
	return !options->ascii && strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ? QR_BLOCKS : QR_ASCII;
}

static int write_seed(FILE *stream, const struct otp_options *options, const char *uri)
{
	if (options->text)
		return fprintf(stream, "%s\n", uri) < 0 || fflush(stream) != 0 ? -EIO : 0;
	return qr_write(stream, uri, style_of(options), isatty(STDOUT_FILENO));
}

/* No telephone reads a code whose top has gone when the question stands below it. */
static int check_window(const struct otp_options *options, const char *uri)
{
	struct winsize window;
	struct qr_extent extent;
	int r;

	if (options->text || ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) < 0 || window.ws_row == 0)
		return COMMAND_OK;
	r = qr_measure(uri, style_of(options), &extent);
	if (r < 0)
		return fail_to_show(r);
	if (extent.lines < window.ws_row && extent.columns <= window.ws_col)
		return COMMAND_OK;
	return command_fail("otp",
			    _("the QR code needs a window of %u lines and %u columns, and this one "
			      "has %u and %u: make it larger, or see the address with --text"),
			    extent.lines + 1, extent.columns, window.ws_row, window.ws_col);
}

/* By a stream whose buffer is ours and can be wiped: the C library keeps its own. */
static int print_seed(const struct otp_options *options, const char *uri)
{
	char buffer[BUFSIZ];
	FILE *stream = NULL;
	int fd, r = 0;

	fflush(stdout);
	fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	if (fd >= 0)
		stream = fdopen(fd, "w");
	if (!stream || setvbuf(stream, buffer, _IOFBF, sizeof(buffer)) != 0)
		r = -EIO;
	if (r == 0)
		r = write_seed(stream, options, uri);
	if (stream)
		fclose(stream);
	else if (fd >= 0)
		close(fd);
	explicit_bzero(buffer, sizeof(buffer));
	return r;
}

/* What apps show as the account's name: this machine's. */
static int show_seed(const struct otp_options *options, const struct otp_entry *entry,
		     struct screen *screen)
{
	char host[HOST_NAME_MAX + 1] = "";
	char uri[OTPURI_MAX] = "";
	int r;

	if (gethostname(host, sizeof(host)) < 0)
		return fail_to_show(-errno);
	r = otpuri_format(entry, options->issuer ? options->issuer : host, uri);
	r = r < 0 ? fail_to_show(r) : check_window(options, uri);
	if (r == COMMAND_OK) {
		/* Before it: the code and the question below take all of a usual window. */
		fprintf(stderr, _("Have the person scan this with the authenticator app on his or "
				  "her phone.\n"
				  "Nobody else may see it.\n"));
		show_screen(screen);
		r = print_seed(options, uri);
		if (r < 0) {
			wipe_screen(screen);
			r = fail_to_show(r);
		}
	}
	explicit_bzero(uri, sizeof(uri));
	return r;
}

static int make_seed(const struct otp_options *options, struct otp_entry *entry,
		     struct screen *screen)
{
	if (options->given)
		return read_seed(&entry->otp);
	entry->otp.seed_length = OTP_SEED_NEW;
	if (getrandom(entry->otp.seed, OTP_SEED_NEW, 0) != OTP_SEED_NEW)
		return command_fail("otp", "getrandom: %s", strerror(errno));
	return show_seed(options, entry, screen);
}

static int refuse(enum otp_verdict verdict)
{
	char now[64] = "?";
	struct tm parts;
	time_t seconds = time(NULL);

	if (verdict == OTP_BROKEN)
		return command_fail("otp", _("the codes of this seed can't be computed"));
	if (localtime_r(&seconds, &parts))
		strftime(now, sizeof(now), "%Y-%m-%d %H:%M:%S", &parts);
	command_fail("otp",
		     _("these are not two codes of this seed in a row, or they were used before; "
		       "nothing was changed. By this machine's clock it is %s: if that is wrong, "
		       "set it first"),
		     now);
	return COMMAND_NO;
}

static int say_what_a_code_is(void)
{
	return command_fail("otp", _("a code has 6 to 8 digits"));
}

/* What is no code is asked for again: the seed that was scanned would be lost. */
static int ask_code(const char *prompt, char code[static OTP_CODE_SIZE])
{
	int r = -EINVAL;

	for (int i = 0; r == -EINVAL && i < CODE_TRIES; i++) {
		_cleanup_secret_ struct secret typed = {};

		r = pin_read_line(prompt, &typed);
		if (r == 0)
			r = otp_read(typed.bytes, typed.length, code);
		if (r == -EINVAL && i + 1 < CODE_TRIES)
			say_what_a_code_is();
	}
	return r;
}

enum proof {
	ONE_WILL_DO, /* and where it does not fit, the next one: a token's clock may be off */
	TWO_IN_A_ROW,
};

static int see_codes(const struct otp *otp, enum proof proof, struct screen *screen,
		     const struct otp_state *before, struct otp_state *after)
{
	char first[OTP_CODE_SIZE] = "";
	char second[OTP_CODE_SIZE] = "";
	enum otp_verdict verdict = OTP_WRONG;
	int r;

	r = ask_code(_("The code that is shown then: "), first);
	if (r == 0 && proof == ONE_WILL_DO)
		verdict = otp_judge(otp, before, first, time(NULL), after);
	if (r == 0 && verdict != OTP_ACCEPTED) {
		r = ask_code(_("That one does not fit yet. The next code that is shown: "), second);
		if (r == 0)
			verdict = (proof == ONE_WILL_DO ? otp_enrol : otp_resync)(
				otp, before, first, second, time(NULL), after);
	}
	explicit_bzero(first, sizeof(first));
	explicit_bzero(second, sizeof(second));
	wipe_screen(screen);
	if (r < 0)
		return say_what_a_code_is();
	return verdict == OTP_ACCEPTED ? COMMAND_OK : refuse(verdict);
}

/* What the codes were used for first: without the line it does no harm. */
static int store(const struct otp_options *options, const struct otp_entry *entry,
		 const struct otp_state *after)
{
	_cleanup_otpfile_ struct otpfile file = {};
	_cleanup_close_ int lock = -1;
	_cleanup_close_ int fd = -1;
	struct otpstate place = {};
	int r;

	r = otp_lock_place(options, &entry->otp, &fd, &place);
	if (r != COMMAND_OK)
		return r;
	/* A seed that was here before has used codes. */
	if (place.state.next >= after->next)
		return command_fail("otp", _("codes of this seed were used here before: type newer "
					     "ones"));
	place.state = *after;
	place.tries = 0;
	r = otpstate_store(&place);
	if (r < 0)
		return command_fail("otp", "%s: %s", options->state, strerror(-r));
	r = otp_load_locked(options, &file, &lock);
	if (r != COMMAND_OK)
		return r;
	r = otpfile_add(&file, entry);
	if (r == 0)
		r = otpfile_save(options->state, &file);
	if (r < 0)
		return command_fail("otp", "%s/" OTPFILE_NAME ": %s", options->state, strerror(-r));
	return COMMAND_OK;
}

static int check_user(const struct otp_options *options, const char *user)
{
	_cleanup_otp_entry_ struct otp_entry entry = {};
	struct config_error error;
	int r;

	if (!getpwnam(user))
		return command_fail("otp", _("there is no user of that name"));
	r = otpfile_find(options->state, user, &entry, &error);
	if (r == 0)
		return command_fail("otp",
				    _("%s has one-time codes already; 'sekisho otp remove' "
				      "first"),
				    user);
	return r == -ENOENT ? COMMAND_OK : command_fail("otp", "%s", error.text);
}

int otp_add(const struct otp_options *options, const char *user)
{
	_cleanup_otp_entry_ struct otp_entry entry = {};
	struct otp_state after = {};
	struct screen screen = {};
	const char *wrong = NULL;
	int r;

	r = check_user(options, user);
	if (r != COMMAND_OK)
		return r;
	r = parse_attributes(options, user, &entry, &wrong);
	if (r < 0)
		return command_fail("otp", "%s", wrong ? _(wrong) : strerror(-r));
	r = make_seed(options, &entry, &screen);
	if (r == COMMAND_OK)
		r = see_codes(&entry.otp, ONE_WILL_DO, &screen, &(struct otp_state){}, &after);
	if (r == COMMAND_OK)
		r = store(options, &entry, &after);
	if (r != COMMAND_OK)
		return r;
	printf(_("Registered one-time codes for %s.\n"
		 "What was typed now is used up: the first log-in needs the next code.\n"),
	       user);
	otp_tell_if_not_asked(options->config, user);
	otp_record(options, EVENT_OTP_ADDED, &entry);
	return COMMAND_OK;
}

int otp_resync_user(const struct otp_options *options, const char *user)
{
	_cleanup_otp_entry_ struct otp_entry entry = {};
	_cleanup_close_ int fd = -1;
	struct config_error error;
	struct screen nothing = {};
	struct otpstate place = {};
	int r;

	r = otpfile_find(options->state, user, &entry, &error);
	if (r == -ENOENT) {
		command_fail("otp", _("%s has no one-time codes"), user);
		return COMMAND_NO;
	}
	if (r < 0)
		return command_fail("otp", "%s", error.text);
	r = otp_lock_place(options, &entry.otp, &fd, &place);
	if (r == COMMAND_OK)
		r = see_codes(&entry.otp, TWO_IN_A_ROW, &nothing, &place.state, &place.state);
	if (r != COMMAND_OK)
		return r;
	place.tries = 0;
	r = otpstate_store(&place);
	if (r < 0)
		return command_fail("otp", "%s: %s", options->state, strerror(-r));
	printf(_("The codes of %s are in step again.\n"), user);
	otp_record(options, EVENT_OTP_RESYNCED, &entry);
	return COMMAND_OK;
}
