/* sekishod: uevent -> facts -> judgement -> verb -> event -> journal. One thread, one loop; what it
 * waits for are descriptors, never the root half or a reader. */
#include "cleanup.h"
#include "engine.h"
#include "notify.h"
#include "otherbus.h"
#include "paths.h"
#include "pcifunction.h"
#include "places.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define AUDITING       "READY=1\nSTATUS=AUDIT MODE: the device rules are not enforced"
#define RECONNECT_MS   1000
#define READY_GRACE_MS 5000 /* after which the boot goes on without us */
#define LAST_FLUSHES   4
#define LARGE_BYTES    (32 * 1024) /* buffers from here on are the kernel's again when freed */

/* What is waited for, and behind these connections and challenges. */
enum {
	POLL_SIGNALS,
	POLL_DEVICES,
	POLL_RECORD,
	POLL_RESTRICTED,
	POLL_LINK,
	POLL_CLOCK,
	POLL_ATTEMPTS,
	POLLS_OF_OURS,
	POLLS_MAX = POLLS_OF_OURS + 2 * (1 + CONTROL_CONNECTIONS_MAX) + CHALLENGES_MAX,
};

static void tell(void *user, const struct event *event)
{
	struct engine *engine = user;

	people_describe(&engine->people, event);
	outbox_put(&engine->outbox, event);
}

static void tell_simple(struct engine *engine, enum event_kind kind, const char *key,
			const char *value)
{
	_cleanup_event_ struct event event = {};

	if (event_begin(&event, kind) < 0)
		return;
	if (kind == EVENT_ENGINE_START)
		event_set(&event, "version", SEKISHO_VERSION);
	if (key)
		event_set(&event, key, value);
	tell(engine, &event);
}

/* What it can't go on without. */
static void check(struct engine *engine, int r)
{
	if (r >= 0)
		return;
	engine->error = r;
	engine->stop = true;
}

