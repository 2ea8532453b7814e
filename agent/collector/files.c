#include "files.h"

#include "cleanup.h"
#include "journal_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>

#define PROGRESS_LINES 65536

static void close_tree(FTS **tree)
{
	if (*tree)
		fts_close(*tree);
}

static int by_name(const FTSENT **left, const FTSENT **right)
{
	return strcmp((*left)->fts_name, (*right)->fts_name);
}

static FTS *open_tree(const char *path)
{
	char *paths[] = {(char *)path, NULL};

	return fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
}

static bool is_wanted(const FTSENT *entry)
{
	return entry->fts_info == FTS_F && entry->fts_namelen > strlen(".log") &&
	       strcmp(entry->fts_name + entry->fts_namelen - strlen(".log"), ".log") == 0;
}

/* How much there is to read. */
static int measure(const char *path, struct files_summary *summary)
{
	_cleanup_(close_tree) FTS *tree = open_tree(path);
	const FTSENT *entry;

	if (!tree)
		return -errno;
	while ((errno = 0, entry = fts_read(tree))) {
		if ((entry->fts_info == FTS_DNR || entry->fts_info == FTS_NS) &&
		    entry->fts_level == FTS_ROOTLEVEL)
			return -entry->fts_errno;
		if (entry->fts_info == FTS_F && entry->fts_level == FTS_ROOTLEVEL)
			return -ENOTDIR;
		if (is_wanted(entry))
			summary->bytes += (uint64_t)entry->fts_statp->st_size;
	}
	return -errno;
}

struct reading {
	struct audit *audit;
	files_progress_fn *progress;
	void *user;
	uint64_t total, done;
	struct journal_lines lines;
};

static int read_lines(struct reading *reading, int fd)
{
	struct journal_lines *lines = &reading->lines;
	const char *line;
	uint64_t offset;
	size_t length;
	int r;

	journal_lines_begin(lines, fd, 0);
	while ((r = journal_lines_next(lines, &line, &length, &offset)) > 0) {
		/* One that does not fit the buffer is none of ours; its end may hold one that is:
		 * up to the LF, which stands before what is not yet seen. */
		if (length == JOURNAL_BUFFER_SIZE)
			length = (size_t)(lines->buffer + lines->at - 1 - line);
		r = audit_line(reading->audit, line, length);
		if (r < 0)
			return r;
		if (reading->audit->lines % PROGRESS_LINES == 0)
			reading->progress(reading->user, reading->done + offset, reading->total);
	}
	if (r < 0)
		audit_unreadable(reading->audit);
	audit_file_end(reading->audit, r == 0 && lines->line_length > 0);
	return 0;
}

static int read_file(struct reading *reading, const FTSENT *entry)
{
	_cleanup_close_ int fd =
		open(entry->fts_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat status;

	audit_file(reading->audit, entry->fts_path);
	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
		audit_unreadable(reading->audit);
		audit_file_end(reading->audit, false);
		return 0;
	}
	return read_lines(reading, fd);
}

int files_feed(const char *path, struct audit *audit, files_progress_fn *progress, void *user,
	       struct files_summary *ret_summary)
{
	_cleanup_(close_tree) FTS *tree = NULL;
	struct files_summary summary = {};
	struct reading reading = {.audit = audit, .progress = progress, .user = user};
	const FTSENT *entry;
	int r;

	r = measure(path, &summary);
	if (r < 0)
		return r;
	reading.total = summary.bytes;
	tree = open_tree(path);
	if (!tree)
		return -errno;
	while ((errno = 0, entry = fts_read(tree))) {
		if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_NS ||
		    entry->fts_info == FTS_ERR) {
			audit_file(audit, entry->fts_path);
			audit_unreadable(audit);
			audit_file_end(audit, false);
		} else if (is_wanted(entry)) {
			r = read_file(&reading, entry);
			if (r < 0)
				return r;
			summary.files++;
			reading.done += (uint64_t)entry->fts_statp->st_size;
		} else if (entry->fts_info != FTS_D && entry->fts_info != FTS_DP) {
			summary.skipped++;
		}
	}
	*ret_summary = summary;
	return -errno;
}
