/* bench_empty SOCKET FILE: the least that a writer behind the record socket can be, for one client
 * at a time: reads nothing of what it is sent, writes a line of a preallocated file, flushes that
 * and answers. What the journal's writer takes longer is its own; the rest is the kernel's, two
 * hand-overs and the client's. */
#include "protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LINE	  400 /* bytes of an ordinary event */
#define FILE_SIZE 8388608

static int fail(const char *what)
{
	perror(what);
	return 2;
}

/* Piece by piece, as a segment is: see bench_journal.c. */
static int prepare(const char *path)
{
	static const char zeros[65536];
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	for (off_t at = 0; fd >= 0 && at < FILE_SIZE; at += (off_t)sizeof(zeros))
		if (pwrite(fd, zeros, sizeof(zeros), at) != sizeof(zeros))
			return -1;
	return fd < 0 || fsync(fd) < 0 ? -1 : fd;
}

static int serve(int client, int file)
{
	const struct record_reply reply = {.sequence = 1};
	static off_t at;
	char line[LINE];
	struct wire_packet request, answer;

	if (wire_encode(&record_reply_layout, &reply, &answer) < 0)
		return -1;
	memset(line, 'x', LINE);
	while (recv(client, request.bytes, sizeof(request.bytes), 0) > 0) {
		if (pwrite(file, line, LINE, at) != LINE || fdatasync(file) < 0 ||
		    send(client, answer.bytes, answer.length, 0) < 0)
			return -1;
		at = (at + LINE) % (FILE_SIZE - LINE);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int file;

	if (argc != 3 || strlen(argv[1]) >= sizeof(address.sun_path)) {
		fprintf(stderr, "usage: bench_empty SOCKET FILE\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	file = prepare(argv[2]);
	if (file < 0)
		return fail(argv[2]);
	memcpy(address.sun_path, argv[1], strlen(argv[1]) + 1);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 1) < 0)
		return fail(argv[1]);
	for (;;) {
		int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		int r = client < 0 ? -1 : serve(client, file);

		if (client >= 0)
			close(client);
		if (r < 0)
			return fail("a client");
	}
}
