/* Where the journal's events go: the collector's files for this terminal, and its name. */
#include "bundle.h"
#include "command.h"
#include "doctor.h"
#include "firstrun.h"
#include "overruled.h"
#include "program.h"
#include "question.h"

#include "cleanup.h"
#include "columns.h"
#include "gettext.h"
#include "paths.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define CONF_NAME "collector.conf"

static void format_configuration(const struct answers *answers, char *text, size_t size)
{
	char name[COLLECTORS_HOST + 8] = "";

	if (answers->name[0])
		snprintf(name, sizeof(name), "Name=%s\n", answers->name);
	snprintf(text, size,
		 "# Where this terminal sends its journal's events, by 'sekisho setup'; see "
		 "collector.conf(5).\n[Collector]\nServer=%s\n%sProtocol=%s\n",
		 answers->server, name, collectors_protocols[answers->protocol]);
}

/* The directory itself, not one of its files. */
static bool is_gone(const struct answers *answers)
{
	return answers->bundle[0] && access(answers->bundle, F_OK) < 0 && errno == ENOENT;
}

/* The bundle, or without one what is in its place already; with the configuration. */
static int read_bundle(const struct answers *answers, struct bundle *bundle, const char **ret_path)
{
	char text[COLLECTORS_LIST + 2 * COLLECTORS_HOST];
	const bool here = !answers->bundle[0] || (answers->server[0] && is_gone(answers));
	int r = bundle_read(here ? BUNDLE_FOLDER : answers->bundle, bundle, ret_path);

	if (r < 0 || answers->server[0] == '\0')
		return r;
	format_configuration(answers, text, sizeof(text));
	return bundle_configure(bundle, text);
}

/* A bundle that lies about since before a renewal would bring the old certificate back. */
static bool is_older(struct firstrun *run, const struct bundle *bundle)
{
	_cleanup_bundle_ struct bundle place = {};
	char now[BUNDLE_TIME], then[BUNDLE_TIME];
	const char *path = "";
	time_t begins, in_place;

	if (bundle_read(BUNDLE_FOLDER, &place, &path) < 0 || bundle_mistake(&place) ||
	    bundle_begins(&place, &in_place, now) < 0 || bundle_begins(bundle, &begins, then) < 0 ||
	    begins >= in_place)
		return false;
	firstrun_say(run, FIRSTRUN_WRONG,
		     _("%s is older than what is installed: its certificate is of %s, the one in "
		       "%s of %s; delete it, or take the installed one away first if it is meant "
		       "all the same"),
		     run->answers.bundle, then, BUNDLE_FOLDER, now);
	return true;
}

/* What is asked for would not be what the forwarder reads, or that can't be told. */
static bool is_overruled(struct firstrun *run, const struct bundle *bundle)
{
	const struct config_staged staged = {CONF_NAME, bundle->files[BUNDLE_CONFIGURATION].bytes};
	struct config_error error = {};
	char text[OVERRULED_TEXT];
	int r = staged.text ? overruled(SEKISHO_COLLECTOR_CONF, 0, &staged, text, &error) : 0;

	if (r < 0)
		firstrun_say(run, FIRSTRUN_WRONG, "%s", error.text[0] ? error.text : strerror(-r));
	if (r > 0)
		firstrun_say(run, FIRSTRUN_WRONG,
			     _("another file decides where events go, for it is read after %s: %s; "
			       "change one of them"),
			     CONF_NAME, text);
	return r != 0;
}

/* What collector.conf would say. */
static enum firstrun_standing foresee(struct firstrun *run, const struct bundle *bundle)
{
	static struct collectors collectors; /* 12 KiB */
	const struct config_staged staged = {CONF_NAME, bundle->files[BUNDLE_CONFIGURATION].bytes};
	const char *mistake = bundle_mistake(bundle);
	struct config_error error;

	if (mistake)
		return firstrun_say(
			run, FIRSTRUN_WRONG, _("the certificate and key in %s are not good: %s"),
			run->answers.bundle[0] ? run->answers.bundle : BUNDLE_FOLDER, mistake);
	if (!staged.text)
		return firstrun_say(run, FIRSTRUN_WRONG,
				    _("no collector is named: there is no %s in the bundle, and no "
				      "Server="),
				    CONF_NAME);
	if (collectors_load_staged(SEKISHO_COLLECTOR_CONF, 0, &staged, &collectors, &error) < 0)
		return firstrun_say(run, FIRSTRUN_WRONG, "%s", error.text);
	if (collectors.count == 0)
		return firstrun_say(run, FIRSTRUN_WRONG, "%s", _("no collector is named"));
	return firstrun_say(run, FIRSTRUN_TODO, _("events go to %s"), collectors.list);
}

