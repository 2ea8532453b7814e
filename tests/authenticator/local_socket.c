#include "local_socket.h"

#include "cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define BACKLOG 8

static int set_address(const char *path, struct sockaddr_un *ret_address)
{
	if (strlen(path) >= sizeof(ret_address->sun_path))
		return -ENAMETOOLONG;
	*ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(ret_address->sun_path, sizeof(ret_address->sun_path), "%s", path);
	return 0;
}

int local_socket_connect(const char *path, int type, int *ret_fd)
{
	struct sockaddr_un address;
	_cleanup_close_ int fd = -1;
	int r;

	r = set_address(path, &address);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	*ret_fd = steal_fd(&fd);
	return 0;
}

int local_socket_listen(const char *path, int type, int *ret_fd)
{
	struct sockaddr_un address;
	_cleanup_close_ int fd = -1;
	struct stat status;
	int r;

	r = set_address(path, &address);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode))
		unlink(path);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, BACKLOG) < 0)
		return -errno;
	*ret_fd = steal_fd(&fd);
	return 0;
}
