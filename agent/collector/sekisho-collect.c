/* sekisho-collect FOLDER: puts what rsyslog's omprog hands it into the collector's files, a record
 * a line, and answers "OK" once it is on the disk: omfile answers so whether it is or not. Any
 * other answer has rsyslog keep the record and bring it again, and the terminal wait. */
#include "dayfiles.h"

#include "cleanup.h"
#include "file.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>

#define OPEN_MAX_FILES 16000u
#define OTHER_FILES    16u /* of ours: a folder, the log's socket */
#define TELL_AGAIN_S   60

static const struct {
	int code;
	const char *advice;
} advices[] = {
	{-ENOSPC, "make room, or i-nodes: df, df -i"},
	{-EDQUOT, "raise the quota"},
	{-EROFS, "see why its file system is read-only: dmesg"},
	{-EIO, "see what its disk says: dmesg"},
	{-EWOULDBLOCK, "another process has the file locked: fuser"},
	{-EACCES, "let rsyslog's user write there"},
	{-EPERM, "let rsyslog's user write there"},
};

/* What was told last. */
struct telling {
	int result;
	int failure; /* the last one of them, and when */
	time_t failed;
};

static const char *advice_for(int code)
{
	for (size_t i = 0; i < ARRAY_SIZE(advices); i++)
		if (advices[i].code == code)
			return advices[i].advice;
	return "see to its disk";
}

/* Once, not at each try; and where it comes and goes, once a minute. rsyslog leaves us no standard
 * error, so it goes to the log. */
static void tell(struct telling *told, const char *folder, int result)
{
	time_t now = time(NULL);

	if (result == told->result)
		return;
	if (result < 0) {
		if (result == told->failure && now - told->failed < TELL_AGAIN_S &&
		    now >= told->failed)
			return;
		syslog(LOG_ERR,
		       "%s: %s: nothing is acknowledged until records can be stored again, and "
		       "the terminals keep theirs; %s",
		       folder, strerror(-result), advice_for(result));
		told->failure = result;
		told->failed = now;
	} else if (told->result < 0) {
		syslog(LOG_NOTICE, "%s: records are stored again", folder);
	}
	if (result > 0)
		syslog(LOG_WARNING,
		       "%s: what comes from a host whose name no file can have goes into "
		       "the day's " DAYFILES_UNKNOWN,
		       folder);
	told->result = result;
}

static size_t files_max(void)
{
	struct rlimit limit = {.rlim_cur = 0};

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max &&
	    limit.rlim_cur < OPEN_MAX_FILES + OTHER_FILES) {
		limit.rlim_cur = limit.rlim_max < OPEN_MAX_FILES + OTHER_FILES
					 ? limit.rlim_max
					 : OPEN_MAX_FILES + OTHER_FILES;
		setrlimit(RLIMIT_NOFILE, &limit);
		getrlimit(RLIMIT_NOFILE, &limit);
	}
	if (limit.rlim_cur <= OTHER_FILES)
		return 1;
	limit.rlim_cur -= OTHER_FILES;
	return limit.rlim_cur < OPEN_MAX_FILES ? limit.rlim_cur : OPEN_MAX_FILES;
}

static int answer(int result)
{
	const char *text = result < 0 ? strerror(-result) : "OK";
	char line[128];
	int length = snprintf(line, sizeof(line), "%s\n", text);

	return file_write_all(STDOUT_FILENO, line, (size_t)length);
}

static int take(struct dayfiles *files, const char *text, size_t length)
{
	char today[DAYFILES_DAY] = "";
	struct dayfiles_record record;
	time_t now = time(NULL);
	struct tm parts;

	if (localtime_r(&now, &parts))
		strftime(today, sizeof(today), "%Y-%m-%d", &parts);
	dayfiles_split(text, length, today, &record);
	return dayfiles_store(files, &record);
}

int main(int argc, char **argv)
{
	struct dayfiles files = {.max = files_max()};
	_cleanup_free_ char *text = NULL;
	struct telling told = {};
	ssize_t length;
	size_t size = 0;

	if (argc != 2 || argv[1][0] != '/') {
		fputs("sekisho-collect: started by rsyslog only, with the folder of the events\n",
		      stderr);
		return 1;
	}
	files.folder = argv[1];
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	umask(027);
	openlog("sekisho-collect", LOG_PID | LOG_PERROR, LOG_DAEMON);
	/* omprog waits for that, too. */
	if (answer(0) < 0)
		return 1;
	/* How long a record can be is rsyslog's business (maxDataSize). One without an end is of an
	 * rsyslog that was killed: it was answered to nobody. */
	while ((length = getline(&text, &size, stdin)) > 0 && text[length - 1] == '\n') {
		int r = take(&files, text, (size_t)length);

		tell(&told, files.folder, r);
		if (answer(r) < 0)
			break;
	}
	dayfiles_close(&files);
	return 0;
}
