/* Loaded before `sekisho-collector expire` by tests/host/collector-expire: the file GROWS gets one
 * line more, as if somebody wrote to it meanwhile: when the first folder of a day is listed, for
 * its files go, or with GROWS_IN when that folder is about to be read. */
#include <dirent.h>
#include <dlfcn.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int filter_fn(const struct dirent *);
typedef int order_fn(const struct dirent **, const struct dirent **);
typedef int fts_order_fn(const FTSENT **, const FTSENT **);

static void grow(void)
{
	FILE *file = fopen(getenv("GROWS"), "a");

	if (!file)
		abort();
	fputs("one line more\n", file);
	if (fclose(file) != 0)
		abort();
}

int scandirat(int folder, const char *path, struct dirent ***names, filter_fn *wanted,
	      order_fn *order)
{
	int (*real)(int, const char *, struct dirent ***, filter_fn *, order_fn *) =
		dlsym(RTLD_NEXT, "scandirat");
	static int calls;

	if (++calls == 2 && !getenv("GROWS_IN"))
		grow();
	return real(folder, path, names, wanted, order);
}

FTS *fts_open(char *const *paths, int options, fts_order_fn *order)
{
	FTS *(*real)(char *const *, int, fts_order_fn *) = dlsym(RTLD_NEXT, "fts_open");
	const char *folder = getenv("GROWS_IN");
	static int calls;

	if (folder && strcmp(paths[0], folder) == 0 && ++calls == 1)
		grow();
	return real(paths, options, order);
}
