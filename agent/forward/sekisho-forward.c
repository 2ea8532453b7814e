/* sekisho-forward: brings the journal's events to a collector and keeps in mind how far they were
 * acknowledged. The journal is its only source, the network its only other side; it listens to
 * nothing. */
#include "absence.h"
#include "clocks.h"
#include "collectors.h"
#include "delivery.h"
#include "jitter.h"
#include "letters.h"
#include "probe.h"
#include "progress.h"

#include "cleanup.h"
#include "cryptolib.h"
#include "paths.h"
#include "places.h"
#include "wire.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define DRAIN_MS   2000 /* for answers, when we are told to stop */
#define OWN_FDS	   2 /* that we wait for besides the connection's */
#define UNREAD_MAX 5 /* connections in a row, until what can't be read is passed over */

struct forward {
	struct collectors collectors;
	struct delivery delivery;
	bool connected; /* .delivery is begun */
	size_t server; /* that is tried, or was last */
	int64_t retry_at;
	int64_t not_before[COLLECTORS_MAX]; /* as each of them asked for */
	struct progress progress;
	struct absence absence;
	struct letters letters;
	struct clocks clocks;
	uint64_t seen; /* sequence: acknowledged up to here when the absence was last looked at */
	enum trouble trouble; /* of the connection that failed last */
	unsigned int unread; /* connections in a row that could not read the journal */
	int signals;
	int64_t stop_at; /* 0: we go on */
};

struct places {
	const char *journal, *state, *run, *configuration, *record, *control;
	bool probe; /* only look at the collectors, for `sekisho doctor` */
};

static void tell(struct forward *forward, enum standing_state state, const char *error)
{
	const struct collector *server = &forward->collectors.servers[forward->server];

	standing_set(&forward->progress.standing, state, server->host, server->port, error);
}

/* The same, at once. */
static void say(struct forward *forward, enum standing_state state, const char *error)
{
	tell(forward, state, error);
	standing_write(&forward->progress.standing, INT64_MAX);
}

static void disconnect(struct forward *forward)
{
	delivery_end(&forward->delivery);
	forward->connected = false;
	progress_store(&forward->progress, &forward->delivery.acknowledged);
}

static int64_t earlier(int64_t one, int64_t other)
{
	return one < other ? one : other;
}

/* All of them again in a while, once the first may be asked. */
static void rest(struct forward *forward, int64_t now)
{
	int64_t from = INT64_MAX;

	for (size_t i = 0; i < forward->collectors.count; i++)
		from = earlier(from, forward->not_before[i]);
	forward->server = 0;
	forward->retry_at = (from > now ? from : now) + jitter(forward->collectors.retry);
}

/* The next collector at once, or, after the last one, the first in a while. */
static void give_up(struct forward *forward, int64_t now)
{
	const struct collector *server = &forward->collectors.servers[forward->server];

	fprintf(stderr, "%s:%s: %s\n", server->host, server->port, forward->delivery.error);
	tell(forward, STANDING_AWAY, forward->delivery.error);
	forward->trouble = forward->delivery.trouble;
	if (forward->delivery.unread && ++forward->unread >= UNREAD_MAX)
		forward->delivery.source.tolerant = true;
	disconnect(forward);
	forward->not_before[forward->server] = now + forward->delivery.wait_ms;
	/* One that took something is the one to go on with. */
	forward->retry_at = now;
	if (forward->delivery.taken > 0 || ++forward->server == forward->collectors.count)
		rest(forward, now);
}

static void begin(struct forward *forward, int64_t now)
{
	/* Who asked for time is passed over, not waited for while there are others. */
	while (forward->not_before[forward->server] > now) {
		if (++forward->server < forward->collectors.count)
			continue;
		rest(forward, now);
		return;
	}
	forward->connected = true;
	tell(forward, STANDING_CONNECTING, "");
	if (delivery_begin(&forward->delivery, &forward->collectors.servers[forward->server], now) <
	    0)
		give_up(forward, now);
}

static void work(struct forward *forward, int64_t now)
{
	struct delivery *delivery = &forward->delivery;
	int r = delivery_work(delivery, now);

	/* Before the first answer to an event of that journal. */
	if (delivery->source.header.host[0])
		keeping_connect(&forward->letters.keeping, &forward->collectors,
				&forward->collectors.servers[forward->server],
				&delivery->source.header, &delivery->acknowledged);
	if (delivery->open)
		tell(forward, STANDING_OPEN, "");
	progress_store_soon(&forward->progress, &delivery->acknowledged, now);
	if (delivery->taken > 0) {
		forward->unread = 0;
		forward->trouble = TROUBLE_NONE;
		delivery->source.tolerant = false;
	}
	if (delivery->ended)
		disconnect(forward);
	if (r == 0 || delivery->ended)
		return;
	if (delivery->refused > 0 && delivery->others_taken)
		progress_refused(&forward->progress, &delivery->acknowledged,
				 &delivery->refused_mark, delivery->error);
	give_up(forward, now);
}

