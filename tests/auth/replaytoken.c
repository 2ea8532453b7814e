/* A token's child that listened once: it lets the first signature through and keeps it, and answers
 * every later request to sign with that. Kept in DEVICE.replay. */
#include "agent/auth/tokenchild.h"
#include "cleanup.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATIENCE_MS 60000

static int recall(const char *place, struct token_reply *reply)
{
	_cleanup_close_ int fd = open(place, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read(fd, reply, sizeof(*reply)) == sizeof(*reply);
}

static void keep(const char *place, const struct token_reply *reply)
{
	_cleanup_close_ int fd = open(place, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, reply, sizeof(*reply)) != sizeof(*reply))
		_exit(1);
}

int main(int argc, char *argv[])
{
	static struct token_request request;
	static struct token_reply reply;
	struct tokenchild child = {};
	char program[512];
	char place[256];
	char *slash;

	if (argc != 2)
		return 2;
	snprintf(place, sizeof(place), "%s.replay", argv[1]);
	snprintf(program, sizeof(program), "%s", argv[0]);
	slash = strrchr(program, '/');
	if (!slash)
		return 2;
	snprintf(slash, sizeof(program) - (size_t)(slash - program), "/softtoken");
	if (tokenchild_start(program, argv[1], NULL, &child) < 0)
		return 1;
	while (wire_receive(STDIN_FILENO, &token_request_layout, &request, WIRE_NO_DEADLINE) == 0) {
		if (request.verb != TOKEN_ASSERT || !recall(place, &reply)) {
			if (tokenchild_ask(&child, &request) < 0 ||
			    tokenchild_answer(&child, &reply, wire_now() + PATIENCE_MS) < 0)
				break;
			if (request.verb == TOKEN_ASSERT)
				keep(place, &reply);
		}
		wire_send(STDIN_FILENO, &token_reply_layout, &reply, wire_now() + PATIENCE_MS);
	}
	tokenchild_stop(&child);
	return 0;
}
