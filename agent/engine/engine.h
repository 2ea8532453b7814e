/* All that sekishod holds, and the answers it gives about itself. */
#ifndef SEKISHO_ENGINE_H
#define SEKISHO_ENGINE_H

#include "attempts.h"
#include "checkpoint.h"
#include "clockwatch.h"
#include "control.h"
#include "devicewatch.h"
#include "disks.h"
#include "filewatch.h"
#include "gate.h"
#include "guard.h"
#include "inbox.h"
#include "intake.h"
#include "journal.h"
#include "lockwatch.h"
#include "outbox.h"
#include "people.h"
#include "retention.h"
#include "slots.h"
#include "sweep.h"
#include "tamper.h"

#include <stdbool.h>

struct engine_places {
	const char *journal, *rules, *sysfs, *priv, *ready, *seal, *machine_id;
};

struct engine {
	struct engine_places places;
	struct journal *journal;
	struct intake intakes[INTAKE_COUNT];
	struct control control;
	struct people people;
	struct outbox outbox;
	struct checkpoint checkpoint;
	struct retention retention;
	struct inbox inbox;
	char seal_error[CONFIG_ERROR_MAX]; /* why there is no seal, "" if none was given */
	struct rules rules;
	bool have_rules;
	char rules_error[CONFIG_ERROR_MAX]; /* of the last reading, "" if it went well */
	struct privlink link;
	struct challenges challenges;
	struct gate gate;
	struct tamper tamper;
	struct attempts attempts;
	struct sweep sweep;
	struct guard guard;
	struct filewatch files;
	struct lockwatch locks;
	struct devicewatch devices;
	struct disks disks;
	struct slots slots;
	int signals;
	struct clockwatch clock;
	int64_t started; /* wire_now() */
	int64_t connect_at, beat_at;
	int64_t beat; /* ms: the sweep, and then systemd's watchdog is fed */
	bool loss_told; /* that the link was lost, unless it answered since */
	bool notified; /* systemd heard READY=1 */
	bool ready; /* .places.ready exists: devices are judged */
	bool stop;
	int error; /* why it stops, if not asked to */
};

/* Opens the journal, the sockets that systemd handed over, and what the kernel tells us by. Returns
 * the program's exit status, after a message. */
int engine_open(struct engine *engine);
void engine_close(struct engine *engine);

/* Wrong rules leave the last good ones in force, and what they say is enforced. Without any nothing
 * is judged, and the static rules of udev let keyboards, mice and hubs in. */
void engine_read_rules(struct engine *engine);

/* Drops old segments, when it is time; tells what keeps it from doing so. */
void engine_retain(struct engine *engine, int64_t now);

/* The beat: begins it, whose length is half of systemd's WatchdogSec, 30 s at most; and makes one
 * if it is due. */
void engine_begin_beat(struct engine *engine, int64_t now);
void engine_beat(struct engine *engine, int64_t now);

/* "sekishod: WHAT: ERROR" on standard error, where @error is -errno; returns 1. */
int engine_fail(const char *what, int error);

/* control_answer_fn: "status" is one object, "devices" one for each device. "checkpoint", with ""
 * or "sleep", makes one for root and is one object; -ENOKEY without a seal. "receipt", with a
 * letter of the collector's, takes it from root and the forwarder and is nothing; inbox_take's
 * errors, and -EBUSY for a forwarder that brings too many. "revoked", with "brought" (root's) or
 * "fetched", does so with the list of what is revoked. The forwarder gets no other answer. */
json_t *engine_answer(void *user, const struct control_question *question, int *ret_error);

#endif
