#include "authselect.h"

#include "command.h"
#include "logins.h"
#include "program.h"
#include "selection_kept.h"

#include "cleanup.h"
#include "gettext.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OURS   "sekisho"
#define BACKUP "sekisho"
#define KEPT   "/var/lib/authselect/backups/" BACKUP
#define LOCAL  "/usr/share/authselect/default/local"

/* What it writes that services include; each option has authselect print one. */
static const struct {
	const char *option, *path;
} files[] = {
	{"--system-auth", "/etc/pam.d/system-auth"},
	{"--password-auth", "/etc/pam.d/password-auth"},
	{"--fingerprint-auth", "/etc/pam.d/fingerprint-auth"},
	{"--smartcard-auth", "/etc/pam.d/smartcard-auth"},
	{"--postlogin", "/etc/pam.d/postlogin"},
};
_Static_assert(ARRAY_SIZE(files) <= LOGINS_INSTEAD_MAX, "no room");

/* authselect(8), return codes. */
enum { STATUS_NOTHING = 2, STATUS_EDITED = 3 };

static int read_current(struct selection *ret)
{
	static const char *const argv[] = {AUTHSELECT, "current", "--raw", NULL};
	char *text = NULL;
	int r = program_ask(argv, &text);

	if (r == 0)
		return selection_split(text, ret);
	free(text);
	return r == STATUS_NOTHING ? 0 : r < 0 ? r : -EIO;
}

/* -EUCLEAN where a file is not as authselect wrote it. */
static int check_files(void)
{
	static const char *const argv[] = {AUTHSELECT, "check", NULL};
	_cleanup_free_ char *text = NULL;
	int r = program_ask(argv, &text);

	if (r == STATUS_EDITED)
		return -EUCLEAN;
	return r > 0 ? -EIO : r;
}

/* Whose place Sekisho's profile can take, and the feature that makes it do the same. */
static const struct {
	const char *name, *feature;
} stood_for[] = {{"sssd", "with-sssd"}, {"local", NULL}, {"minimal", NULL}};

static bool can_stand_for(const char *profile)
{
	for (size_t i = 0; i < ARRAY_SIZE(stood_for); i++)
		if (strcmp(stood_for[i].name, profile) == 0)
			return true;
	return false;
}

/* What to select in the place of @before, whose words it has; and the features that are @left out
 * (NULL: nobody asks), for ours has none of that name. */
static int find_ours(const struct selection *before, struct selection *ret,
		     struct selection *ret_left)
{
	static const char *const argv[] = {AUTHSELECT, "list-features", OURS, NULL};
	_cleanup_selection_ struct selection known = {};
	char *text = NULL;
	int r = program_read(argv, &text);

	if (r == 0)
		r = selection_split(text, &known);
	if (r == 0)
		r = selection_add(ret, OURS);
	for (size_t i = 0; r == 0 && before->count > 0 && i < ARRAY_SIZE(stood_for); i++)
		if (stood_for[i].feature && strcmp(stood_for[i].name, before->words[0]) == 0)
			r = selection_add(ret, stood_for[i].feature);
	for (size_t i = 1; r == 0 && i < before->count; i++) {
		if (selection_has(&known, before->words[i]))
			r = selection_add(ret, before->words[i]);
		else if (ret_left)
			r = selection_add(ret_left, before->words[i]);
	}
	return r;
}

static bool has_text(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;
}

/* A file that isn't there: authselect's backup would not take away what stands in its place. An
 * empty one there could not be told from one that a power cut left. */
static const char *find_missing(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (!has_text(files[i].path))
			return files[i].path;
	return NULL;
}

static int look(struct selection *before, struct selection *ours, struct selection *left)
{
	int r = read_current(before);

	/* Where nothing is selected, nothing can differ from it. */
	if (r == 0 && before->count > 0)
		r = check_files();
	if (r == 0 && before->count == 0 && find_missing())
		r = -ENOLINK;
	if (r == 0 && before->count > 0 && !can_stand_for(before->words[0]))
		r = -EOPNOTSUPP;
	return r < 0 ? r : find_ours(before, ours, left);
}

