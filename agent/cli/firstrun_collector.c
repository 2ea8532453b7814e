/* Where the journal's events go: the collector's files for this terminal, and its name. */
#include "bundle.h"
#include "command.h"
#include "doctor.h"
#include "firstrun.h"
#include "program.h"
#include "question.h"

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

/* Those in place, on this day. */
static bool certificates_stand(void)
{
	_cleanup_bundle_ struct bundle bundle = {};
	const char *path = "";

	return bundle_read(BUNDLE_FOLDER, &bundle, &path) == 0 && !bundle_mistake(&bundle);
}

static enum firstrun_standing look_at_bundle(struct firstrun *run, const char *now)
{
	_cleanup_bundle_ struct bundle bundle = {};
	const char *path = "";
	bool other_seal;
	int r = read_bundle(&run->answers, &bundle, &path);

	/* It was installed, and deleted as it should be. */
	if (r == -ENOENT && now[0] && is_gone(&run->answers) && certificates_stand())
		return firstrun_say(run, FIRSTRUN_DONE, _("events go to %s"), now);
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
	if (r < 0)
		return firstrun_say(
			run, FIRSTRUN_WRONG,
			_("%s: %s; bring the directory that 'sekisho-collector terminal "
			  "NAME' made for this terminal here"),
			path, strerror(-r));
	if (bundle_stands(&bundle, &other_seal) && !bundle_mistake(&bundle))
		return firstrun_say(run, FIRSTRUN_DONE, _("events go to %s"), now);
	if (other_seal)
		return firstrun_say(run, FIRSTRUN_WRONG,
				    _("this terminal has another seal already; see 'terminal "
				      "reseal' in sekisho-collector(8)"));
	return foresee(run, &bundle);
}

static enum firstrun_standing look(struct firstrun *run)
{
	static struct collectors collectors; /* 12 KiB */
	const struct answers *answers = &run->answers;
	struct config_error error;

	if (collectors_load(SEKISHO_COLLECTOR_CONF, 0, &collectors, &error) < 0)
		return firstrun_say(run, FIRSTRUN_WRONG, "%s", error.text);
	if (answers->bundle[0] || answers->server[0])
		return look_at_bundle(run, collectors.list);
	if (collectors.count > 0)
		return firstrun_say(run, FIRSTRUN_DONE, _("events go to %s"), collectors.list);
	if (!run->dialog)
		return firstrun_unsaid(run);
	return firstrun_say(
		run, FIRSTRUN_ASK,
		_("the events of this terminal can be sent to a collector, which made a "
		  "directory of files for it ('sekisho-collector terminal NAME')"));
}

static int ask(struct firstrun *run)
{
	struct answers *answers = &run->answers;
	bool yes = false;
	int r = question_yes(_("Is there a collector? [y/N] "), false, &yes);

	run->declined = r == 0 && !yes;
	if (r < 0 || !yes)
		return r;
	r = question_text(_("That directory (Enter: the files are in /etc/sekisho/collector): "),
			  answers->bundle, sizeof(answers->bundle));
	if (r == 0)
		r = question_text(_("Collector, HOST or HOST:PORT (Enter: as the directory's "
				    "collector.conf says): "),
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

static int act(struct firstrun *run)
{
	_cleanup_bundle_ struct bundle bundle = {};
	struct doctor doctor = DOCTOR;
	const char *path = "";
	int r = read_bundle(&run->answers, &bundle, &path);

	if (r == 0)
		r = bundle_install(&bundle, &path);
	if (r < 0)
		return command_fail("setup", _("%s cannot be written: %s"), path, strerror(-r));
	if (run->answers.bundle[0])
		printf(_("Installed. Delete %s now: whoever has it can be this terminal.\n"),
		       run->answers.bundle);
	fflush(stdout);
	r = restart(bundle.files[BUNDLE_SEAL].bytes != NULL);
	/* One that can't be reached now is tried again by the forwarder, for ever. */
	if (r == COMMAND_OK && run->dialog)
		doctor_collector(&doctor);
	return r;
}

const struct firstrun_step firstrun_collector = {N_("Collector"), look, ask, act};
