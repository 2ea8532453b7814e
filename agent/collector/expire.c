/* sekisho-collector expire: takes away the days that are older than the records have to be kept, if
 * a verification found all good that is in them. Whatever it did not stays, as evidence. */
#include "command.h"

#include "cleanup.h"
#include "files.h"
#include "gettext.h"
#include "marks.h"
#include "number.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define KEEP_DAYS 1096 /* three years, a leap year among them */
#define DAY_S	  INT64_C(86400)
#define DAY_SIZE  11 /* YYYY-MM-DD */

struct expiry {
	const char *path, *marks, *temporary;
	bool dry_run;
	char before[DAY_SIZE]; /* days before this one are too old */
	struct audit known; /* of it the marks alone */
	uint64_t stay;
};

static void ignore_progress(void *user, uint64_t done, uint64_t total)
{
	(void)user;
	(void)done;
	(void)total;
}

/* They are counted. */
static void ignore_finding(void *user, const struct audit_finding *finding)
{
	(void)user;
	(void)finding;
}

/* What no seal vouches for yet is not verified: the mark ends with the last checkpoint. */
static void begin_at_seal(void *user, const struct audit_chain *chain)
{
	struct audit_mark mark;

	if (!audit_mark_of(chain, &mark))
		return;
	mark.head = mark.verified;
	audit_begin_at(user, &mark);
}

static void count_beyond(void *user, const struct audit_chain *chain)
{
	uint64_t *beyond = user;

	*beyond += chain->head.sequence != chain->mark.head.sequence;
}

/* NULL: all in it was verified. Else why it stays. */
static const char *judge(const struct expiry *expiry, const char *day)
{
	struct files_summary files = {};
	struct audit audit;
	uint64_t beyond = 0;
	char path[4096];
	int r;

	if (snprintf(path, sizeof(path), "%s/%s", expiry->path, day) >= (int)sizeof(path))
		return strerror(ENAMETOOLONG);
	r = audit_begin(&audit, NULL, expiry->temporary, ignore_finding, NULL);
	if (r < 0)
		return strerror(-r);
	audit_each(&expiry->known, begin_at_seal, &audit);
	r = files_feed(path, &audit, ignore_progress, NULL, &files);
	audit_each(&audit, count_beyond, &beyond);
	audit_release(&audit);
	if (r < 0)
		return strerror(-r);
	if (files.skipped > 0)
		return _("there are other files in it");
	return audit.findings + audit.later + beyond > 0
		       ? _("it has records that no verification found good")
		       : NULL;
}

static int empty(DIR *directory)
{
	const struct dirent *entry;

	while ((errno = 0, entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    unlinkat(dirfd(directory), entry->d_name, 0) < 0)
			return -errno;
	return -errno;
}

static int take_away(int folder, const char *day)
{
	_cleanup_close_ int fd =
		openat(folder, day, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	int r;

	if (!directory)
		return -errno;
	steal_fd(&fd);
	r = empty(directory);
	closedir(directory);
	if (r < 0)
		return r;
	return unlinkat(folder, day, AT_REMOVEDIR) < 0 ? -errno : 0;
}

static void expire_day(struct expiry *expiry, int folder, const char *day)
{
	const char *why = judge(expiry, day);
	int r = why || expiry->dry_run ? 0 : take_away(folder, day);

	if (r < 0)
		why = strerror(-r);
	if (why) {
		expiry->stay++;
		printf(_("%s: stays: %s\n"), day, why);
	} else if (expiry->dry_run) {
		printf(_("%s: would be deleted\n"), day);
	} else {
		printf(_("%s: deleted\n"), day);
	}
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

static bool is_directory(int folder, const char *name)
{
	struct stat status;

	return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
}

static int expire(struct expiry *expiry)
{
	_cleanup_close_ int folder = open(expiry->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **days = NULL;
	int count = folder < 0 ? -1 : scandirat(folder, ".", &days, is_day, alphasort);

	if (count < 0)
		return command_fail("expire", _("%s: can't be read: %s"), expiry->path,
				    strerror(errno));
	for (int i = 0; i < count; i++) {
		if (strcmp(days[i]->d_name, expiry->before) < 0 &&
		    is_directory(folder, days[i]->d_name))
			expire_day(expiry, folder, days[i]->d_name);
		free(days[i]);
	}
	free(days);
	return expiry->stay > 0 ? COMMAND_NO : COMMAND_OK;
}

static int with_marks(struct expiry *expiry)
{
	uint64_t count = 0;
	int status, r = audit_begin(&expiry->known, NULL, expiry->temporary, ignore_finding, NULL);

	if (r < 0)
		return command_fail("expire", _("%s: no file can be made there: %s"),
				    expiry->temporary, strerror(-r));
	r = marks_load(expiry->marks, 0, &expiry->known, &count);
	if (r < 0)
		status = command_fail("expire",
				      _("%s: not a file of marks that only root can write: %s"),
				      expiry->marks, strerror(-r));
	else if (count == 0)
		status = command_fail("expire",
				      _("%s: has no marks: run 'sekisho-collector verify --marks' "
					"first"),
				      expiry->marks);
	else
		status = expire(expiry);
	audit_release(&expiry->known);
	return status;
}

int collector_expire(int argc, char **argv)
{
	static const struct option options[] = {
		{"dry-run", no_argument, NULL, 'n'},
		{"keep-days", required_argument, NULL, 'k'},
		{"marks", required_argument, NULL, 'm'},
		{"temporary", required_argument, NULL, 't'},
		{},
	};
	struct expiry expiry = {.path = "/var/log/sekisho", .temporary = "/var/tmp"};
	uint64_t days = KEEP_DAYS;
	struct tm parts;
	time_t then;
	int option;

	while ((option = command_option(argc, argv, "", options)) != -1) {
		if (option == 'n')
			expiry.dry_run = true;
		else if (option == 'k' && number_parse(optarg, 1, 36500, &days) == 0)
			continue;
		else if (option == 'm')
			expiry.marks = optarg;
		else if (option == 't')
			expiry.temporary = optarg;
		else
			return command_usage("expire");
	}
	if (argc - optind > 1 || !expiry.marks)
		return command_usage("expire");
	if (argc > optind)
		expiry.path = argv[optind];
	/* As rsyslog names them: by the clock of the place. */
	then = time(NULL) - (time_t)days * DAY_S;
	if (!localtime_r(&then, &parts) ||
	    strftime(expiry.before, sizeof(expiry.before), "%Y-%m-%d", &parts) == 0)
		return command_fail("expire", "%s", strerror(EOVERFLOW));
	return with_marks(&expiry);
}