/* The file by which udev's static rules know that devices are judged. */
static void set_ready(struct engine *engine, bool ready)
{
	_cleanup_close_ int fd = -1;

	if (engine->ready == ready)
		return;
	if (!ready) {
		unlink(engine->places.ready);
	} else {
		fd = open(engine->places.ready, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (fd < 0)
			return;
	}
	engine->ready = ready;
}

/* A root half that ends again and again is told once. */
static void lose_link(struct engine *engine, int error)
{
	if (engine->link.answered || !engine->loss_told) {
		fprintf(stderr, "sekishod: the root half: %s\n", strerror(-error));
		tell_simple(engine, EVENT_ENGINE_FAULT, "fault",
			    error == -ETIMEDOUT ? "root-half-stuck" : "root-half-gone");
	}
	engine->loss_told = true;
	privlink_close(&engine->link);
	gate_unlinked(&engine->gate);
	disks_unlinked(&engine->disks);
	engine->slots.rescan = true;
	engine->connect_at = wire_now() + RECONNECT_MS;
}

static void connect_link(struct engine *engine, int64_t now)
{
	if (engine->link.fd >= 0 || now < engine->connect_at)
		return;
	if (privlink_open(&engine->link, engine->places.priv) < 0)
		engine->connect_at = now + RECONNECT_MS;
	else
		engine->gate.rescan = engine->disks.rescan = engine->slots.rescan = true;
}

static void read_signal(struct engine *engine)
{
	struct signalfd_siginfo info;

	if (read(engine->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo != SIGHUP) {
		engine->stop = true;
		return;
	}
	engine_read_rules(engine);
	disks_load(&engine->disks);
	notify_send(engine->rules_error[0] ? "READY=1\nSTATUS=the rules are wrong"
		    : engine->rules.audit  ? AUDITING
					   : "READY=1\nSTATUS=judging devices");
}

static void read_clock(struct engine *engine)
{
	_cleanup_event_ struct event event = {};
	struct clockwatch_step step;

	if (!clockwatch_dispatch(&engine->clock, &step) ||
	    event_begin(&event, EVENT_CLOCK_CHANGED) < 0)
		return;
	clockwatch_describe(&step, &event);
	tell(engine, &event);
}

static void tell_unheard(struct engine *engine, struct intake *intake, int64_t now)
{
	_cleanup_event_ struct event event = {};
	struct record_counters counters, new;

	record_counters(intake->server, &counters);
	if (!unheard_take(&intake->unheard, &counters, now, &new) ||
	    event_begin(&event, EVENT_ENGINE_DROPPED) < 0)
		return;
	unheard_describe(&intake->unheard, &new, &event);
	tell(engine, &event);
}

static void take_events(struct engine *engine, int64_t now)
{
	for (size_t i = 0; i < INTAKE_COUNT; i++) {
		check(engine, record_dispatch(engine->intakes[i].server, now));
		tell_unheard(engine, &engine->intakes[i], now);
	}
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t next_deadline(const struct engine *engine)
{
	int64_t next =
		earlier(control_deadline(&engine->control), people_deadline(&engine->people));

	for (size_t i = 0; i < INTAKE_COUNT; i++)
		next = earlier(next, intake_deadline(&engine->intakes[i]));
	next = earlier(next, privlink_deadline(&engine->link));
	next = earlier(next, outbox_deadline(&engine->outbox));
	next = earlier(next, checkpoint_deadline(&engine->checkpoint));
	next = earlier(next, engine->retention.due_at);
	next = earlier(next, gate_deadline(&engine->gate));
	next = earlier(next, challenge_deadline(&engine->challenges));
	if (engine->link.fd < 0)
		next = earlier(next, engine->connect_at);
	next = earlier(next, engine->beat_at);
	next = earlier(next, attempts_deadline(&engine->attempts, wire_now()));
	if (!engine->notified)
		next = earlier(next, engine->started + READY_GRACE_MS);
	return next;
}

/* A reply of the root half: to the gate, or about a disk or a card. */
static void take_reply(void *user, const struct privlink_entry *entry, int error)
{
	struct engine *engine = user;

	if (entry->request.verb == PRIV_DISK_CLOSE)
		disks_done(&engine->disks, &entry->request, error);
	else if (entry->request.verb == PRIV_SLOT_CLOSE)
		slots_done(&engine->slots, &entry->request, error);
	else
		gate_done(&engine->gate, entry, error);
}

/* Tells systemd and udev how far we are. */
static void report(struct engine *engine, int64_t now)
{
	if (!engine->have_rules || engine->link.fd < 0)
		set_ready(engine, false);
	else if (gate_idle(&engine->gate))
		set_ready(engine, gate_closed(&engine->gate));
	if (engine->ready && disks_idle(&engine->disks))
		engine->gate.starting = false;
	/* Nobody logs in before the disks that don't belong here are gone. */
	if (!engine->notified && ((engine->ready && disks_idle(&engine->disks)) ||
				  !engine->have_rules || now - engine->started >= READY_GRACE_MS)) {
		engine->notified = true;
		notify_send(engine->rules.audit	 ? AUDITING
			    : engine->ready	 ? "READY=1\nSTATUS=judging devices"
			    : engine->have_rules ? "READY=1\nSTATUS=waiting for the root half"
						 : "READY=1\nSTATUS=the rules are wrong");
	}
}

static void turn(struct engine *engine)
{
	const struct intake *intakes = engine->intakes;
	struct pollfd polls[POLLS_MAX] = {
		[POLL_SIGNALS] = {.fd = engine->signals, .events = POLLIN},
		[POLL_DEVICES] = {.fd = engine->devices.fd, .events = POLLIN},
		[POLL_RECORD] = {.fd = record_fd(intakes[INTAKE_RECORD].server), .events = POLLIN},
		[POLL_RESTRICTED] = {.fd = record_fd(intakes[INTAKE_RESTRICTED].server),
				     .events = POLLIN},
		[POLL_LINK] = {.fd = engine->link.fd, .events = privlink_events(&engine->link)},
		[POLL_CLOCK] = {.fd = engine->clock.fd, .events = POLLIN},
		[POLL_ATTEMPTS] = {.fd = attempts_fd(&engine->attempts, wire_now()),
				   .events = POLLIN},
	};
	size_t count = POLLS_OF_OURS + control_poll(&engine->control, polls + POLLS_OF_OURS);
	int64_t deadline = next_deadline(engine), now = wire_now();
	int timeout = -1, r;

	count += people_poll(&engine->people, polls + count);
	count += challenge_poll(&engine->challenges, polls + count);
	if (deadline != WIRE_NO_DEADLINE)
		timeout = deadline <= now ? 0 : (int)earlier(deadline - now, 60000);
	if (poll(polls, count, timeout) < 0 && errno != EINTR) {
		check(engine, -errno);
		return;
	}
	engine->gate.now = now = wire_now();
	if (polls[POLL_SIGNALS].revents)
		read_signal(engine);
	if (polls[POLL_DEVICES].revents)
		check(engine, devicewatch_read(&engine->devices));
	if (polls[POLL_CLOCK].revents)
		read_clock(engine);
	connect_link(engine, now);
	check(engine, devicewatch_scan(&engine->devices));
	if (engine->link.fd >= 0) {
		r = privlink_dispatch(&engine->link, now, take_reply, engine);
		if (r < 0)
			lose_link(engine, r);
	}
	gate_challenges(&engine->gate);
	gate_tick(&engine->gate);
	take_events(engine, now);
	if (polls[POLL_ATTEMPTS].revents)
		attempts_dispatch(&engine->attempts, now);
	control_dispatch(&engine->control, now);
	outbox_flush(&engine->outbox, now);
	people_dispatch(&engine->people, engine->journal, now);
	checkpoint_tick(&engine->checkpoint, now);
	engine_retain(engine, now);
	report(engine, now);
	engine_beat(engine, now);
}

static int run(struct engine *engine)
{
	int64_t now = wire_now();

	/* One that was killed may have left it. */
	unlink(engine->places.ready);
	engine->started = engine->connect_at = now;
	engine_begin_beat(engine, now);
	engine->retention.due_at = now + RETENTION_START_MS;
	tell_simple(engine, EVENT_ENGINE_START, NULL, NULL);
	engine_read_rules(engine);
	disks_load(&engine->disks);
	attempts_ask(&engine->attempts);
	while (!engine->stop)
		turn(engine);
	notify_send("STOPPING=1");
	tamper_tick(&engine->tamper, wire_now(), true);
	attempts_tick(&engine->attempts, wire_now(), true);
	devicewatch_tick(&engine->devices, wire_now(), true);
	gate_end(&engine->gate);
	set_ready(engine, false);
	tell_simple(engine, EVENT_ENGINE_STOP, "error",
		    engine->error < 0 ? strerror(-engine->error) : NULL);
	engine->outbox.retry_at = 0;
	/* Again for what had no room in the first group, and for how many were lost. */
	for (int i = 0; i < LAST_FLUSHES && engine->outbox.count > 0; i++)
		outbox_flush(&engine->outbox, wire_now());
	if (engine->outbox.count > 0)
		fprintf(stderr, "sekishod: %zu events could not be written\n",
			engine->outbox.count);
	checkpoint_stop(&engine->checkpoint, wire_now());
	return engine->error < 0 ? engine_fail("stopped", engine->error) : 0;
}

int main(int argc, char **argv)
{
	static struct engine engine = {
		.places = {SEKISHO_JOURNAL, SEKISHO_DEVICE_RULES, "/sys", SEKISHO_PRIV_SOCKET,
			   SEKISHO_READY, SEKISHO_SEAL, "/etc/machine-id"},
		.link = {.fd = -1, .passed = -1},
		.challenges = {.socket = SEKISHO_CHALLENGE_SOCKET},
		.gate = {.devices = -1,
			 .link = &engine.link,
			 .tell = tell,
			 .user = &engine,
			 .tamper = &engine.tamper,
			 .challenges = &engine.challenges,
			 .run = "/run/sekishod",
			 .starting = true},
		.tamper = {.tell = tell, .user = &engine},
		.files = {.tell = tell, .user = &engine},
		.disks = {.path = SEKISHO_DISKS,
			  .mountinfo = "/proc/self/mountinfo",
			  .gate = &engine.gate},
		.slots = {.known = "/" PCIFUNCTION_KNOWN, .root = AT_FDCWD, .gate = &engine.gate},
		.attempts = {.socket = SEKISHO_ATTEMPTS_SOCKET,
			     .loaded = ATTEMPT_LOADED,
			     .calls = ATTEMPT_CALLS,
			     .run = SEAT_RUN,
			     .tell = tell,
			     .user = &engine,
			     .tamper = &engine.tamper,
			     .asking = -1,
			     .pins = -1,
			     .ring = {.fd = -1}},
		.checkpoint = {.sealer = {.fd = -1}},
		.retention = {.configuration = SEKISHO_JOURNAL_CONF,
			      .seal_public = SEKISHO_SEAL_PUBLIC,
			      .receipt = SEKISHO_RECEIPT,
			      .fetched = SEKISHO_FETCHED,
			      .standing = SEKISHO_FORWARD_RUN "/standing"},
		.inbox = {.configuration = SEKISHO_COLLECTOR_CONF,
			  .revoked = SEKISHO_REVOCATIONS "/list",
			  .fetched_list = SEKISHO_FORWARD_RUN "/revoked",
			  .brought_list = SEKISHO_REVOCATIONS "/brought"},
		.people = {.run = SEAT_RUN,
			   .bell = SEKISHO_REFUSED,
			   .challenges = &engine.challenges},
		.devices = {.fd = -1,
			    .told = OTHERBUS_TOLD,
			    .gate = &engine.gate,
			    .disks = &engine.disks,
			    .slots = &engine.slots},
		.signals = -1,
		.clock = {.fd = -1},
	};
	static const struct place_option options[] = {
		{"journal", &engine.places.journal, NULL},
		{"rules", &engine.places.rules, NULL},
		{"sysfs", &engine.places.sysfs, NULL},
		{"priv", &engine.places.priv, NULL},
		{"ready", &engine.places.ready, NULL},
		{"seal", &engine.places.seal, NULL},
		{"machine-id", &engine.places.machine_id, NULL},
		{"retention", &engine.retention.configuration, NULL},
		{"receipt", &engine.retention.receipt, NULL},
		{"collector", &engine.inbox.configuration, NULL},
		{"fetched", &engine.retention.fetched, NULL},
		{"revoked", &engine.inbox.revoked, NULL},
		{"fetched-list", &engine.inbox.fetched_list, NULL},
		{"brought-list", &engine.inbox.brought_list, NULL},
		{"logind", &engine.people.run, NULL},
		{"bell", &engine.people.bell, NULL},
		{"disks", &engine.disks.path, NULL},
		{"challenge", &engine.challenges.socket, NULL},
		{},
	};
	int r;

	/* Untouched slots cost nothing, and what was read at the start leaves no holes. */
	mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
	if (places_parse("sekishod", options, argc, argv) < 0)
		return 2;
	engine.inbox.kept = engine.retention.fetched;
	engine.devices.sysfs = engine.disks.sysfs = engine.slots.sysfs = engine.places.sysfs;
	engine.attempts.sysfs = engine.places.sysfs;
	engine.attempts.page = (size_t)sysconf(_SC_PAGESIZE);
	r = engine_open(&engine);
	if (r == 0)
		r = run(&engine);
	engine_close(&engine);
	return r;
}
