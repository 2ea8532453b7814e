#include "jitter.h"

#include "wire.h"

#include <sys/random.h>

int64_t jitter(uint32_t seconds)
{
	uint32_t random = 0;

	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		random = (uint32_t)wire_now();
	return (int64_t)(random % (1000 * (uint64_t)seconds + 1));
}
