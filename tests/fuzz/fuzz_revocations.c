/* The list of what is revoked, which a log-in goes by: whatever stands in the file, it is a list or
 * it is none, who stands on it is found, and what was kept of it says the same. */
#include "cleanup.h"
#include "file.h"
#include "revocations.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char directory[64], path[96];
static int dirfd = -1;

static void clean_up(void)
{
	unlinkat(dirfd, "list", 0);
	rmdir(directory);
}

static void begin(void)
{
	snprintf(directory, sizeof(directory), "/dev/shm/sekisho-fuzz-XXXXXX");
	if (!mkdtemp(directory))
		__builtin_trap();
	dirfd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(path, sizeof(path), "%s/list", directory);
	atexit(clean_up);
}

static void check_names(const struct revocations *list)
{
	const char *name;
	json_t *day;

	json_object_foreach(list->keys, name, day) if (strlen(name) != REVOCATIONS_KEY_DIGITS ||
						       !revocations_have_key(list, name))
		__builtin_trap();
	json_object_foreach(list->people, name,
			    day) if (*name == '\0' || strpbrk(name, " \n\t\r\033") ||
				     !revocations_have_person(list, name)) __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct revocations list, kept;
	int r = revocations_parse((const char *)data, size, &list);

	if (dirfd < 0)
		begin();
	if (r < 0)
		return 0;
	check_names(&list);
	if (list.number < 1 || strlen(list.time) != JOURNAL_TIME_SIZE - 1)
		__builtin_trap();
	revocations_age(&list, INT64_MAX / 2);
	if (revocations_keep(path, &list, 0600) < 0)
		__builtin_trap();
	/* Indented it may be too long. */
	if (revocations_load(path, &kept) == 0) {
		if (kept.number != list.number || strcmp(kept.time, list.time) != 0 ||
		    !revocations_are_same(&kept, &list))
			__builtin_trap();
		revocations_release(&kept);
	}
	revocations_release(&list);
	return 0;
}