/* Tells the journal, once, when no collector took anything for long, and when one does again. */
static void mind_absence(struct forward *forward, int64_t now)
{
	const struct delivery *delivery = &forward->delivery;
	const struct collector *server = &forward->collectors.servers[forward->server];
	const uint64_t acknowledged = delivery->acknowledged.head.sequence;
	struct absence_facts facts = {
		.host = server->host,
		.port = server->port,
		.trouble = forward->trouble,
		.error = forward->progress.standing.error,
	};
	uint64_t newest;

	absence_see(&forward->absence,
		    forward->connected &&
			    (acknowledged != forward->seen || delivery_is_idle(delivery)),
		    now);
	forward->seen = acknowledged;
	if (!absence_wants(&forward->absence, now))
		return;
	/* It connects, but nothing is taken: no try has failed yet. */
	if (facts.trouble == TROUBLE_NONE)
		facts.trouble = TROUBLE_SILENT;
	if (source_newest(&delivery->source, &newest) == 0 && newest > acknowledged)
		facts.waiting = newest - acknowledged;
	absence_tell(&forward->absence, &facts, now);
}

/* What the collector says to us, which no event waits for. */
static void mind_letters(struct forward *forward, int64_t now)
{
	struct delivery *delivery = &forward->delivery;
	struct acknowledged position;
	bool again = letters_work(&forward->letters, &delivery->acknowledged, now, &position);

	standing_letters(&forward->progress.standing, letters_error(&forward->letters));
	if (forward->letters.dated)
		clocks_compare(&forward->clocks, &forward->collectors.letters_server,
			       forward->letters.ahead, now);
	if (!again)
		return;
	fprintf(stderr, "the collector asks for events again, from %" PRIu64 " on\n",
		position.head.sequence + 1);
	if (forward->connected)
		disconnect(forward);
	delivery->acknowledged = position;
	progress_store(&forward->progress, &delivery->acknowledged);
	forward->retry_at = now;
}

static int pause_until(const struct forward *forward, int64_t now)
{
	int64_t until = INT64_MAX;

	if (forward->connected)
		until = delivery_due(&forward->delivery);
	else if (forward->stop_at == 0)
		until = forward->retry_at;
	if (forward->stop_at > 0)
		until = earlier(until, forward->stop_at);
	until = earlier(until, progress_due(&forward->progress));
	until = earlier(until, absence_due(&forward->absence));
	if (forward->stop_at == 0)
		until = earlier(until, letters_due(&forward->letters));
	if (until == INT64_MAX)
		return -1;
	until = until > now ? until - now : 0;
	return until < 3600000 ? (int)until : 3600000;
}

static void stop_soon(struct forward *forward, int64_t now)
{
	forward->stop_at = now + DRAIN_MS;
	if (forward->connected)
		delivery_close(&forward->delivery);
}

/* One round. 1: it is time to end. */
static int serve(struct forward *forward)
{
	struct delivery *delivery = &forward->delivery;
	struct signalfd_siginfo signal_info;
	struct pollfd fds[OWN_FDS + 2 * DRIVER_FDS] = {
		{.fd = forward->signals, .events = POLLIN},
		{.fd = delivery->source.watch, .events = POLLIN},
	};
	size_t count = OWN_FDS;
	int64_t now;

	if (forward->connected)
		count += delivery_watch(delivery, fds + count);
	count += letters_watch(&forward->letters, fds + count);
	if (poll(fds, count, pause_until(forward, wire_now())) < 0)
		return errno == EINTR ? 0 : -errno;
	now = wire_now();
	if (fds[0].revents &&
	    read(forward->signals, &signal_info, sizeof(signal_info)) == sizeof(signal_info) &&
	    forward->stop_at == 0)
		stop_soon(forward, now);
	if (fds[1].revents)
		source_noticed(&delivery->source);
	if (!forward->connected && forward->stop_at == 0 && now >= forward->retry_at)
		begin(forward, now);
	if (forward->connected)
		work(forward, now);
	progress_store_soon(&forward->progress, &delivery->acknowledged, now);
	progress_tell(&forward->progress, &delivery->acknowledged, delivery->source.damaged, now);
	if (forward->stop_at == 0) {
		mind_absence(forward, now);
		mind_letters(forward, now);
	}
	return forward->stop_at > 0 &&
	       (!forward->connected || delivery->ended || now >= forward->stop_at);
}

