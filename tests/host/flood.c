/* flood SOCKET IDLE COUNT: holds IDLE connections that say nothing and, again and again for a
 * minute, opens COUNT more within a second and drops them. Prints how many of a round were taken.
 */
#include "cleanup.h"
#include "number.h"
#include "wire.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#define MINUTE_MS 60000

static int attempt(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int main(int argc, char **argv)
{
	int64_t end = wire_now() + MINUTE_MS;
	uint64_t idle, count;

	if (argc != 4 || number_parse(argv[2], 0, 1000, &idle) < 0 ||
	    number_parse(argv[3], 1, 100000, &count) < 0)
		return 2;
	while (idle-- > 0)
		attempt(argv[1]);
	while (wire_now() < end) {
		int64_t round = wire_now() + 1000;
		uint64_t tried = 0, taken = 0;

		for (; tried < count && wire_now() < round; tried++) {
			int fd = attempt(argv[1]);

			if (fd >= 0) {
				taken++;
				close(fd);
			}
		}
		printf("%lu tried, %lu taken\n", (unsigned long)tried, (unsigned long)taken);
		fflush(stdout);
		while (wire_now() < round)
			poll(NULL, 0, 10);
	}
	return 0;
}
