/* sekisho-collector expire: deletes the days that are older than records have to be kept. */
#include "command.h"

#include "cleanup.h"
#include "escape.h"
#include "expiry.h"
#include "gettext.h"
#include "marks.h"
#include "number.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define KEEP_DAYS     1096 /* three years, a leap year among them */
#define KEEP_DAYS_MIN 30
#define AT_MOST	      100 /* days at once: a clock that is far ahead makes everything old */
#define CLOCK_DAYS    7 /* the newest record may be so far from this machine's clock */
#define STAYING_SHOWN 1000 /* files; all are counted */
#define DAY_S	      INT64_C(86400)
#define DAY_SIZE      11 /* YYYY-MM-DD */

struct expire {
	const char *path, *directory, *temporary;
	bool dry_run, progress;
	uint64_t keep_days, at_most;
	char before[DAY_SIZE]; /* days before this one are too old */
	time_t since; /* its beginning */
	struct dirent **days; /* those of them that are there */
	size_t n_days;
	struct terminals old_terminals, terminals;
	struct expiry expiry;
	uint64_t went, stay; /* files */
	uint64_t shown; /* reasons */
};

static const char *const reasons[] = {
	[EXPIRY_NO_RECORD] = N_("a line in it is no record, or it can't be read"),
	[EXPIRY_YOUNG] = N_("by the terminal's clock a record in it is younger"),
	[EXPIRY_DAMAGED] = N_("something is wrong in its journal: run 'sekisho-collector verify'"),
	[EXPIRY_MISSING] = N_("records before its own are missing in the days that would go"),
	[EXPIRY_UNSEALED] = N_("no good seal stands around its records"),
	[EXPIRY_SHARED] = N_("its journal has records in another file that stays"),
};

static void show_progress(void *user, uint64_t done, uint64_t total)
{
	const struct expire *expire = user;

	if (expire->progress && total > 0)
		fprintf(stderr, "\r\033[K%s %3u %%", _("reading"),
			(unsigned int)(done * 100 / total));
}

static void show_file(struct expire *expire, const char *path, bool alone, const char *why)
{
	char name[4096];

	if (++expire->shown > STAYING_SHOWN)
		return;
	escape_text(path, strlen(path), name, sizeof(name));
	if (alone)
		printf(_("%s stays: %s\n"), name, why);
	else
		printf(_("%s stays, and later files of its journal: %s\n"), name, why);
}

static bool is_same(const struct stat *one, const struct stat *other)
{
	return one->st_dev == other->st_dev && one->st_ino == other->st_ino &&
	       one->st_size == other->st_size && one->st_mtim.tv_sec == other->st_mtim.tv_sec &&
	       one->st_mtim.tv_nsec == other->st_mtim.tv_nsec;
}

/* NULL: it is gone, or would go. */
static const char *delete_file(const struct expire *expire, int folder, const char *name,
			       const struct expiry_file *file)
{
	struct stat status;

	if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return strerror(errno);
	if (!is_same(&status, &file->status))
		return _("it was written to while this ran");
	if (!expire->dry_run && unlinkat(folder, name, 0) < 0)
		return strerror(errno);
	return NULL;
}

static void expire_file(struct expire *expire, int folder, const char *day, const char *name)
{
	const struct expiry_file *file;
	const char *why;
	char path[4096];

	/* One that is too long is not found. */
	snprintf(path, sizeof(path), "%s/%s/%s", expire->path, day, name);
	file = expiry_find(&expire->expiry, path);
	if (!file)
		why = _("it is no file of records");
	else if (file->reason != EXPIRY_GOES)
		why = _(reasons[file->reason]);
	else
		why = delete_file(expire, folder, name, file);
	if (!why) {
		expire->went++;
		return;
	}
	expire->stay++;
	if (!file || !file->follows)
		show_file(expire, path, !file || file->reason < EXPIRY_DAMAGED, why);
}

