/* hid_identity SYSFS NODE: the instance and the identity of a key, as lib/hidkey.c has them. */
#include "hidkey.h"

#include "cleanup.h"

#include <fcntl.h>

int main(int argc, char **argv)
{
	_cleanup_close_ int sysfs =
		argc == 3 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	struct hidkey key;

	if (sysfs < 0 || hidkey_read(sysfs, argv[2], &key) < 0)
		return 1;
	printf("%s %s\n", key.instance, key.identity);
	return 0;
}
