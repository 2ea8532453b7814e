/* sekisho-token DEVICE: speaks CTAP to one token for its parent, on standard input. */
#include "tokenserve.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* libcbor reserves memory for what a length says before it looks whether that much came. */
#define MEMORY_MAX (256u << 20)

int main(int argc, char *argv[])
{
	const struct rlimit memory = {MEMORY_MAX, MEMORY_MAX};
	int r;

	if (argc != 2 || argv[1][0] != '/') {
		fprintf(stderr, "usage: sekisho-token /dev/hidrawN (started by sekisho-session)\n");
		return 2;
	}
	if (setrlimit(RLIMIT_AS, &memory) < 0)
		return 1;
	r = tokenserve_run(STDIN_FILENO, argv[1], NULL);
	if (r < 0)
		fprintf(stderr, "sekisho-token: %s: %s\n", argv[1], strerror(-r));
	return r < 0;
}
