/* LD_PRELOAD: the file that GROWS names gets one line more when a folder is listed for the second
 * time: somebody writes to it while a program that has read it goes on. */
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

int scandirat(int directory, const char *path, struct dirent ***names,
	      int (*wanted)(const struct dirent *),
	      int (*order)(const struct dirent **, const struct dirent **))
{
	int (*real)(int, const char *, struct dirent ***, int (*)(const struct dirent *),
		    int (*)(const struct dirent **, const struct dirent **)) =
		dlsym(RTLD_NEXT, "scandirat");
	static int calls;
	const char *path_of_file = getenv("GROWS");
	FILE *file = path_of_file && ++calls == 2 ? fopen(path_of_file, "a") : NULL;

	if (file) {
		fputs("one line more\n", file);
		fclose(file);
	}
	return real(directory, path, names, wanted, order);
}
