#include "softkey_io.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#define ANSWER_MS 60000 /* patience with the control socket */
/* A wait that is over so late: the machine stood still, and the key with it. It gets a moment to go
 * on, and so does what it says to libfido2 whose time is over by that. */
#define STILL_MS 20
#define AGAIN_MS 1000

#define KEEPALIVE_AT 4 /* after the channel; CTAP 2.1, 11.2.4 */
#define KEEPALIVE    0xbb

static int connect_to(const char *path, int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_close_ int fd = -1;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return steal_fd(&fd);
}

static void *io_open(const char *path)
{
	int fd = connect_to(path, SOCK_SEQPACKET);
	int *handle = fd < 0 ? NULL : malloc(sizeof(*handle));

	if (!handle) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	*handle = fd;
	return handle;
}

static void io_close(void *handle)
{
	close(*(int *)handle);
	free(handle);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* In time that is lent: what says only that the key still works is no answer, or libfido2, whose
 * own time is over, would go on for as long as that is said. */
static bool is_keepalive(const unsigned char *report, ssize_t count)
{
	return count > KEEPALIVE_AT && report[KEEPALIVE_AT] == KEEPALIVE;
}

/* As on hidraw: one report a call, -1 at the time limit (-1 means none) or if the key is gone. */
static int io_read(void *handle, unsigned char *bytes, size_t length, int limit_ms)
{
	struct pollfd poll_fd = {.fd = *(int *)handle, .events = POLLIN};
	const int64_t begin = now_ms();
	int64_t lent_until = 0;
	ssize_t count;

	for (;;) {
		if (poll(&poll_fd, 1, limit_ms) != 1) {
			if (lent_until || limit_ms < 0 ||
			    (limit_ms > 0 && now_ms() <= begin + limit_ms + STILL_MS))
				return -1;
			lent_until = now_ms() + AGAIN_MS;
			limit_ms = AGAIN_MS;
			continue;
		}
		count = recv(poll_fd.fd, bytes, length, MSG_DONTWAIT);
		if (!lent_until || !is_keepalive(bytes, count))
			return count == (ssize_t)length ? (int)count : -1;
		limit_ms = lent_until > now_ms() ? (int)(lent_until - now_ms()) : 0;
	}
}

static int io_write(void *handle, const unsigned char *bytes, size_t length)
{
	ssize_t count = send(*(int *)handle, bytes, length, MSG_NOSIGNAL);

	return count == (ssize_t)length ? (int)count : -1;
}

const fido_dev_io_t softkey_io = {io_open, io_close, io_read, io_write};

int softkey_dev_open(fido_dev_t *dev, const char *socket_path)
{
	int r = fido_dev_set_io_functions(dev, &softkey_io);

	return r == FIDO_OK ? fido_dev_open(dev, socket_path) : r;
}

static int read_line(int fd, char *line, size_t size)
{
	size_t length = 0;

	for (;;) {
		struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

		if (poll(&poll_fd, 1, ANSWER_MS) != 1 || length + 1 >= size ||
		    read(fd, line + length, 1) != 1)
			return -EPROTO;
		if (line[length] == '\n')
			break;
		length++;
	}
	line[length] = '\0';
	return 0;
}

static void run(const char *program, struct softkey *softkey, const char *const options[],
		int output)
{
	const char *arguments[SOFTKEY_OPTIONS_MAX + 8] = {program,     "--die-with-parent",
							  "--socket",  softkey->socket,
							  "--control", softkey->control};
	size_t count = 6;

	for (size_t i = 0; options && options[i] && i < SOFTKEY_OPTIONS_MAX; i++)
		arguments[count++] = options[i];
	if (dup2(output, STDOUT_FILENO) < 0)
		_exit(127);
	execv(program, (char *const *)arguments);
	_exit(127);
}

int softkey_start(struct softkey *softkey, const char *program, const char *folder,
		  const char *name, const char *const options[])
{
	_cleanup_close_ int output = -1;
	int ends[2];
	char line[16];
	int length;

	*softkey = (struct softkey){};
	length = snprintf(softkey->socket, sizeof(softkey->socket), "%s/%s.sock", folder, name);
	if (length < 0 || (size_t)length >= sizeof(softkey->socket))
		return -ENAMETOOLONG;
	snprintf(softkey->control, sizeof(softkey->control), "%s/%s.ctl", folder, name);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	output = ends[0];
	softkey->pid = fork();
	if (softkey->pid == 0)
		run(program, softkey, options, ends[1]);
	close(ends[1]);
	if (softkey->pid < 0)
		return -errno;
	if (read_line(output, line, sizeof(line)) < 0 || strcmp(line, "ready") != 0) {
		softkey_stop(softkey);
		return -EPROTO;
	}
	return 0;
}

int softkey_stop(struct softkey *softkey)
{
	int ended = 0;

	if (softkey->pid <= 0)
		return 0;
	kill(softkey->pid, SIGTERM);
	while (waitpid(softkey->pid, &ended, 0) < 0 && errno == EINTR)
		continue;
	softkey->pid = 0;
	return WIFEXITED(ended) && WEXITSTATUS(ended) == 0 ? 0 : -EPROTO;
}

int softkey_command(const char *control_path, const char *command,
		    char ret_answer[SOFTKEY_ANSWER_MAX])
{
	_cleanup_close_ int fd = connect_to(control_path, SOCK_STREAM);
	char answer[SOFTKEY_ANSWER_MAX];
	int r;

	if (fd < 0)
		return fd;
	if (send(fd, command, strlen(command), MSG_NOSIGNAL | MSG_MORE) < 0 ||
	    send(fd, "\n", 1, MSG_NOSIGNAL) < 0)
		return -errno;
	r = read_line(fd, answer, sizeof(answer));
	if (r < 0)
		return r;
	if (ret_answer)
		memcpy(ret_answer, answer, sizeof(answer));
	return strncmp(answer, "ok", 2) == 0 ? 0 : -EBADMSG;
}