int authselect_check(void)
{
	_cleanup_selection_ struct selection before = {};
	struct selection ours = {};
	int r = look(&before, &ours, NULL);

	switch (r) {
	case 0:
		return COMMAND_OK;
	case -EUCLEAN:
		return command_fail("enable", _("the files in /etc/authselect were edited by hand, "
						"so that nothing is written over them: see "
						"'authselect check', and select a profile anew"));
	case -EOPNOTSUPP:
		return command_fail("enable",
				    _("the profile %s of authselect is none that Sekisho's could "
				      "stand for; select sssd, local or minimal first"),
				    before.words[0]);
	case -ENOLINK:
		return command_fail("enable",
				    _("authselect has no profile selected here, and where %s is "
				      "missing or empty it could not bring back what is there: put "
				      "the file back, or "
				      "select a profile first"),
				    find_missing());
	default:
		return command_fail("enable", _("%s failed: %s"), "authselect", strerror(-r));
	}
}

void authselect_tell(void)
{
	_cleanup_selection_ struct selection before = {};
	struct selection ours = {}, left = {};

	if (look(&before, &ours, &left) < 0)
		return;
	if (before.count == 0)
		printf(_("authselect has no profile selected here: what it replaces in /etc is "
			 "kept as its backup \"%s\".\n"),
		       BACKUP);
	for (size_t i = 0; i < left.count; i++)
		/* Ours never lets an empty password in. */
		if (strcmp(left.words[i], "without-nullok") != 0)
			printf(_("The feature %s of the profile %s has no place in Sekisho's: it "
				 "is off as long as Sekisho's is on.\n"),
			       left.words[i], before.words[0]);
}

/* One file of those that @ours would write, below the line that names it. */
static int ask_file(const struct selection *ours, const char *option, char **ret_text)
{
	const char *argv[SELECTION_WORDS_MAX + 4] = {AUTHSELECT, "test"};
	_cleanup_free_ char *text = NULL;
	char *line;
	int r;

	/* Older ones take the first word for the profile, whatever it is. */
	memcpy(argv + 2, ours->words, ours->count * sizeof(ours->words[0]));
	argv[2 + ours->count] = option;
	r = program_read(argv, &text);
	if (r < 0)
		return r;
	line = strchr(text, '\n');
	if (!line || strncmp(text, "File ", 5) != 0)
		return -EBADMSG;
	*ret_text = strdup(line + 1);
	return *ret_text ? 0 : -ENOMEM;
}

int authselect_foresee(struct logins *logins)
{
	_cleanup_selection_ struct selection before = {};
	struct selection ours = {};
	int r = look(&before, &ours, NULL);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(files); i++) {
		__typeof__(&logins->instead[0]) one = &logins->instead[logins->n_instead];

		one->path = files[i].path;
		r = ask_file(&ours, files[i].option, &one->text);
		if (r == 0)
			logins->n_instead++;
	}
	return r;
}

static const char *nearest(const struct selection *selection)
{
	if (selection_has(selection, "with-sssd") || selection_has(selection, "sssd"))
		return "sssd";
	return access(LOCAL, F_OK) == 0 ? "local" : "minimal";
}

/* Who selected ours by hand left no word of what was there: the one that is nearest to it. -ENOENT
 * where another one is selected. */
static int guess(struct selection *ret)
{
	struct selection ours = {};
	int r = read_current(&ours);

	*ret = (struct selection){.text = ours.text};
	if (r == 0 && !selection_has(&ours, OURS))
		return -ENOENT;
	if (r == 0)
		r = selection_add(ret, nearest(&ours));
	for (size_t i = 1; r == 0 && i < ours.count; i++)
		if (strcmp(ours.words[i], "with-sssd") != 0)
			r = selection_add(ret, ours.words[i]);
	return r;
}

static int drop_backup(void)
{
	static const char *const argv[] = {AUTHSELECT, "backup-remove", BACKUP, NULL};

	return access(KEPT, F_OK) < 0 ? 0 : program_run(argv);
}

