/* Of which classes of sekisho.conf(5) the terminal is. */
#include "command.h"
#include "firstrun.h"
#include "question.h"

#include "agent/auth/settings.h"

#include "cleanup.h"
#include "file.h"
#include "gettext.h"
#include "paths.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define DIRECTORY SEKISHO_CONFIG ".d"
#define FILE_NAME "90-terminal.conf"
#define SECTION	  "Class "

/* What the files say as they stand, be it enough for a log-in or not. */
struct classes {
	char names[LOGINRULES_MAX][LOGINRULES_NAME];
	size_t count;
	char own[256], place[256]; /* of this terminal, and where that is written */
};

static int visit(void *user, const char *file, unsigned int line, unsigned int section_line,
		 const char *section, const char *name, const char *value,
		 struct config_error *error)
{
	struct classes *classes = user;
	const char *class = section + strlen(SECTION);

	(void)section_line;
	(void)error;
	if (name && strcmp(section, "Terminal") == 0 && strcmp(name, "Class") == 0) {
		snprintf(classes->own, sizeof(classes->own), "%s", value);
		snprintf(classes->place, sizeof(classes->place), "%.200s:%u", file, line);
	}
	if (name || strncmp(section, SECTION, strlen(SECTION)) != 0)
		return 0;
	for (size_t i = 0; i < classes->count; i++)
		if (strcmp(classes->names[i], class) == 0)
			return 0;
	if (classes->count < LOGINRULES_MAX)
		snprintf(classes->names[classes->count++], LOGINRULES_NAME, "%s", class);
	return 0;
}

static bool is_one(const struct classes *classes, const char *name)
{
	for (size_t i = 0; i < classes->count; i++)
		if (strcmp(classes->names[i], name) == 0)
			return true;
	return false;
}

static void list(const struct classes *classes, char *text, size_t size)
{
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < classes->count && length < size; i++)
		length += (size_t)snprintf(text + length, size - length, "%s%s", i > 0 ? ", " : "",
					   classes->names[i]);
}

static void format(const char *class, char *text, size_t size)
{
	snprintf(text, size,
		 "# Of which classes this terminal is, by 'sekisho setup'; see sekisho.conf(5).\n"
		 "[Terminal]\nClass=%s\n",
		 class);
}

/* What the files would say with ours. */
static enum firstrun_standing foresee(struct firstrun *run)
{
	static struct settings settings; /* 9 KiB */
	_cleanup_loginrules_ struct loginrules rules = {};
	const char *class = run->answers.class;
	struct config_error error;
	char text[256];

	format(class, text, sizeof(text));
	if (settings_load_staged(SEKISHO_CONFIG, 0, &(struct config_staged){FILE_NAME, text},
				 &settings, &rules, NULL, &error) < 0)
		return firstrun_say(run, FIRSTRUN_WRONG, "%s", error.text);
	if (strcmp(settings.classes, class) != 0)
		return firstrun_say(run, FIRSTRUN_WRONG,
				    _("a file in %s that is read after %s has another Class="),
				    DIRECTORY, FILE_NAME);
	return firstrun_say(run, FIRSTRUN_TODO, _("%s/%s gets Class=%s"), DIRECTORY, FILE_NAME,
			    class);
}

static enum firstrun_standing look(struct firstrun *run)
{
	struct classes classes = {};
	const char *class = run->answers.class;
	struct config_error error;
	char names[FIRSTRUN_TEXT / 2];

	if (config_visit(SEKISHO_CONFIG, 0, visit, &classes, &error) < 0)
		return firstrun_say(run, FIRSTRUN_WRONG, "%s", error.text);
	list(&classes, names, sizeof(names));
	if (classes.own[0] && class[0] && strcmp(classes.own, class) != 0)
		return firstrun_say(run, FIRSTRUN_WRONG,
				    _("this terminal is of class %s (%s), the answers say %s: "
				      "change one of them"),
				    classes.own, classes.place, class);
	if (classes.own[0])
		return firstrun_say(run, FIRSTRUN_DONE,
				    _("this terminal is of class %s\n"
				      "(%s)"),
				    classes.own, classes.place);
	if (class[0] && !is_one(&classes, class))
		return classes.count > 0
			       ? firstrun_say(run, FIRSTRUN_WRONG,
					      _("there is no class %s; those of sekisho.conf are: "
						"%s"),
					      class, names)
			       : firstrun_say(run, FIRSTRUN_WRONG,
					      _("sekisho.conf has no section [Class %s]; put the "
						"classes of all terminals into a file in %s first"),
					      class, DIRECTORY);
	if (class[0])
		return foresee(run);
	if (classes.count == 0)
		return firstrun_say(run, FIRSTRUN_LEFT_OUT,
				    _("sekisho.conf has no classes of terminals"));
	return firstrun_say(run, FIRSTRUN_ASK,
			    _("sekisho.conf has classes, so each terminal has to say its own "
			      "([Terminal] Class=), or nobody can log in; they are: %s"),
			    names);
}

static int ask(struct firstrun *run)
{
	return question_text(_("Class of this terminal: "), run->answers.class,
			     sizeof(run->answers.class));
}

static int act(struct firstrun *run)
{
	_cleanup_close_ int directory = -1;
	char text[256];
	int r = 0;

	if (mkdir(DIRECTORY, 0755) < 0 && errno != EEXIST)
		r = -errno;
	if (r == 0)
		directory = open(DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (r == 0 && directory < 0)
		r = -errno;
	format(run->answers.class, text, sizeof(text));
	if (r == 0)
		r = file_write_atomic(directory, FILE_NAME, text, strlen(text), 0644);
	return r < 0 ? command_fail("setup", _("%s/%s cannot be written: %s"), DIRECTORY, FILE_NAME,
				    strerror(-r))
		     : COMMAND_OK;
}

const struct firstrun_step firstrun_class = {N_("Class of the terminal"), look, ask, act};
