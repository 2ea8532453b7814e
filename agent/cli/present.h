/* The USB devices that are plugged in, in the order in which the agent would look at them, and what
 * rules would make of them. */
#ifndef SEKISHO_PRESENT_H
#define SEKISHO_PRESENT_H

#include "agent/engine/device.h"

#define PRESENT_MAX 1024

struct present {
	int devices; /* /sys/bus/usb/devices; -1: there is no USB */
	struct device **list;
	size_t count, open; /* those let in come first */
};

/* Below @root, a descriptor of "/". -errno; whatever came of it, present_release is the caller's.
 */
int present_read(int root, struct present *ret_present);
void present_release(struct present *present);

struct device *present_find(const struct present *present, const char *name);

/* Judges all of them as the agent does at a start. The rules have to outlive the judgements. */
void present_judge(struct present *present, const struct rules *rules);

/* True if it, or a hub on the way to it, is blocked. */
bool present_is_gone(const struct present *present, const struct device *device);

/* True if the interface @name ("1-2:1.0") of one of them would work. One that can't be seen would
 * not. */
bool present_works(const struct present *present, const struct rules *rules, const char *name);

#endif