static int select_profile(const struct selection *selection, const char *const options[])
{
	const char *argv[SELECTION_WORDS_MAX + 8] = {AUTHSELECT, "select"};
	size_t count = 2;

	memcpy(argv + count, selection->words, selection->count * sizeof(selection->words[0]));
	count += selection->count;
	argv[count++] = "--quiet";
	while (*options)
		argv[count++] = *options++;
	return program_run(argv);
}

int authselect_on(void)
{
	static const char *const kept[] = {"--force", "--backup=" BACKUP, NULL};
	static const char *const plain[] = {NULL};
	_cleanup_selection_ struct selection before = {};
	struct selection ours = {};
	/* What an older switch left would be taken for this one's. */
	int r = selection_forget();

	if (r == 0)
		r = look(&before, &ours, NULL);
	/* An older backup of that name would be mixed with the new one. */
	if (r == 0 && before.count == 0)
		r = drop_backup();
	if (r == 0)
		r = selection_keep(&before);
	return r < 0 ? r : select_profile(&ours, before.count > 0 ? plain : kept);
}

/* authselect puts links in the place of files, each of which is away for a moment; before the
 * switch all were there. */
static bool are_replaced(void)
{
	struct stat status;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (lstat(files[i].path, &status) < 0 || S_ISLNK(status.st_mode))
			return true;
	return false;
}

/* A backup that isn't there would be restored as if nothing had been there before, and one that
 * broke off or never reached the disk like one that is whole. */
static int restore_backup(void)
{
	static const char *const argv[] = {AUTHSELECT, "backup-restore", BACKUP, NULL};

	if (!are_replaced())
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), KEPT "%s", strrchr(files[i].path, '/'));
		if (!has_text(path)) {
			command_fail(
				"disable",
				_("authselect's backup is not restored: %s is missing or empty"),
				path);
			return -ENODATA;
		}
	}
	return program_run(argv);
}

/* Where what was there @before can't be had again, @why: people get in by what is nearest to it.
 * @whole: the files are as authselect wrote them. */
static int fall_back(const struct selection *before, int why, bool whole)
{
	static const char *const options[] = {"--force", NULL};
	_cleanup_selection_ struct selection now = {};
	struct selection other = {.count = 1};
	int r = read_current(&now);

	/* Nothing was begun, or somebody selected another one. */
	if (r == 0 && !selection_has(&now, OURS) && (whole || !are_replaced()))
		return why;
	other.words[0] = nearest(before->count > 0 ? before : &now);
	if (select_profile(&other, options) < 0)
		return why;
	command_fail("disable",
		     _("what authselect had selected before can't be selected again (%s): now it "
		       "is the profile %s without features; see 'authselect list-features %s'"),
		     strerror(-why), other.words[0], other.words[0]);
	return 0;
}

int authselect_off(bool force)
{
	/* By --force authselect first makes a backup of what it writes over. */
	static const char *const options[] = {"--force", NULL};
	_cleanup_selection_ struct selection before = {};
	bool whole;
	int r = check_files();

	if (r < 0 && !force)
		return r == -EUCLEAN ? -EBUSY : r;
	whole = r == 0;
	r = selection_recall(&before);
	if (r == 0 && before.count == 0)
		return restore_backup();
	if (r == -ENOENT)
		r = guess(&before);
	/* Then nothing was begun. */
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = select_profile(&before, options + whole);
	return r < 0 ? fall_back(&before, r, whole) : 0;
}

int authselect_forget(void)
{
	_cleanup_selection_ struct selection before = {};
	bool nothing = selection_recall(&before) == 0 && before.count == 0;
	int r = selection_forget();

	if (r == 0 && nothing)
		drop_backup();
	return r;
}

/* Another profile that is whole was selected by somebody. */
bool authselect_unfinished(void)
{
	int r = selection_is_kept() ? check_files() : 0;

	return r == -EUCLEAN || (r < 0 && are_replaced());
}