static int is_file(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static void fail_day(struct expire *expire, const char *day)
{
	expire->stay++;
	show_file(expire, day, true, strerror(errno));
}

static void expire_day(struct expire *expire, int folder, const char *day)
{
	_cleanup_close_ int fd =
		openat(folder, day, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct dirent **names = NULL;
	int count = fd < 0 ? -1 : scandirat(fd, ".", &names, is_file, alphasort);
	uint64_t went = expire->went;

	if (count < 0)
		return fail_day(expire, day);
	for (int i = 0; i < count; i++) {
		expire_file(expire, fd, day, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	went = expire->went - went;
	/* With what stays in it, it stays, too. */
	if (!expire->dry_run && went == (uint64_t)count && unlinkat(folder, day, AT_REMOVEDIR) < 0)
		fail_day(expire, day);
	if (went > 0)
		printf(expire->dry_run ? _("%s: %llu files would be deleted\n")
				       : _("%s: %llu files deleted\n"),
		       day, (unsigned long long)went);
}

static bool any_goes(const struct expiry *expiry)
{
	for (size_t i = 0; i < expiry->n_files; i++)
		if (expiry->files[i].reason == EXPIRY_GOES)
			return true;
	return false;
}

/* By the terminals' clocks, which sign it, and this machine's. */
static int check_clock(const struct expire *expire)
{
	time_t newest = expire->expiry.newest;
	struct tm parts = {};
	char text[24] = "-";

	if (newest >= expire->expiry.whole.now - CLOCK_DAYS * DAY_S)
		return COMMAND_OK;
	if (newest > 0 && gmtime_r(&newest, &parts))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%MZ", &parts);
	return command_fail("expire",
			    _("the newest record is of %s, more than %d days before this machine's "
			      "clock: nothing is deleted before terminals send again and both "
			      "clocks are right"),
			    text, CLOCK_DAYS);
}

static int delete_all(struct expire *expire, int folder)
{
	int r = check_clock(expire);

	if (r != COMMAND_OK)
		return r;
	/* First, so that what was deleted is never missing. */
	if (!expire->dry_run && any_goes(&expire->expiry)) {
		r = marks_save_expired(expire->directory, &expire->expiry.old);
		if (r < 0)
			return command_fail("expire", _("%s/%s: can't be written: %s"),
					    expire->directory, COLLECTOR_EXPIRED, strerror(-r));
	}
	for (size_t i = 0; i < expire->n_days; i++)
		expire_day(expire, folder, expire->days[i]->d_name);
	printf(expire->dry_run ? _("before %s: %llu files would be deleted, %llu stay\n")
			       : _("before %s: %llu files deleted, %llu stay\n"),
	       expire->before, (unsigned long long)expire->went, (unsigned long long)expire->stay);
	return expire->stay > 0 ? COMMAND_NO : COMMAND_OK;
}

static int load_marks(struct expire *expire)
{
	uint64_t count;
	int r = marks_load_expired(expire->directory, 0, &expire->expiry.old, &count);

	if (r == 0)
		r = marks_load_expired(expire->directory, 0, &expire->expiry.whole, &count);
	return r < 0 ? command_fail("expire",
				    _("%s/%s: not a file of marks that only root can write: %s"),
				    expire->directory, COLLECTOR_EXPIRED, strerror(-r))
		     : COMMAND_OK;
}

static int judge(struct expire *expire, int folder)
{
	char path[4096];
	int r = 0;

	for (size_t i = 0; i < expire->n_days && r == 0; i++) {
		if (snprintf(path, sizeof(path), "%s/%s", expire->path, expire->days[i]->d_name) >=
		    (int)sizeof(path))
			r = -ENAMETOOLONG;
		else
			r = expiry_day(&expire->expiry, path, show_progress, expire);
	}
	if (r == 0)
		r = expiry_judge(&expire->expiry, expire->path, show_progress, expire);
	if (expire->progress)
		fputs("\r\033[K", stderr);
	return r < 0 ? command_fail("expire", _("%s: can't be verified: %s"), expire->path,
				    strerror(-r))
		     : delete_all(expire, folder);
}

static int load_keys(struct expire *expire)
{
	struct config_error error;
	char path[4096];
	int r;

	snprintf(path, sizeof(path), "%s/terminals", expire->directory);
	r = terminals_load(path, 0, &expire->terminals, &error);
	if (r == 0)
		r = terminals_load(path, 0, &expire->old_terminals, &error);
	if (r < 0 && r != -ENOENT)
		return command_fail("expire", "%s", error.text);
	if (expire->terminals.count == 0)
		return command_fail("expire", _("%s: there are no terminals"), path);
	return COMMAND_OK;
}

static int with_days(struct expire *expire, int folder)
{
	int r;

	if (expire->n_days == 0) {
		printf(_("before %s: there is nothing\n"), expire->before);
		return COMMAND_OK;
	}
	if (expire->n_days > expire->at_most)
		return command_fail("expire",
				    _("%zu days are before %s, more than may go at once: if that "
				      "is right, run it with --at-most %zu"),
				    expire->n_days, expire->before, expire->n_days);
	r = load_keys(expire);
	if (r != COMMAND_OK)
		return r;
	r = expiry_begin(&expire->expiry, &expire->old_terminals, &expire->terminals,
			 expire->temporary);
	if (r < 0)
		return command_fail("expire", _("%s: no file can be made there: %s"),
				    expire->temporary, strerror(-r));
	expire->expiry.before = expire->since;
	r = load_marks(expire);
	if (r == COMMAND_OK)
		r = judge(expire, folder);
	expiry_end(&expire->expiry);
	return r;
}

static int is_day(const struct dirent *entry)
{
	static const char form[] = "0000-00-00";

	if (strlen(entry->d_name) != DAY_SIZE - 1)
		return 0;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == '0' ? entry->d_name[i] < '0' || entry->d_name[i] > '9'
				   : entry->d_name[i] != form[i])
			return 0;
	return 1;
}

/* A link is no day. */
static bool is_old(const struct expire *expire, int folder, const char *day)
{
	struct stat status;

	return strcmp(day, expire->before) < 0 &&
	       fstatat(folder, day, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
}

static int find_days(struct expire *expire, int folder)
{
	int count = scandirat(folder, ".", &expire->days, is_day, alphasort);

	if (count < 0)
		return -errno;
	for (int i = 0; i < count; i++)
		if (is_old(expire, folder, expire->days[i]->d_name))
			expire->days[expire->n_days++] = expire->days[i];
		else
			free(expire->days[i]);
	return 0;
}

static int run(struct expire *expire)
{
	_cleanup_close_ int folder = open(expire->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (folder < 0)
		return command_fail("expire", _("%s: can't be read: %s"), expire->path,
				    strerror(errno));
	/* Another one would go by marks that this one moves. */
	if (flock(folder, LOCK_EX | LOCK_NB) < 0)
		return command_fail("expire", _("%s: another one is at work there: %s"),
				    expire->path, strerror(errno));
	r = find_days(expire, folder);
	r = r < 0 ? command_fail("expire", _("%s: can't be read: %s"), expire->path, strerror(-r))
		  : with_days(expire, folder);
	for (size_t i = 0; i < expire->n_days; i++)
		free(expire->days[i]);
	free(expire->days);
	terminals_free(&expire->old_terminals);
	terminals_free(&expire->terminals);
	return r;
}

/* The day's beginning by the clock of the place, by which rsyslog names them. */
static int find_before(struct expire *expire)
{
	time_t then = time(NULL) - (time_t)expire->keep_days * DAY_S;
	struct tm parts;

	if (!localtime_r(&then, &parts) ||
	    strftime(expire->before, sizeof(expire->before), "%Y-%m-%d", &parts) == 0)
		return -EOVERFLOW;
	parts.tm_hour = parts.tm_min = parts.tm_sec = 0;
	parts.tm_isdst = -1;
	expire->since = mktime(&parts);
	return expire->since < 0 ? -EOVERFLOW : 0;
}

int collector_expire(int argc, char **argv)
{
	static const struct option options[] = {
		{"at-most", required_argument, NULL, 'a'},
		{"directory", required_argument, NULL, 'd'},
		{"dry-run", no_argument, NULL, 'n'},
		{"keep-days", required_argument, NULL, 'k'},
		{"temporary", required_argument, NULL, 't'},
		{},
	};
	struct expire expire = {
		.path = "/var/log/sekisho",
		.directory = COLLECTOR_DIRECTORY,
		.temporary = "/var/tmp",
		.progress = isatty(STDERR_FILENO),
		.keep_days = KEEP_DAYS,
		.at_most = AT_MOST,
	};
	int option;

	while ((option = command_option(argc, argv, "", options)) != -1) {
		if (option == 'n')
			expire.dry_run = true;
		else if (option == 'd')
			expire.directory = optarg;
		else if (option == 't')
			expire.temporary = optarg;
		else if (option == 'a' && number_parse(optarg, 1, 36500, &expire.at_most) == 0)
			continue;
		else if (option == 'k' &&
			 number_parse(optarg, KEEP_DAYS_MIN, 36500, &expire.keep_days) == 0)
			continue;
		else
			return command_usage("expire");
	}
	if (argc - optind > 1)
		return command_usage("expire");
	if (argc > optind)
		expire.path = argv[optind];
	if (find_before(&expire) < 0)
		return command_fail("expire", "%s", strerror(EOVERFLOW));
	return run(&expire);
}
