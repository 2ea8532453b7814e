/* sekisho-readonly [--off] NODE: the kernel lets nobody write to a block device by its node or
 * mount it for writing; or again does. Rules of udev run it on built-in optical drives and on disks
 * that are strangers, before anybody hears of them; blockdev(8) would need a disc in the drive.
 * Links libc alone. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	bool off = argc == 3 && strcmp(argv[1], "--off") == 0;
	const char *node = argv[argc - 1];
	const int on = !off;
	struct stat status;
	int fd;

	if (argc != 2 && !off) {
		fputs("usage: sekisho-readonly [--off] NODE\n", stderr);
		return 2;
	}
	/* O_NONBLOCK: it opens without a disc, and an open tray stays open. */
	fd = open(node, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &status) == 0 && !S_ISBLK(status.st_mode))
		errno = ENOTBLK;
	else if (fd >= 0 && ioctl(fd, BLKROSET, &on) == 0)
		return close(fd);
	fprintf(stderr, "sekisho-readonly: %s: %s\n", node, strerror(errno));
	return 1;
}
