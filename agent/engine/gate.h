/* The gate: uevents become facts, facts a judgement, a judgement verbs for the root half, and an
 * event when they are carried out. Nothing here waits; whoever runs the loop hands in uevents and
 * the root half's replies.
 *
 * A device is let in only below a bus whose interface default was set to 0 and read back, so that
 * no interface works before it was judged by itself. */
#ifndef SEKISHO_GATE_H
#define SEKISHO_GATE_H

#include "challenge.h"
#include "device.h"
#include "privlink.h"
#include "tamper.h"
#include "throttle.h"
#include "uevent.h"

#define GATE_DEVICES_MAX    1024
#define GATE_BUSES_MAX	    128
#define GATE_INTERFACES_MAX 64 /* of one device; the kernel makes 32 */
#define GATE_LEFT_MAX	    64 /* devices of which is known that they have left */

enum gate_bus_state {
	GATE_BUS_ASKED,
	GATE_BUS_CLOSED, /* what comes waits for us */
	GATE_BUS_FAILED,
};

struct gate_bus {
	char name[FACTS_NAME_MAX]; /* "usb1" */
	uint64_t inode;
	enum gate_bus_state state;
};

/* A device that has left, of which everything is told, and the kernel's word of that is to come. */
struct gate_left {
	char name[FACTS_NAME_MAX]; /* "": free */
	unsigned int number; /* 0: unknown */
};

/* An event is finished; the receiver copies it. */
typedef void gate_tell_fn(void *user, const struct event *event);

struct gate {
	int devices; /* /sys/bus/usb/devices, borrowed */
	struct privlink *link; /* borrowed */
	const struct rules *rules; /* borrowed; NULL: nothing is judged */
	gate_tell_fn *tell;
	void *user;
	struct tamper *tamper; /* borrowed; NULL: what somebody changed is put right untold */
	struct challenges *challenges; /* borrowed; NULL: nobody is asked for a code */
	const char *run; /* the folder of units_note(); NULL: nothing is noted */
	struct device **list; /* who came first is first */
	size_t n_list;
	struct gate_bus buses[GATE_BUSES_MAX];
	size_t n_buses;
	struct gate_left left[GATE_LEFT_MAX]; /* a ring */
	size_t next_left;
	bool look; /* at one device at least */
	int64_t now; /* monotonic, ms: set by whoever calls, for .throttle */
	struct throttle throttle;
	bool default_denied; /* the kernel's parameter is 0, read back */
	bool starting; /* devices found now were there before us */
	bool rescan; /* something was missed: gate_scan is due */
};

void gate_release(struct gate *gate);

/* The device that has this name ("1-1"), the gate's; NULL: it is not known. */
struct device *gate_find(const struct gate *gate, const char *name);

/* What had this name is gone. */
void gate_forget(struct gate *gate, const char *name);

/* Forgets what it knew and looks at everything that is there. -errno if sysfs can't be read. */
int gate_scan(struct gate *gate);

/* Looks at what has the name ("usb1", "1-1") now, and has done what is not as judged. */
void gate_look(struct gate *gate, const char *name);

/* A message of the kernel. What is known already is looked at by gate_catch_up(), once for all
 * messages that are there: how many there are is not ours to say. */
void gate_uevent(struct gate *gate, const struct uevent *uevent);
void gate_catch_up(struct gate *gate);

/* gate_left.c */

/* Notes that what had this name and number is known to have left. */
void gate_left_note(struct gate *gate, const char *name, unsigned int number);

/* Takes that back when the kernel says so, too: true if it was noted. */
bool gate_left_take(struct gate *gate, const struct uevent *uevent);

/* Tells of the device of @uevent, which came, if it was gone before it was looked at: nothing of it
 * worked. @device has its name now; NULL: none. */
void gate_left_look(struct gate *gate, const struct uevent *uevent, const struct device *device);

/* Whether they are one, as far as is known: 0 is unknown. */
static inline bool gate_is_number(unsigned int one, unsigned int other)
{
	return one == 0 || other == 0 || one == other;
}

/* Messages were lost: gate_scan is due, and until then nothing is opened, for a bus that was closed
 * may have left and another one have its name. */
void gate_overrun(struct gate *gate);

/* A reply of the root half (privlink_done_fn). */
void gate_done(void *gate, const struct privlink_entry *entry, int error);

/* The link to the root half is gone with all that was under way; gate_scan begins anew. */
void gate_unlinked(struct gate *gate);

/* New rules: every device is judged anew, but for those a foreign driver took. Who works comes
 * first where places are limited. */
void gate_judge_again(struct gate *gate, const struct rules *rules);

/* Carries out what came of challenges; to be called when one's descriptor is ready, and at
 * challenge_deadline(). */
void gate_challenges(struct gate *gate);

/* Closes what is asked for a code, which is told with @outcome. */
void gate_end_challenges(struct gate *gate, const char *outcome);

/* Tells what was held back while a port was told of too often; to be called at gate_deadline (of
 * .now's clock; INT64_MAX: never) at the latest. */
void gate_tick(struct gate *gate);

/* We end: how many events were held back is told now, for nobody else knows it. */
void gate_end(struct gate *gate);

int64_t gate_deadline(const struct gate *gate);

/* True if nothing that was begun is unfinished. */
bool gate_idle(const struct gate *gate);

/* True if the kernel lets nothing in by itself: the parameter and every bus were set and read back.
 * Also without USB. */
bool gate_closed(const struct gate *gate);

#endif
