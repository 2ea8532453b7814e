/* The verbs: all that root does for the engine. Each is a row {name, what it is named for, what is
 * written, in which state it is legal}, or closes one node (node.h). Nothing a device said is read
 * here: a request is a fixed-size struct of the engine, an attribute is one digit of the kernel's.
 */
#ifndef SEKISHO_VERB_H
#define SEKISHO_VERB_H

#include "privproto.h"

#include <stddef.h>

/* True if @request is well-formed: known verb, name of the kind the verb wants, padded with zeros.
 * Pure. */
int verb_check(const struct priv_request *request);

/* Does it below @sysfs and @dev, descriptors of /sys and /dev. Path walks stay on those file
 * systems. 0, PRIV_CHANGED, -EINVAL (verb_check), -ESTALE or -ENOENT: the device has left, -EIO:
 * what was written can't be read back, -EPERM: to open a device whose bus lets interfaces in, or
 * the kernel's error. Blocks while the kernel configures a device. @ret_fd gets the descriptor
 * that PRIV_INTERFACE_CLAIM makes, the caller's. */
int verb_run(int sysfs, int dev, const struct priv_request *request, int *ret_fd);

#endif
