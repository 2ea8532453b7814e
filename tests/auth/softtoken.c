/* The sekisho-token of the tests: the same program, but its device is a softkey's socket. */
#include "agent/auth/tokenserve.h"
#include "tests/authenticator/softkey_io.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
	int r;

	if (argc != 2)
		return 2;
	r = tokenserve_run(STDIN_FILENO, argv[1], &softkey_io);
	if (r < 0)
		fprintf(stderr, "softtoken: %s\n", strerror(-r));
	return r < 0;
}