static enum firstrun_standing say_unread(struct firstrun *run, const char *path, int r)
{
	if (r == -EKEYREJECTED)
		return firstrun_say(run, FIRSTRUN_WRONG,
				    _("%s: others may read it, and whoever has it can be this "
				      "terminal: chmod go-rwx it; if others could do so where it "
				      "lay, have a new one made"),
				    path);
	if (r == -EPERM)
		return firstrun_say(run, FIRSTRUN_WRONG,
				    _("%s: must be owned by root and writable by nobody else: "
				      "chown root: and chmod go-w it"),
				    path);
	return firstrun_say(run, FIRSTRUN_WRONG,
			    _("%s: %s; bring the directory that 'sekisho-collector terminal NAME' "
			      "made for this terminal here"),
			    path, strerror(-r));
}

/* Others' certificates, in places of their own, are for `sekisho doctor`: this authority need not
 * have signed them. */
static bool are_ours(const struct collectors *collectors)
{
	const char *const paths[] = {collectors->authority, collectors->certificate,
				     collectors->key};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (strncmp(paths[i], BUNDLE_FOLDER "/", strlen(BUNDLE_FOLDER "/")) != 0)
			return false;
	return true;
}

/* The files in place are of no use; a person can name others at once. */
static enum firstrun_standing say_bad(struct firstrun *run, const struct collectors *collectors,
				      const char *mistake)
{
	if (run->dialog)
		return firstrun_say(run, FIRSTRUN_ASK,
				    _("events go to %s, but the certificate and key in %s are not "
				      "good: %s; 'sekisho-collector terminal renew NAME' makes new "
				      "ones"),
				    collectors->list, BUNDLE_FOLDER, mistake);
	return firstrun_say(run, FIRSTRUN_WRONG,
			    _("events go to %s, but the certificate and key in %s are not good: "
			      "%s; have 'sekisho-collector terminal renew NAME' make new ones and "
			      "name their directory as Bundle= in the answers of 'sekisho setup "
			      "--answers FILE'"),
			    collectors->list, BUNDLE_FOLDER, mistake);
}

/* A collector is named already and nobody names another: those in place, on this day. */
static enum firstrun_standing look_at_place(struct firstrun *run,
					    const struct collectors *collectors)
{
	_cleanup_bundle_ struct bundle bundle = {};
	const char *path = "", *mistake;
	char unread[128];
	int r = are_ours(collectors) ? bundle_read(BUNDLE_FOLDER, &bundle, &path) : 0;

	if (r == -EPERM || r == -EKEYREJECTED) {
		say_unread(run, path, r);
		/* Others replace the files, but not the directory that they go into. */
		return run->dialog && strcmp(path, BUNDLE_FOLDER) != 0 ? FIRSTRUN_ASK
								       : FIRSTRUN_WRONG;
	}
	snprintf(unread, sizeof(unread), "%s: %s", path, strerror(-r));
	mistake = r < 0 ? unread : are_ours(collectors) ? bundle_mistake(&bundle) : NULL;
	return mistake ? say_bad(run, collectors, mistake)
		       : firstrun_say(run, FIRSTRUN_DONE, _("events go to %s"), collectors->list);
}

static enum firstrun_standing look_at_bundle(struct firstrun *run,
					     const struct collectors *collectors)
{
	_cleanup_bundle_ struct bundle bundle = {};
	const char *path = "";
	bool other_seal;
	int r = read_bundle(&run->answers, &bundle, &path);

	/* It was installed, and deleted as it should be. A person may have mistyped it. */
	if (r == -ENOENT && !run->dialog && collectors->count > 0 && is_gone(&run->answers) &&
	    access(BUNDLE_FOLDER "/terminal.pem", F_OK) == 0)
		return look_at_place(run, collectors);
	if (r < 0)
		return say_unread(run, path, r);
	if (is_overruled(run, &bundle))
		return FIRSTRUN_WRONG;
	if (bundle_stands(&bundle, &other_seal) && !bundle_mistake(&bundle))
		return firstrun_say(run, FIRSTRUN_DONE, _("events go to %s"), collectors->list);
	if (other_seal)
		return firstrun_say(run, FIRSTRUN_WRONG,
				    _("this terminal has another seal already; see 'terminal "
				      "reseal' in sekisho-collector(8)"));
	return is_older(run, &bundle) ? FIRSTRUN_WRONG : foresee(run, &bundle);
}

/* The files alone. */
static enum firstrun_standing look_at_files(struct firstrun *run)
{
	static struct collectors collectors; /* 12 KiB */
	const struct answers *answers = &run->answers;
	struct config_error error;

