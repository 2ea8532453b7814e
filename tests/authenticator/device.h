/* The device as a whole: transport, framing and authenticator put together, with the waiting for a
 * touch between them. Times are milliseconds of a monotonic clock. */
#ifndef SOFTKEY_DEVICE_H
#define SOFTKEY_DEVICE_H

#include "authenticator.h"
#include "ctaphid.h"
#include "settings.h"
#include "transport.h"

#define KEEPALIVE_MS 100 /* between keepalives (CTAP 2.1, 11.2.9.2.1) */

struct device {
	const struct settings *settings;
	struct transport transport;
	struct ctaphid hid;
	struct authenticator authenticator;
	enum touch_mode touch;
	uint32_t touch_ms;
	bool waiting; /* for a touch, to go on with the message under way */
	uint64_t waiting_since_ms;
	uint64_t keepalive_ms; /* when the next one is due */
	struct call call;
	unsigned long touches;
	unsigned long winks;
	bool signed_before; /* since it began to misbehave the last command was one to
			       sign */
	unsigned long commands; /* of CTAP2, since the start */
};

int device_open(struct device *device, const struct settings *settings, uint64_t now_ms);
void device_close(struct device *device);

/* Takes one thing from the transport's descriptor. -errno if the transport is broken. */
int device_receive(struct device *device, uint64_t now_ms);

/* Does what is due; call it after every wait. */
void device_tick(struct device *device, uint64_t now_ms);

/* Milliseconds until something is due, -1 for never. */
int device_timeout(const struct device *device, uint64_t now_ms);

/* -ENOENT if no touch is waited for. */
int device_touch(struct device *device, uint64_t now_ms);

/* Pulled: what is under way is gone. Plugged: a power cycle. */
void device_unplug(struct device *device);
int device_plug(struct device *device, uint64_t now_ms);

/* Drops what is under way, unanswered. */
void device_drop(struct device *device);

#endif
