#include "wordlist.h"

#include <string.h>

const char *wordlist_next(const char **at, size_t *ret_length)
{
	const char *name = *at + strspn(*at, " ,");

	*ret_length = strcspn(name, " ,");
	*at = name + *ret_length;
	return *ret_length > 0 ? name : NULL;
}

bool wordlist_has(const char *list, const char *wanted)
{
	const char *name;
	size_t length;

	while ((name = wordlist_next(&list, &length)))
		if (strlen(wanted) == length && memcmp(name, wanted, length) == 0)
			return true;
	return false;
}