	if (collectors_load(SEKISHO_COLLECTOR_CONF, 0, &collectors, &error) < 0)
		return firstrun_say(run, FIRSTRUN_WRONG, "%s", error.text);
	if (answers->bundle[0] || answers->server[0])
		return look_at_bundle(run, &collectors);
	if (collectors.count > 0)
		return look_at_place(run, &collectors);
	if (!run->dialog)
		return firstrun_unsaid(run);
	return firstrun_say(run, FIRSTRUN_ASK,
			    _("the events of this terminal can be sent to a collector, which made "
			      "a directory of files for it ('sekisho-collector terminal NAME')"));
}

/* Where systemd isn't running, as in the chroot of an installer, nobody can tell. */
static bool is_forwarder_down(void)
{
	static const char *const ask[] = {"/bin/systemctl", "is-active", "--quiet",
					  "sekisho-forward", NULL};

	return access("/run/systemd/system", F_OK) == 0 && program_run(ask) != 0;
}

/* The files of a run whose restart failed are all in place. */
static enum firstrun_standing look(struct firstrun *run)
{
	enum firstrun_standing standing = look_at_files(run);

	if (standing != FIRSTRUN_DONE || !is_forwarder_down())
		return standing;
	return firstrun_say(run, FIRSTRUN_TODO,
			    _("all files are in place, but sekisho-forward does not run: it is "
			      "restarted"));
}

/* Where it is asked although a collector is named, what is in place is bad. */
static bool is_named(void)
{
	static struct collectors collectors; /* 12 KiB */
	struct config_error error;

	return collectors_load(SEKISHO_COLLECTOR_CONF, 0, &collectors, &error) == 0 &&
	       collectors.count > 0;
}

static int ask(struct firstrun *run)
{
	struct answers *answers = &run->answers;
	const bool named = is_named();
	bool yes = false;
	int r = named ? question_yes(_("Take new files of the collector's now?"), true, &yes)
		      : question_yes(_("Is there a collector?"), false, &yes);

	run->declined = r == 0 && !yes;
	if (r < 0 || !yes)
		return r;
	if (named)
		return question_text(_("Their directory (Enter: those in /etc/sekisho/collector "
				       "have been put right): "),
				     answers->bundle, sizeof(answers->bundle));
	r = question_text(_("That directory (Enter: the files are in /etc/sekisho/collector): "),
			  answers->bundle, sizeof(answers->bundle));
	if (r == 0)
		r = question_text(_("Collector, HOST or HOST:PORT\n"
				    "(Enter: as the directory's collector.conf says): "),
				  answers->server, sizeof(answers->server));
	if (r == 0 && answers->server[0])
		r = question_text(_("Name in the collector's certificate (Enter: the host's): "),
				  answers->name, sizeof(answers->name));
	return r;
}

static int restart(bool sealed)
{
	static const char *const forwarder[] = {"/bin/systemctl", "restart", "sekisho-forward",
						NULL};
	static const char *const both[] = {"/bin/systemctl", "restart", "sekishod",
					   "sekisho-forward", NULL};

	if (program_run(sealed ? both : forwarder) == 0)
		return COMMAND_OK;
	return command_fail("setup",
			    _("sekisho-forward does not start; put right what 'systemctl status "
			      "sekisho-forward' shows, then: systemctl restart sekisho-forward"));
}

static int install(const struct answers *answers)
{
	_cleanup_bundle_ struct bundle bundle = {};
	const char *path = "";
	int r = read_bundle(answers, &bundle, &path);

	if (r == 0)
		r = bundle_install(&bundle, &path);
	if (r < 0)
		return command_fail("setup", _("%s cannot be written: %s"), path, strerror(-r));
	if (answers->bundle[0])
		columns_printf(stdout, 0, 0,
			       _("Installed. Delete %s now: whoever has it can be this "
				 "terminal.\n"),
			       answers->bundle);
	fflush(stdout);
	return restart(bundle.files[BUNDLE_SEAL].bytes != NULL);
}

static int act(struct firstrun *run)
{
	struct doctor doctor = DOCTOR;
	/* Which of the two the run before did not come to is not known. */
	int r = look_at_files(run) == FIRSTRUN_DONE ? restart(bundle_has_seal())
						    : install(&run->answers);

	/* One that can't be reached now is tried again by the forwarder, for ever. */
	if (r == COMMAND_OK && run->dialog)
		doctor_collector(&doctor);
	return r;
}

const struct firstrun_step firstrun_collector = {N_("Collector"), look, ask, act};