static int take_signals(int *ret_fd)
{
	sigset_t wanted;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGINT);
	if (sigprocmask(SIG_BLOCK, &wanted, NULL) < 0)
		return -errno;
	*ret_fd = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
	signal(SIGPIPE, SIG_IGN);
	return *ret_fd < 0 ? -errno : 0;
}

static int trouble(struct forward *forward, const char *what, int error)
{
	char text[STANDING_TEXT_MAX];

	snprintf(text, sizeof(text), "%s: %s", what, strerror(-error));
	fprintf(stderr, "sekisho-forward: %s\n", text);
	say(forward, STANDING_AWAY, text);
	return 1;
}

static int prepare(struct forward *forward, const struct places *places)
{
	struct delivery *delivery = &forward->delivery;
	int r;

	r = progress_open(&forward->progress, places->state, &delivery->acknowledged);
	if (r < 0)
		return trouble(forward, places->state, r);
	r = cryptolib_begin();
	if (r < 0)
		return trouble(forward, "libcrypto", r);
	if (delivery_prepare(delivery, &forward->collectors) < 0) {
		fprintf(stderr, "sekisho-forward: %s\n", delivery->error);
		say(forward, STANDING_AWAY, delivery->error);
		return 1;
	}
	forward->progress.standing.unconfirmed = delivery->driver->proof == DRIVER_UNCONFIRMED;
	if (gethostname(delivery->hostname, sizeof(delivery->hostname) - 1) < 0)
		delivery->hostname[0] = '\0';
	r = source_open(places->journal, &delivery->source);
	if (r < 0)
		return trouble(forward, places->journal, r);
	absence_begin(&forward->absence, places->record, forward->progress.directory,
		      forward->collectors.lost_after, wire_now());
	clocks_begin(&forward->clocks, places->record);
	letters_begin(&forward->letters, &forward->collectors, &delivery->source,
		      forward->progress.directory, places->control, places->run, wire_now());
	forward->seen = delivery->acknowledged.head.sequence;
	/* The key for TLS comes into memory later: nobody of our user looks at that. */
	r = prctl(PR_SET_DUMPABLE, 0) < 0 ? -errno : take_signals(&forward->signals);
	return r < 0 ? trouble(forward, "signals", r) : 0;
}

/* What `sekisho doctor` runs as our user: no state, no journal, no event. */
static int probe(const struct places *places)
{
	struct collectors collectors;
	struct config_error error;

	if (collectors_load(places->configuration, getuid(), &collectors, &error) < 0) {
		fprintf(stderr, "sekisho-forward: %s\n", error.text);
		return 1;
	}
	if (cryptolib_begin() < 0) {
		fprintf(stderr, "sekisho-forward: libcrypto can't be used: no memory?\n");
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	return probe_all(&collectors) < 0;
}

int main(int argc, char *argv[])
{
	static struct forward forward = {.signals = -1};
	struct places places = {SEKISHO_JOURNAL,
				SEKISHO_FORWARD,
				SEKISHO_FORWARD_RUN,
				SEKISHO_COLLECTOR_CONF,
				SEKISHO_RECORD_RESTRICTED_SOCKET,
				SEKISHO_CONTROL_SOCKET,
				false};
	const struct place_option options[] = {
		{"journal", &places.journal, NULL}, {"state", &places.state, NULL},
		{"run", &places.run, NULL},	    {"configuration", &places.configuration, NULL},
		{"record", &places.record, NULL},   {"control", &places.control, NULL},
		{"probe", NULL, &places.probe},	    {},
	};
	struct config_error error;
	int r;

	if (places_parse("sekisho-forward", options, argc, argv) < 0)
		return 2;
	if (places.probe)
		return probe(&places);
	progress_begin(&forward.progress, places.run);
	if (collectors_load(places.configuration, getuid(), &forward.collectors, &error) < 0) {
		fprintf(stderr, "sekisho-forward: %s\n", error.text);
		say(&forward, STANDING_AWAY, error.text);
		return 1;
	}
	if (forward.collectors.count == 0) {
		say(&forward, STANDING_NONE, "");
		printf("no collector is named in %s; nothing is forwarded\n", places.configuration);
		return 78; /* EX_CONFIG; see sekisho-forward.service */
	}
	r = prepare(&forward, &places);
	if (r != 0)
		return r;
	while ((r = serve(&forward)) == 0)
		;
	letters_end(&forward.letters);
	if (forward.connected)
		disconnect(&forward);
	if (r < 0)
		return trouble(&forward, "poll", r);
	say(&forward, STANDING_STOPPED, "");
	return 0;
}
