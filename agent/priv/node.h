/* Device nodes of what was refused, and radios. */
#ifndef SEKISHO_NODE_H
#define SEKISHO_NODE_H

/* Opens the node of a USB device, not through a link: below @dev ("/dev"), by the numbers that the
 * kernel has in @device, the device's directory in sysfs. The descriptor or -errno. */
int node_open(int dev, int device, int flags);

/* Makes the node of a USB device root's alone, mode 0600. 0: it was; PRIV_CHANGED: it is now;
 * -ENOENT: it has left; or -errno. */
int node_close(int dev, int device);

/* Turns a radio off, "rfkill0", whose directory in sysfs is @radio, by @dev's rfkill. 0 if that can
 * be read back. */
int node_radio_off(int dev, int radio, const char *name);

#endif
