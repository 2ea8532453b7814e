/* An interface that no driver gets, for somebody else to read. */
#ifndef SEKISHO_CLAIM_H
#define SEKISHO_CLAIM_H

/* Claims the open interface @name ("1-1:1.0") of USB, pinned by @interface, by its device's node
 * below @dev. The descriptor claims no other. 0 with it in @ret_fd; -EBUSY: a driver has it;
 * -ESTALE: it has left; another -errno. */
int claim_interface(int sysfs, int dev, int interface, const char *name, int *ret_fd);

#endif
