#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#define WIDTH 40

void progress_show(struct progress *progress, size_t done)
{
	unsigned int percent = progress->total ? (unsigned int)(done * 100 / progress->total) : 100;
	char bar[WIDTH + 1];

	if (progress->shown == percent + 1 || !isatty(STDERR_FILENO))
		return;
	progress->shown = percent + 1;
	for (unsigned int i = 0; i < WIDTH; i++)
		bar[i] = i * 100 < percent * WIDTH ? '#' : '.';
	bar[WIDTH] = '\0';
	fprintf(stderr, "\r[%s] %3u%%", bar, percent);
	fflush(stderr);
}

void progress_end(struct progress *progress)
{
	/* Wiped: what follows is what counts. */
	if (progress->shown > 0)
		fprintf(stderr, "\r%*s\r", WIDTH + 8, "");
	progress->shown = 0;
}
