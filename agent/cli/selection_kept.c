#include "selection_kept.h"

#include "file.h"
#include "trial.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KEPT	 "authselect.before"
#define NONE	 "-" /* no profile's name: nothing was selected */
#define TEXT_MAX 4096

static int open_state(int *ret_fd)
{
	int fd = open(TRIAL_DIRECTORY, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int selection_keep(const struct selection *selection)
{
	_cleanup_close_ int directory = -1;
	char text[TEXT_MAX] = NONE;
	size_t length = selection->count > 0 ? 0 : strlen(NONE);
	int r = open_state(&directory);

	for (size_t i = 0; i < selection->count; i++) {
		int more = snprintf(text + length, sizeof(text) - length, "%s%s", i ? " " : "",
				    selection->words[i]);

		if (more < 0 || (size_t)more >= sizeof(text) - length)
			return -E2BIG;
		length += (size_t)more;
	}
	return r < 0 ? r : file_write_atomic(directory, KEPT, text, length, 0600);
}

int selection_recall(struct selection *ret)
{
	_cleanup_close_ int directory = -1;
	_cleanup_close_ int fd = -1;
	char *text = NULL;
	size_t length;
	int r = open_state(&directory);

	if (r == 0)
		r = file_open_trusted(directory, KEPT, 0, &fd);
	if (r == 0)
		r = file_read_all(fd, TEXT_MAX, &text, &length);
	if (r == 0)
		r = selection_split(text, ret);
	if (r == 0 && ret->count == 0)
		return -EBADMSG;
	if (r == 0 && strcmp(ret->words[0], NONE) == 0)
		ret->count = 0;
	return r;
}

bool selection_is_kept(void)
{
	return faccessat(AT_FDCWD, TRIAL_DIRECTORY "/" KEPT, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int selection_forget(void)
{
	_cleanup_close_ int directory = -1;
	int r = open_state(&directory);

	if (r < 0)
		return r;
	return unlinkat(directory, KEPT, 0) < 0 && errno != ENOENT ? -errno : 0;
}
