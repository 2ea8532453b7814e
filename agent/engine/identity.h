/* Which machine and which boot the journal's events belong to. */
#ifndef SEKISHO_IDENTITY_H
#define SEKISHO_IDENTITY_H

#define IDENTITY_SIZE 33 /* 128 bits as lower-case hexadecimal, and the zero */

/* SHA-256 of a constant of ours and the file @machine_id, for the id itself is not to be told
 * (machine-id(5)); HMAC's part of OpenSSL would cost 600 KiB more memory. -ENOENT, -EBADMSG. */
int identity_host(const char *machine_id, char text[static IDENTITY_SIZE]);

/* /proc/sys/kernel/random/boot_id without its dashes. */
int identity_boot(char text[static IDENTITY_SIZE]);

#endif
