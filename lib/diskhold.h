/* Having a disk for oneself: the kernel refuses that while the disk or a partition of it is
 * mounted, swapped to, or part of a device made of others (block/bdev.c, bd_may_claim), in any
 * mount name space; and while it is held nobody else gets it. */
#ifndef SEKISHO_DISKHOLD_H
#define SEKISHO_DISKHOLD_H

/* Opens the node below /dev of what has the @name below /sys/block, not through a link. Where it is
 * in use it looks again after a moment, @tries times in all: some programs, ours among them, hold a
 * disk just to look. The descriptor or -errno; -EBUSY: it is in use; -ESTALE: the node is not the
 * disk's, which has the @number ("8:16"; NULL: not looked at). */
int diskhold_open(const char *name, const char *number, int tries);

#endif
