#include "rosterfile.h"

#include <string.h>

/* Both kinds of rows begin with the user's name. */
_Static_assert(offsetof(struct roster_entry, user) == 0, "the key's row begins otherwise");
_Static_assert(offsetof(struct roster_period, user) == 0, "the period's row begins otherwise");

/* The rows of @user among sorted ones: the number of the first, and how many. */
static size_t range(const void *rows, size_t count, size_t size, const char *user,
		    size_t *ret_count)
{
	const char *bytes = rows;
	size_t low = 0, high = count, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(bytes + middle * size, user) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < count && strcmp(bytes + end * size, user) == 0;)
		end++;
	*ret_count = end - low;
	return low;
}

const struct roster_entry *rosterfile_keys(const struct rosterfile *roster, const char *user,
					   size_t *ret_count)
{
	size_t first =
		range(roster->entries, roster->count, sizeof(*roster->entries), user, ret_count);

	return *ret_count > 0 ? roster->entries + first : NULL;
}

const struct roster_period *rosterfile_periods(const struct rosterfile *roster, const char *user,
					       size_t *ret_count)
{
	size_t first = range(roster->periods, roster->n_periods, sizeof(*roster->periods), user,
			     ret_count);

	return *ret_count > 0 ? roster->periods + first : NULL;
}

size_t rosterfile_place(const struct rosterfile *roster, const char *user)
{
	size_t count;

	return range(roster->entries, roster->count, sizeof(*roster->entries), user, &count);
}
