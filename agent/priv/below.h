/* Files below a directory that is held open: no link and no mount leads anywhere else. */
#ifndef SEKISHO_BELOW_H
#define SEKISHO_BELOW_H

#include <stdint.h>

/* Opens @path below @directory; links that stay on its file system are followed, unless @flags have
 * O_NOFOLLOW. The descriptor or -errno. */
int below_open(int directory, const char *path, int flags);

/* The inode number of what is at @path: 0 or -errno. */
int below_inode(int directory, const char *path, uint64_t *ret_inode);

/* Writes @text into the file at @path: 0 or -errno. */
int below_write(int directory, const char *path, const char *text);

/* Reads a file of one word, without its newline, into @text of @size bytes: 0 or -errno. */
int below_read(int directory, const char *path, char *text, unsigned int size);

#endif
