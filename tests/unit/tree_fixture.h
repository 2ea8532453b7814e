/* A made-up tree of files, such as a /sys. */
#ifndef SEKISHO_TREE_FIXTURE_H
#define SEKISHO_TREE_FIXTURE_H

#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* Writes a file below @root, and makes the folders above it. */
static inline void tree_put(const char *root, const char *path, const void *bytes, size_t length)
{
	char whole[512];
	FILE *file;

	assert_true(snprintf(whole, sizeof(whole), "%s/%s", root, path) < (int)sizeof(whole));
	for (char *slash = strchr(whole + strlen(root) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(whole, 0755) < 0)
			assert_int_equal(errno, EEXIST);
		*slash = '/';
	}
	file = fopen(whole, "w");
	assert_non_null(file);
	if (length > 0)
		assert_int_equal(fwrite(bytes, length, 1, file), 1);
	assert_int_equal(fclose(file), 0);
}

static inline int tree_remove_one(const char *path, const struct stat *status, int type,
				  struct FTW *walk)
{
	(void)status, (void)type, (void)walk;
	return remove(path);
}

/* Removes what is at @path and below it; 0 if all of it went. */
static inline int tree_remove(const char *path)
{
	return nftw(path, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
