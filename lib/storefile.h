/* A file of a fixed size that is written in full when it is made and then only overwritten in
 * place: a disk that fills up later can't stop it. */
#ifndef SEKISHO_STOREFILE_H
#define SEKISHO_STOREFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Opens @name below @dirfd for reading and writing; a missing one is made of zeros, by one process
 * at a time. -EINVAL if it is not a file of that size, -EROFS, -ENOSPC, -errno. */
int storefile_open(int dirfd, const char *name, size_t size, int *ret_fd);

/* Locks the byte at @place, against other descriptors, until storefile_unlock or close. -ETIMEDOUT
 * after @deadline (wire_now's clock). */
int storefile_lock(int fd, off_t place, int64_t deadline);
void storefile_unlock(int fd, off_t place);

/* Whether another descriptor holds the byte at @place. */
bool storefile_locked(int fd, off_t place);

#endif
