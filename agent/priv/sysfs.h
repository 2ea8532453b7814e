/* Files below /sys: paths are walked without leaving it. */
#ifndef SEKISHO_SYSFS_H
#define SEKISHO_SYSFS_H

/* Opens @path below @directory, or -errno; symbolic links are followed as long as they stay on that
 * file system, below that directory. */
int sysfs_open(int directory, const char *path, int flags);

/* Writes an attribute: all of @text at once. 0 or -errno. */
int sysfs_write(int directory, const char *path, const char *text);

#endif
