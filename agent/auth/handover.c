#include "handover.h"

#include "parcel.h"

#include <errno.h>
#include <sys/socket.h>

int handover_send(int fd, int passed)
{
	const char byte = 0;

	return parcel_send(fd, &byte, sizeof(byte), passed, MSG_DONTWAIT);
}

int handover_receive(int fd, int *ret_passed)
{
	char byte = 0;
	int passed = -1, r = parcel_receive(fd, &byte, sizeof(byte), &passed, 0);

	if (r == 0 && passed < 0)
		return -EBADMSG;
	if (r == 0)
		*ret_passed = passed;
	return r;
}
