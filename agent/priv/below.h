/* Files below a directory that is held open: no link and no mount leads anywhere else. */
#ifndef SEKISHO_BELOW_H
#define SEKISHO_BELOW_H

#include <stdint.h>

/* Opens what is below @directory; links that stay on its file system are followed, unless @flags
 * have O_NOFOLLOW. The descriptor or -errno. */
int below_open(int directory, int flags, const char *path_format, ...)
	__attribute__((format(printf, 3, 4)));

/* These four take what below_open() said: a descriptor, which they close, or an error, which they
 * say too. 0 or -errno. */

/* Writes @text. */
int below_write(int fd, const char *text);

/* Reads one word, without its newline, into @text of @size bytes. */
int below_read(int fd, char *text, unsigned int size);

/* Whether the word is @text: 0, or -EIO if it is another one. */
int below_expect(int fd, const char *text);

/* Its inode number. */
int below_inode(int fd, uint64_t *ret_inode);

/* Calls @see for the names in a folder, dots too, until it says other than 0; says that, 0 or
 * -errno. */
int below_each(int directory, const char *folder, int (*see)(void *user, const char *name),
	       void *user);

#endif
