#include "rsyslog.h"

#include "cleanup.h"
#include "command.h"
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define FILE_MAX 65536u

static int read_text(int dirfd, const char *path, char **ret_text)
{
	_cleanup_close_ int fd = -1;
	size_t length;
	int r;

	r = file_open_trusted(dirfd, path, geteuid(), &fd);
	return r < 0 ? r : file_read_all(fd, FILE_MAX, ret_text, &length);
}

/* @text with the directory of the certificates that we were told. */
static int move_to(const char *text, const char *directory, char **ret_text, size_t *ret_length)
{
	static const char shipped[] = COLLECTOR_DIRECTORY "/";
	FILE *out = open_memstream(ret_text, ret_length);

	if (!out)
		return -errno;
	for (const char *next; (next = strstr(text, shipped)); text = next + strlen(shipped))
		fprintf(out, "%.*s%s/", (int)(next - text), text, directory);
	fputs(text, out);
	return fclose(out) == 0 ? 0 : -ENOMEM;
}

int rsyslog_install(const char *shipped, const char *directory, const char *folder,
		    enum rsyslog_state *ret_state)
{
	_cleanup_free_ char *text = NULL, *wanted = NULL, *present = NULL;
	_cleanup_close_ int dirfd = -1;
	size_t length = 0;
	int r;

	/* What rsyslog's quotes would not hold. */
	if (directory[0] != '/' || strpbrk(directory, "\"\\$\n"))
		return -EINVAL;
	dirfd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		return errno == ENOENT ? -ENOTDIR : -errno;
	r = read_text(AT_FDCWD, shipped, &text);
	if (r == 0)
		r = move_to(text, directory, &wanted, &length);
	if (r < 0)
		return r;
	r = read_text(dirfd, RSYSLOG_FILE, &present);
	if (present) {
		*ret_state = wanted && strcmp(present, wanted) == 0 ? RSYSLOG_THERE : RSYSLOG_OTHER;
		return 0;
	}
	if (r < 0 && r != -ENOENT)
		return r;
	r = file_write_atomic(dirfd, RSYSLOG_FILE, wanted, length, 0644);
	if (r == 0)
		*ret_state = RSYSLOG_MADE;
	return r;
}
