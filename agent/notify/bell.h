/* The file by which the agent lets everybody know that something was refused (inotify(7)). */
#ifndef SEKISHO_BELL_H
#define SEKISHO_BELL_H

struct bell {
	const char *path; /* SEKISHO_REFUSED */
	int fd; /* -1: not watched */
};

/* Watches, if it doesn't already, from where the agent's directory is there. 1: from now on, so
 * that what was before is to be asked for; 0: as before; -errno: not yet. */
int bell_watch(struct bell *bell);

/* Waits for it, at most so long; -1: without end. */
void bell_wait(struct bell *bell, int milliseconds);

void bell_close(struct bell *bell);

#endif
