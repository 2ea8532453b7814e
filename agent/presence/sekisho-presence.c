/* sekisho-presence: watches the very key with which each person is logged in, and has the session
 * locked, later ended, once it is pulled out or counts no more; and ends sessions that are good for
 * one day. Started when authd leaves a note of a log-in, ends when there is none left. A user of
 * its own: it may read logind's list and ask keys; sekisho-lock does what only root may. */
#include "lapse.h"
#include "lockask.h"
#include "tell.h"
#include "watches.h"

#include "agent/auth/roster.h"
#include "agent/auth/settings.h"
#include "cleanup.h"
#include "paths.h"
#include "places.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <time.h>

#define REFRESH_MS	 5000 /* logind's list, while somebody's key is out */
#define REFRESH_QUIET_MS 30000
#define RETRY_MS	 5000 /* after logind did not answer */
#define SETTINGS_MS	 1000 /* the configuration is read no more often */
#define WAITING_MS	 1000 /* while a log-in has no session yet */

struct presence {
	const char *config, *notes, *run, *devices, *sysfs, *token, *lock;
	int sysfs_fd, inotify;
	int64_t refresh_at, retry_at, settings_at;
	bool logind_lost; /* told */
	struct watch_policy policy;
	struct settings settings; /* as they were read last */
	bool have_settings;
	struct lapse lapse;
	int64_t judge_at; /* again whom nobody could judge; 0: there is none */
	bool by_device; /* a key that looks alike is taken for the one that was pulled out */
	struct logind logind;
	struct watches watches;
	struct teller teller;
};

