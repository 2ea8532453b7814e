/* sekisho-collector expire: deletes the days that are older than records have to be kept. */
#include "command.h"

#include "cleanup.h"
#include "expire.h"
#include "gettext.h"
#include "number.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define KEEP_DAYS     1096 /* three years, a leap year among them */
#define KEEP_DAYS_MIN 30
#define DAYS_MAX      36500
#define AT_MOST	      100 /* days at once: a clock that is far ahead makes everything old */
#define CLOCK_DAYS    7 /* the newest record may be so far from this machine's clock */
#define DAY_S	      INT64_C(86400)

static void show_progress(void *user, uint64_t done, uint64_t total)
{
	const struct expire *expire = user;

	if (expire->progress && total > 0)
		fprintf(stderr, "\r\033[K%s %3u %%", _("reading"),
			(unsigned int)(done * 100 / total));
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
			    _("the newest good checkpoint is of %s, more than %d days before this "
			      "machine's clock: nothing is deleted before terminals send again and "
			      "both clocks are right"),
			    text, CLOCK_DAYS);
}

static int save(const struct expire *expire)
{
	int r = expired_save(expire->directory, expire->path, &expire->expiry);

	return r < 0 ? command_fail("expire", _("%s/%s: can't be written: %s"), expire->directory,
				    EXPIRED_FILE, strerror(-r))
		     : COMMAND_OK;
}

static int delete_all(struct expire *expire, int folder)
{
	int r = check_clock(expire);
	bool goes;

	if (r != COMMAND_OK)
		return r;
	goes = !expire->dry_run && any_goes(&expire->expiry);
	/* First, so that what was deleted is never missing. */
	if (goes && save(expire) != COMMAND_OK)
		return COMMAND_ERROR;
	for (size_t i = 0; i < expire->n_days; i++)
		expire_day(expire, folder, expire->days[i]->d_name);
	if (goes && save(expire) != COMMAND_OK)
		return COMMAND_ERROR;
	printf(expire->dry_run ? _("before %s: %llu files would be deleted, %llu stay\n")
			       : _("before %s: %llu files deleted, %llu stay\n"),
	       expire->before, (unsigned long long)expire->went, (unsigned long long)expire->stay);
	return expire->stay > 0 ? COMMAND_NO : COMMAND_OK;
}

static int fail_expired(const struct expire *expire, int r)
{
	if (r == -EXDEV)
		return command_fail(
			"expire",
			_("%s/%s is about another folder than %s, of which something was "
			  "deleted before"),
			expire->directory, EXPIRED_FILE, expire->path);
	return command_fail("expire", _("%s/%s: not a file of marks that only root can write: %s"),
			    expire->directory, EXPIRED_FILE, strerror(-r));
}

static int load_marks(const struct expire *expire, struct audit *audit)
{
	uint64_t count;
	int r = expired_load(expire->directory, expire->path, 0, audit, &count);

	return r < 0 ? fail_expired(expire, r) : COMMAND_OK;
}

static int load_going(struct expire *expire)
{
	int r = expired_load_going(expire->directory, expire->path, &expire->going);

	expire->expiry.going = expire->going;
	return r < 0 ? fail_expired(expire, r) : COMMAND_OK;
}

static int judge(struct expire *expire, int folder)
{
	int r = 0;

	for (size_t i = 0; i < expire->n_days && r == 0; i++)
		r = expiry_day(&expire->expiry, expire->path, expire->days[i]->d_name,
			       show_progress, expire);
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
	expire->expiry.before_day = expire->before;
	expire->expiry.unsealed = expire->unsealed;
	r = load_marks(expire, &expire->expiry.old);
	if (r == COMMAND_OK)
		r = load_marks(expire, &expire->expiry.whole);
	if (r == COMMAND_OK)
		r = load_going(expire);
	if (r == COMMAND_OK)
		r = judge(expire, folder);
	expiry_end(&expire->expiry);
	return r;
}

static int is_day(const struct dirent *entry)
{
	static const char form[] = "0000-00-00";

	if (strlen(entry->d_name) != EXPIRE_DAY_SIZE - 1)
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
	_cleanup_close_ int folder = -1;
	int r = expired_lock(expire->path, true, &folder);

	if (r == -EWOULDBLOCK)
		return command_fail("expire",
				    _("%s: another 'expire' or 'verify' is at work there"),
				    expire->path);
	if (r < 0)
		return command_fail("expire", _("%s: can't be read: %s"), expire->path,
				    strerror(-r));
	r = find_days(expire, folder);
	r = r < 0 ? command_fail("expire", _("%s: can't be read: %s"), expire->path, strerror(-r))
		  : with_days(expire, folder);
	for (size_t i = 0; i < expire->n_days; i++)
		free(expire->days[i]);
	free(expire->days);
	json_decref(expire->going);
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

static bool take_days(struct expire *expire, int option)
{
	return (option == 'a' && number_parse(optarg, 1, DAYS_MAX, &expire->at_most) == 0) ||
	       (option == 'k' && number_parse(optarg, 0, DAYS_MAX, &expire->keep_days) == 0);
}

int collector_expire(int argc, char **argv)
{
	static const struct option options[] = {
		{"at-most", required_argument, NULL, 'a'},
		{"directory", required_argument, NULL, 'd'},
		{"dry-run", no_argument, NULL, 'n'},
		{"keep-days", required_argument, NULL, 'k'},
		{"temporary", required_argument, NULL, 't'},
		{"unsealed", no_argument, NULL, 'u'},
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
		else if (option == 'u')
			expire.unsealed = true;
		else if (!take_days(&expire, option))
			return command_usage("expire");
	}
	if (argc - optind > 1)
		return command_usage("expire");
	if (expire.keep_days < KEEP_DAYS_MIN)
		return command_fail("expire", _("--keep-days: at least %d"), KEEP_DAYS_MIN);
	if (argc > optind)
		expire.path = argv[optind];
	if (find_before(&expire) < 0)
		return command_fail("expire", "%s", strerror(EOVERFLOW));
	return run(&expire);
}
