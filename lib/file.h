/* Files that decide something: opened without following links, judged on the opened descriptor. */
#ifndef SEKISHO_FILE_H
#define SEKISHO_FILE_H

#include <stddef.h>
#include <sys/types.h>

/* Opens @path below @dirfd (AT_FDCWD allowed) for reading: a regular file, owned by root or @owner,
 * not writable by group or others. -EPERM for a wrong owner or mode, -EINVAL if not a regular file,
 * -ELOOP for a symbolic link. */
int file_open_trusted(int dirfd, const char *path, uid_t owner, int *ret_fd);

/* Reads to end of file (sizes of sysfs files lie). The text is zero-terminated, allocated, the
 * caller's. -EFBIG beyond @max bytes. */
int file_read_all(int fd, size_t max, char **ret_text, size_t *ret_length);

/* Reads a small file such as a sysfs attribute below @dirfd into @text; one closing newline is cut.
 * -EFBIG if it does not fit, -EBADMSG if it has a zero in it. Waits for nobody, before a pipe
 * either.
 */
int file_read_line(int dirfd, const char *path, char *text, size_t size);

/* Replaces @name below @dirfd: write-new, fdatasync, rename, fsync of the directory. Either the old
 * or the new content is there, whatever happens. */
int file_write_atomic(int dirfd, const char *name, const void *bytes, size_t length, mode_t mode);

/* Makes @name below @dirfd, which must not be there, never wider open than that mode. For many
 * files at once: they are on the disk only after the caller's syncfs(2). Nothing is left on
 * failure. */
int file_write_new(int dirfd, const char *name, const void *bytes, size_t length, mode_t mode);

/* Writes all of @length bytes at the descriptor's place. */
int file_write_all(int fd, const void *bytes, size_t length);

/* Bytes read at a place, 0 at the end of the file, or -errno; a signal does not end it. */
ssize_t file_read_at(int fd, void *bytes, size_t length, off_t place);

/* Writes all of @length bytes at a place; not yet to the disk. */
int file_write_at(int fd, const void *bytes, size_t length, off_t place);

/* The same, and to the disk (fdatasync(2)). */
int file_write_durable(int fd, const void *bytes, size_t length, off_t place);

#endif
