/* The terminal's journal, read by whoever may. */
#ifndef SEKISHO_JOURNALDIR_H
#define SEKISHO_JOURNALDIR_H

/* The directory, or -1 with a message of @command. */
int journaldir_open(const char *command, const char *path);

#endif