static int64_t boottime(void)
{
	struct timespec now = {};

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Wrong settings refuse every log-in; those that were read last stay in force here, and before any
 * were read the strictest. */
static void read_settings(struct presence *presence, int64_t now)
{
	static const enum watch_action actions[] = {
		[SETTINGS_REMOVAL_NONE] = WATCH_ACTION_NONE,
		[SETTINGS_REMOVAL_LOCK] = WATCH_ACTION_LOCK,
		[SETTINGS_REMOVAL_END] = WATCH_ACTION_END,
	};
	static struct settings settings; /* 9 KiB */
	struct config_error error;

	if (now < presence->settings_at)
		return;
	presence->settings_at = now + SETTINGS_MS;
	if (settings_load(presence->config, 0, &settings, &error) < 0) {
		fprintf(stderr, "%s\n", error.text);
		return;
	}
	presence->policy = (struct watch_policy){
		.action = actions[settings.removal],
		.debounce_ms = (int64_t)settings.removal_debounce * 1000,
		.end_after_ms = (int64_t)settings.removal_end_after * 60000,
		.wait = settings.removal_wait != 0,
	};
	presence->by_device = settings.removal_device != 0;
	presence->settings = settings;
	presence->have_settings = true;
}

/* True: the list is as it is now. */
static bool look_at_sessions(struct presence *presence, int64_t now)
{
	int r;

	if (now < presence->retry_at)
		return false;
	r = logind_look(&presence->logind, now >= presence->refresh_at);
	if (r < 0) {
		if (!presence->logind_lost)
			fprintf(stderr, "logind does not answer: %s\n", strerror(-r));
		presence->logind_lost = true;
		presence->retry_at = now + RETRY_MS;
		return false;
	}
	presence->logind_lost = false;
	if (now >= presence->refresh_at)
		presence->refresh_at = now + REFRESH_MS;
	return true;
}

/* Takes the alike key's answer, or asks one. */
static enum watch_key look_for_key(struct presence *presence, struct watched *watched, int64_t now)
{
	struct probe *probe = &watched->probe;
	char node[HIDKEY_NODE_MAX];
	struct hidkey key;

	switch (probe_look(probe, now)) {
	case PROBE_ASKED:
		return WATCH_KEY_PROBED;
	case PROBE_SAME:
		key = probe->key;
		probe_end(probe);
		/* Pulled out again while it answered. */
		if (!hidkey_is_there(presence->sysfs_fd, key.instance))
			return WATCH_KEY_ABSENT;
		watched->key = key;
		return WATCH_KEY_BACK;
	case PROBE_OTHER:
		memcpy(watched->other, probe->key.instance, sizeof(watched->other));
		probe_end(probe);
		return WATCH_KEY_ABSENT;
	case PROBE_FAILED:
	case PROBE_NONE:
		break;
	}
	if (!watched->key.identity[0] ||
	    hidkey_find(presence->sysfs_fd, watched->key.identity, watched->other, node, &key) < 0)
		return WATCH_KEY_ABSENT;
	if (presence->by_device) {
		watched->key = key;
		return WATCH_KEY_BACK;
	}
	probe_begin(probe, presence->token, presence->devices, node, &key, &watched->note);
	return WATCH_KEY_PROBED;
}

static void carry_out(struct presence *presence, struct watched *watched,
		      const struct watch_order *order)
{
	enum lock_verb verb = order->act == WATCH_LOCK ? LOCK_SESSION : LOCK_END;
	int r = lockask(presence->lock, verb, watched->session);

	/* It ended by itself meanwhile. */
	if (r == -ENXIO) {
		presence->refresh_at = 0;
		r = 0;
	}
	if (!watch_done(&watched->watch, order->act, r, wire_now()))
		return;
	tell(&presence->teller, r < 0 ? EVENT_SESSION_EXPOSED : EVENT_SESSION_ENDED, &watched->note,
	     watched->session,
	     r == 0			? order->reason
	     : order->act == WATCH_LOCK ? "lock-failed"
					: "end-failed",
	     r < 0 ? strerror(-r) : NULL);
}

/* Milliseconds; -1: it may go on, or is over already. */
static int64_t until_end(const struct watched *watched)
{
	int64_t left = watched->note.ends_at_ms - boottime();

	return watched->note.ends_at_ms != 0 && left > 0 ? left : -1;
}

/* A key that opens no door any more is as good as pulled out, and does not come back. */
static void look_for_lapse(struct presence *presence, struct watched *watched)
{
	if (presence->policy.action == WATCH_ACTION_NONE) {
		watched->lapsed = NULL;
		watched->judged = false;
	}
	if (presence->policy.action == WATCH_ACTION_NONE || watched->judged ||
	    !watched->note.credential[0] || !presence->have_settings)
		return;
	if (!lapse_of(&presence->lapse, &presence->settings, &watched->note, &watched->lapsed))
		presence->judge_at = wire_now() + REFRESH_QUIET_MS;
	watched->judged = true;
}

static void step(struct presence *presence, struct watched *watched)
{
	const struct session *session = logind_find(&presence->logind, watched->session);
	struct watch_order order;
	/* Of a session that logind does not tell of now, nobody can say that it has no lock. */
	struct watch_facts facts = {
		.now = wire_now(),
		.boottime = boottime(),
		.key = WATCH_KEY_THERE,
		.over = loginnote_is_over(&watched->note, boottime(), roster_today()),
		.lockable = !session || (session->graphical && !session->remote),
		.locked = session && session->locked,
	};

	look_for_lapse(presence, watched);
	if (watched->lapsed) {
		facts.key = WATCH_KEY_ABSENT;
	} else if (watched->note.credential[0] &&
		   !hidkey_is_there(presence->sysfs_fd, watched->key.instance)) {
		facts.key = WATCH_KEY_ABSENT;
		read_settings(presence, facts.now);
		if (watched->watch.state == WATCH_PRESENT ||
		    watch_wants_probe(&watched->watch, &facts, &presence->policy))
			facts.key = look_for_key(presence, watched, facts.now);
	}
	watch_step(&watched->watch, &facts, &presence->policy, &order);
	if (watched->lapsed && order.reason && strcmp(order.reason, "removed") == 0)
		order.reason = "lapsed";
	if (watched->watch.state == WATCH_REMOVED &&
	    !watch_wants_probe(&watched->watch, &facts, &presence->policy))
		probe_end(&watched->probe);
	/* First what is to be done: nobody waits for the journal. */
	if (order.act != WATCH_REST)
		carry_out(presence, watched, &order);
	if (order.tell & WATCH_TELL_REMOVED)
		tell(&presence->teller, watched->lapsed ? EVENT_KEY_LAPSED : EVENT_KEY_REMOVED,
		     &watched->note, watched->session, watched->lapsed, NULL);
	if (order.tell & WATCH_TELL_LOCKED)
		tell(&presence->teller, EVENT_SESSION_LOCKED, &watched->note, watched->session,
		     order.reason, NULL);
	if (order.tell & WATCH_TELL_EXPOSED)
		tell(&presence->teller, EVENT_SESSION_EXPOSED, &watched->note, watched->session,
		     order.reason, NULL);
}

static int64_t patience(const struct presence *presence)
{
	int64_t least = presence->watches.waiting > 0 ? WAITING_MS : REFRESH_QUIET_MS;

	for (size_t i = 0; i < WATCHES_MAX; i++) {
		const struct watched *watched = &presence->watches.list[i];

		if (!watched->session[0])
			continue;
		if (watch_patience(&watched->watch) < least)
			least = watch_patience(&watched->watch);
		if (until_end(watched) >= 0 && until_end(watched) < least)
			least = until_end(watched);
	}
	if (presence->teller.waiting > 0 && TELL_FLUSH_MS < least)
		least = TELL_FLUSH_MS;
	if (presence->logind_lost && RETRY_MS < least)
		least = RETRY_MS;
	return least;
}

static void wait_for_more(const struct presence *presence)
{
	char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	struct pollfd fds[2 + WATCHES_MAX] = {
		{.fd = presence->inotify, .events = POLLIN},
		{.fd = logind_fd(&presence->logind), .events = logind_events(&presence->logind)},
	};
	size_t count = 2;

	for (size_t i = 0; i < WATCHES_MAX; i++)
		if (presence->watches.list[i].probe.state == PROBE_ASKED)
			fds[count++] = (struct pollfd){presence->watches.list[i].probe.child.fd,
						       POLLIN, 0};
	poll(fds, count, (int)patience(presence));
	/* That something changed is all it tells: everything is looked at anyway. */
	while (read(presence->inotify, buffer, sizeof(buffer)) > 0)
		continue;
}

static void look_at_rights(struct presence *presence)
{
	const int64_t now = wire_now();
	const bool again = presence->judge_at != 0 && now >= presence->judge_at;

	read_settings(presence, now);
	if (!lapse_turned(&presence->lapse, roster_today()) && !again)
		return;
	presence->judge_at = 0;
	for (size_t i = 0; i < WATCHES_MAX; i++)
		presence->watches.list[i].judged = false;
}

static void turn(struct presence *presence)
{
	bool fresh = look_at_sessions(presence, wire_now());
	int r;

	watches_settle(&presence->watches, &presence->logind, fresh, wire_now());
	look_at_rights(presence);
	for (size_t i = 0; i < WATCHES_MAX; i++)
		if (presence->watches.list[i].session[0])
			step(presence, &presence->watches.list[i]);
	r = watches_save(&presence->watches);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", presence->run, strerror(-r));
	tell_flush(&presence->teller, wire_now());
}

static int fail(const char *what, int r)
{
	fprintf(stderr, "sekisho-presence: %s: %s\n", what, strerror(-r));
	return 1;
}

static int open_all(struct presence *presence)
{
	int held;

	presence->sysfs_fd = open(presence->sysfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (presence->sysfs_fd < 0)
		return fail(presence->sysfs, -errno);
	presence->watches.notes = open(presence->notes, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (presence->watches.notes < 0)
		return fail(presence->notes, -errno);
	presence->watches.run = open(presence->run, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (presence->watches.run < 0)
		return fail(presence->run, -errno);
	presence->teller.run = presence->watches.run;
	/* Held to the end. Two would judge twice; and `sekisho check login` sees by it that one is
	 * there. The directory's own lock is the spool's. */
	held = openat(presence->watches.run, "running", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		      0600);
	if (held < 0 || flock(held, LOCK_EX | LOCK_NB) < 0)
		return fail(presence->run, -errno);
	presence->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	/* Nodes that come and go, and udev's change of group; log-ins. */
	if (presence->inotify < 0 ||
	    inotify_add_watch(presence->inotify, presence->devices,
			      IN_CREATE | IN_ATTRIB | IN_DELETE | IN_ONLYDIR) < 0 ||
	    inotify_add_watch(presence->inotify, presence->notes,
			      IN_MOVED_TO | IN_DELETE | IN_ONLYDIR) < 0)
		return fail("inotify", -errno);
	lapse_listen(&presence->lapse, presence->inotify);
	return 0;
}

int main(int argc, char *argv[])
{
	static struct presence presence = {
		.config = SEKISHO_CONFIG,
		.notes = SEKISHO_PRESENCE,
		.run = SEKISHO_PRESENCE_RUN,
		.devices = "/dev",
		.sysfs = "/sys",
		.token = SEKISHO_LIBEXEC "/sekisho-token",
		.lock = SEKISHO_LOCK_SOCKET,
		.lapse = {{SEKISHO_ROSTER, SEKISHO_REVOCATIONS "/list", SEKISHO_OPERATORS}, {}, 0},
		.teller = {.socket = SEKISHO_RECORD_SOCKET, .waiting = 1},
		.policy = {WATCH_ACTION_LOCK, 3000, 600000, false},
	};
	const struct place_option options[] = {
		{"config", &presence.config, NULL},
		{"notes", &presence.notes, NULL},
		{"run", &presence.run, NULL},
		{"devices", &presence.devices, NULL},
		{"sysfs", &presence.sysfs, NULL},
		{"token", &presence.token, NULL},
		{"lock", &presence.lock, NULL},
		{"roster", &presence.lapse.files[LAPSE_ROSTER], NULL},
		{"revoked", &presence.lapse.files[LAPSE_REVOKED], NULL},
		{"operators", &presence.lapse.files[LAPSE_OPERATORS], NULL},
		{"record", &presence.teller.socket, NULL},
		{},
	};
	int r;

	if (places_parse("sekisho-presence", options, argc, argv) < 0)
		return 2;
	/* Processes that write to the spool are left to themselves. */
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return 1;
	r = open_all(&presence);
	if (r != 0)
		return r;
	read_settings(&presence, wire_now());
	watches_load(&presence.watches);
	for (;;) {
		turn(&presence);
		if (watches_are_none(&presence.watches) && presence.teller.waiting == 0)
			break;
		wait_for_more(&presence);
	}
	watches_release(&presence.watches);
	logind_close(&presence.logind);
	return 0;
}
