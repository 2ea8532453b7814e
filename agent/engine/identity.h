/* Which machine and which boot the journal's events belong to. */
#ifndef SEKISHO_IDENTITY_H
#define SEKISHO_IDENTITY_H

#define IDENTITY_SIZE 33 /* 128 bits as lower-case hexadecimal, and the zero */

/* Derived from /etc/machine-id by HMAC-SHA-256, for the id itself is not to be told
 * (machine-id(5)). -ENOENT, -EBADMSG. */
int identity_host(char text[static IDENTITY_SIZE]);

/* /proc/sys/kernel/random/boot_id without its dashes. */
int identity_boot(char text[static IDENTITY_SIZE]);

#endif
