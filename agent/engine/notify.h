/* What systemd hears of us and hands to us: sd_notify(3) and sd_listen_fds(3), whose protocols are
 * stable and short; libsystemd would cost the engine more memory than all its devices. */
#ifndef SEKISHO_NOTIFY_H
#define SEKISHO_NOTIFY_H

#include <stdint.h>

/* Sends "READY=1\nSTATUS=..." or the like. 0 where nobody wants to hear. */
int notify_send(const char *text);

/* How often WATCHDOG=1 is due, milliseconds: half of what systemd waits; 0 if it does not. */
int64_t notify_watchdog(void);

/* The descriptor of the socket unit with FileDescriptorName=@name; -ENOENT. */
int notify_listener(const char *name);

#endif
