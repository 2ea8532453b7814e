#include "folder.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

const char *folder_path(const struct terminal *terminal, const char *name, char path[static 128])
{
	snprintf(path, 128, "%s/%s", terminal->folder, name);
	return path;
}

void folder_write(const struct terminal *terminal, const char *name, const char *text, mode_t mode)
{
	char path[128];
	FILE *file = fopen(folder_path(terminal, name, path), "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

void folder_read(const struct terminal *terminal, const char *name, char text[static WORDS_MAX])
{
	char place[128];
	FILE *file = fopen(folder_path(terminal, name, place), "re");
	size_t length;

	assert_non_null(file);
	length = fread(text, 1, WORDS_MAX - 1, file);
	text[length] = '\0';
	fclose(file);
}

void folder_copy_program(const struct terminal *terminal, const char *program, const char *name)
{
	char whole[600], path[128];
	_cleanup_close_ int from = -1;
	_cleanup_close_ int to = -1;
	struct stat status;

	snprintf(whole, sizeof(whole), "%s/%s", terminal->build, program);
	from = open(whole, O_RDONLY | O_CLOEXEC);
	to = open(folder_path(terminal, name, path), O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	assert_int_equal(fstat(from, &status), 0);
	for (off_t left = status.st_size; left > 0;) {
		ssize_t count = sendfile(to, from, NULL, (size_t)left);

		assert_true(count > 0);
		left -= count;
	}
	assert_int_equal(fchmod(to, 0755), 0);
}

int folder_state(const struct terminal *terminal)
{
	char path[128];
	int fd = open(folder_path(terminal, "state", path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

void folder_mount_state(const struct terminal *terminal, const char *options)
{
	char path[128];

	assert_int_equal(mount("sekisho-test", folder_path(terminal, "state", path), "tmpfs",
			       MS_NOSUID | MS_NODEV, options),
			 0);
}

void folder_fill_state(const struct terminal *terminal)
{
	static const char block[4096];
	char path[128];
	int fd = open(folder_path(terminal, "state/ballast", path), O_WRONLY | O_CREAT | O_CLOEXEC,
		      0600);

	assert_true(fd >= 0);
	while (write(fd, block, sizeof(block)) > 0)
		continue;
	assert_int_equal(errno, ENOSPC);
	close(fd);
}

int folder_unmount_state(void **state)
{
	char path[128];

	folder_path(*state, "state", path);
	while (umount2(path, MNT_DETACH) == 0)
		continue;
	return terminal_teardown(state);
}

int folder_own_mounts(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNS) < 0)
		return -1;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}
