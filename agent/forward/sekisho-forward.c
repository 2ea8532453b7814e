/* sekisho-forward: brings the journal's events to a collector and keeps in mind how far they were
 * acknowledged. The journal is its only source, the network its only other side; it listens to
 * nothing. */
#include "collectors.h"
#include "delivery.h"
#include "standing.h"

#include "cleanup.h"
#include "paths.h"
#include "storefile.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define STORE_MS       50 /* acknowledgements are stored together */
#define STORE_EVENTS   128
#define STORE_AGAIN_MS 5000
#define DRAIN_MS       2000 /* for answers, when we are told to stop */
#define UNREAD_MAX     5 /* connections in a row, until what can't be read is passed over */
#define REFUSALS_MAX   5 /* of one event in a row, until it is set aside */
#define ACKNOWLEDGED   "acknowledged"
#define SET_ASIDE      "refused"

struct forward {
	struct collectors collectors;
	SSL_CTX *context;
	struct delivery delivery;
	bool connected; /* .delivery is begun */
	size_t server; /* that is tried, or was last */
	int64_t retry_at;
	int directory; /* of our state */
	int store; /* the file of what is acknowledged */
	struct acknowledged stored;
	int64_t store_at; /* 0: nothing to store */
	int64_t store_again; /* after a failure, not before */
	uint64_t refused; /* event that was refused last */
	unsigned int refusals; /* of it, in a row */
	unsigned int unread; /* connections in a row that could not read the journal */
	struct standing standing;
	int signals;
	int64_t stop_at; /* 0: we go on */
};

struct places {
	const char *journal, *state, *run, *configuration;
};

/* Uniform, so that terminals which lost their collector together don't come back together. */
static int64_t jitter(uint32_t seconds)
{
	uint32_t random = 0;

	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		random = (uint32_t)wire_now();
	return (int64_t)(random % (1000 * (uint64_t)seconds + 1));
}

static bool is_stored(const struct forward *forward)
{
	const struct acknowledged *now = &forward->delivery.acknowledged;

	return now->head.sequence == forward->stored.head.sequence &&
	       memcmp(now->head.hash, forward->stored.head.hash, JOURNAL_HASH_SIZE) == 0;
}

static void store(struct forward *forward)
{
	int r;

	forward->store_at = 0;
	if (is_stored(forward))
		return;
	r = acknowledged_write(forward->store, &forward->delivery.acknowledged);
	if (r < 0) {
		fprintf(stderr, "what was acknowledged can't be stored: %s\n", strerror(-r));
		forward->store_again = wire_now() + STORE_AGAIN_MS;
		return;
	}
	forward->stored = forward->delivery.acknowledged;
}

static void store_soon(struct forward *forward, int64_t now)
{
	const uint64_t waiting =
		forward->delivery.acknowledged.head.sequence - forward->stored.head.sequence;

	if (is_stored(forward)) {
		forward->store_at = 0;
		return;
	}
	if (forward->store_at == 0)
		forward->store_at = now + STORE_MS;
	if (forward->store_at < forward->store_again)
		forward->store_at = forward->store_again;
	if (now >= forward->store_again && (waiting >= STORE_EVENTS || now >= forward->store_at))
		store(forward);
}

static void tell(struct forward *forward, enum standing_state state, const char *error)
{
	const struct collector *server = &forward->collectors.servers[forward->server];

	standing_set(&forward->standing, state, server->host, server->port, error);
}

/* The same, at once. */
static void say(struct forward *forward, enum standing_state state, const char *error)
{
	tell(forward, state, error);
	standing_write(&forward->standing, INT64_MAX);
}

static void disconnect(struct forward *forward)
{
	delivery_end(&forward->delivery);
	forward->connected = false;
	store(forward);
}

/* The next collector at once, or, after the last one, the first in a while. */
static void give_up(struct forward *forward, int64_t now)
{
	const struct collector *server = &forward->collectors.servers[forward->server];

	fprintf(stderr, "%s:%s: %s\n", server->host, server->port, forward->delivery.error);
	tell(forward, STANDING_AWAY, forward->delivery.error);
	if (forward->delivery.unread && ++forward->unread >= UNREAD_MAX)
		forward->delivery.source.tolerant = true;
	disconnect(forward);
	/* One that took something is the one to go on with. */
	forward->server = forward->delivery.taken > 0 ? 0 : forward->server + 1;
	forward->retry_at = now;
	if (forward->server == 0 || forward->server == forward->collectors.count) {
		forward->server = 0;
		forward->retry_at = now + jitter(forward->collectors.retry);
	}
}

static void begin(struct forward *forward, int64_t now)
{
	forward->connected = true;
	tell(forward, STANDING_CONNECTING, "");
	if (delivery_begin(&forward->delivery, forward->context,
			   &forward->collectors.servers[forward->server], forward->collectors.name,
			   now) < 0)
		give_up(forward, now);
}

/* An event that no try brings through is written down and passed over: it must not hold up all
 * that come after it. It stays in the journal. */
static int set_aside(struct forward *forward)
{
	struct acknowledged *acknowledged = &forward->delivery.acknowledged;
	const struct acknowledged *mark = &forward->delivery.refused_mark;
	const uint64_t generation = acknowledged->generation;
	char line[DELIVERY_ERROR_MAX + 64];
	_cleanup_close_ int fd = -1;
	int length;

	fd = openat(forward->directory, SET_ASIDE,
		    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	length = snprintf(line, sizeof(line), "%" PRIu64 " %s\n", mark->head.sequence,
			  forward->delivery.error);
	if (fd < 0 || write(fd, line, (size_t)length) != length || fdatasync(fd) < 0)
		return -errno;
	*acknowledged = *mark;
	acknowledged->generation = generation;
	forward->standing.set_aside++;
	return 0;
}

/* Only what the collector minds while it takes others counts: one that refuses everything is out of
 * order, and the events wait. */
static void count_refusal(struct forward *forward)
{
	if (!forward->delivery.others_taken)
		return;
	if (forward->delivery.refused != forward->refused)
		forward->refusals = 0;
	forward->refused = forward->delivery.refused;
	if (++forward->refusals < REFUSALS_MAX)
		return;
	if (set_aside(forward) == 0)
		fprintf(stderr, "event %" PRIu64 " is set aside\n", forward->refused);
	forward->refusals = 0;
}

static void work(struct forward *forward, int64_t now)
{
	struct delivery *delivery = &forward->delivery;
	int r = delivery_work(delivery, now);

	if (delivery->relp.state == RELP_OPEN)
		tell(forward, STANDING_OPEN, "");
	store_soon(forward, now);
	if (delivery->taken > 0) {
		forward->unread = 0;
		delivery->source.tolerant = false;
	}
	if (delivery->ended)
		disconnect(forward);
	if (r == 0 || delivery->ended)
		return;
	if (delivery->refused > 0)
		count_refusal(forward);
	give_up(forward, now);
}

static int64_t earlier(int64_t one, int64_t other)
{
	return one < other ? one : other;
}

static int pause_until(const struct forward *forward, int64_t now)
{
	int64_t until = INT64_MAX;

	if (forward->connected)
		until = delivery_due(&forward->delivery);
	else if (forward->stop_at == 0)
		until = forward->retry_at;
	if (forward->store_at > 0)
		until = earlier(until, forward->store_at);
	if (forward->stop_at > 0)
		until = earlier(until, forward->stop_at);
	until = earlier(until, standing_due(&forward->standing));
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
	struct pollfd fds[] = {
		{.fd = forward->signals, .events = POLLIN},
		{.fd = delivery->source.watch, .events = POLLIN},
		{.fd = -1},
	};
	int64_t now;

	if (forward->connected) {
		fds[2].fd = delivery->link.fd;
		fds[2].events = delivery_events(delivery);
	}
	if (poll(fds, ARRAY_SIZE(fds), pause_until(forward, wire_now())) < 0)
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
	store_soon(forward, now);
	forward->standing.passed_over = delivery->source.damaged;
	forward->standing.acknowledged = delivery->acknowledged.head.sequence;
	standing_write(&forward->standing, now);
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

static int open_store(struct forward *forward, const char *state)
{
	struct acknowledged *acknowledged = &forward->delivery.acknowledged;
	int r;

	forward->directory = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (forward->directory < 0)
		return -errno;
	r = storefile_open(forward->directory, ACKNOWLEDGED, ACKNOWLEDGED_FILE_SIZE,
			   &forward->store);
	/* Of another size: no file of ours. */
	if (r == -EINVAL && unlinkat(forward->directory, ACKNOWLEDGED, 0) == 0)
		r = storefile_open(forward->directory, ACKNOWLEDGED, ACKNOWLEDGED_FILE_SIZE,
				   &forward->store);
	if (r < 0)
		return r;
	r = acknowledged_read(forward->store, acknowledged);
	if (r == -EBADMSG) {
		fprintf(stderr, "what was acknowledged is damaged: all events are sent again\n");
		*acknowledged = (struct acknowledged){};
		r = 0;
	}
	forward->stored = *acknowledged;
	forward->standing.acknowledged = acknowledged->head.sequence;
	return r;
}

static int prepare(struct forward *forward, const struct places *places)
{
	const struct collectors *collectors = &forward->collectors;
	const struct link_identity identity = {
		.authority = collectors->authority,
		.certificate = collectors->certificate,
		.key = collectors->key,
	};
	char error[LINK_ERROR_MAX];
	int r;

	r = open_store(forward, places->state);
	if (r < 0)
		return trouble(forward, places->state, r);
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	forward->context = link_context(&identity, error);
	if (!forward->context) {
		fprintf(stderr, "sekisho-forward: %s\n", error);
		say(forward, STANDING_AWAY, error);
		return 1;
	}
	forward->delivery.rate = collectors->rate;
	forward->delivery.answer_ms = 1000 * (int64_t)collectors->answer;
	if (gethostname(forward->delivery.hostname, sizeof(forward->delivery.hostname) - 1) < 0)
		forward->delivery.hostname[0] = '\0';
	r = source_open(places->journal, &forward->delivery.source);
	if (r < 0)
		return trouble(forward, places->journal, r);
	r = take_signals(&forward->signals);
	return r < 0 ? trouble(forward, "signals", r) : 0;
}

static int parse_arguments(int argc, char *argv[], struct places *places)
{
	static const struct option options[] = {
		{"journal", required_argument, NULL, 'j'},
		{"state", required_argument, NULL, 's'},
		{"run", required_argument, NULL, 'r'},
		{"configuration", required_argument, NULL, 'c'},
		{},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			places->journal = optarg;
			break;
		case 's':
			places->state = optarg;
			break;
		case 'r':
			places->run = optarg;
			break;
		case 'c':
			places->configuration = optarg;
			break;
		default:
			return -EINVAL;
		}
	}
	return optind == argc ? 0 : -EINVAL;
}

int main(int argc, char *argv[])
{
	static struct forward forward = {.directory = -1, .store = -1, .signals = -1};
	struct places places = {SEKISHO_JOURNAL, SEKISHO_FORWARD, SEKISHO_FORWARD_RUN,
				SEKISHO_COLLECTOR_CONF};
	struct config_error error;
	int r;

	if (parse_arguments(argc, argv, &places) < 0) {
		fprintf(stderr, "usage: sekisho-forward [--journal DIR] [--state DIR] [--run DIR] "
				"[--configuration FILE]\n");
		return 2;
	}
	standing_begin(&forward.standing, places.run);
	if (collectors_load(places.configuration, getuid(), &forward.collectors, &error) < 0) {
		fprintf(stderr, "sekisho-forward: %s\n", error.text);
		say(&forward, STANDING_AWAY, error.text);
		return 1;
	}
	if (forward.collectors.count == 0) {
		say(&forward, STANDING_NONE, "");
		printf("no collector is named in %s; nothing is forwarded\n", places.configuration);
		return 0;
	}
	r = prepare(&forward, &places);
	if (r != 0)
		return r;
	while ((r = serve(&forward)) == 0)
		;
	if (forward.connected)
		disconnect(&forward);
	if (r < 0)
		return trouble(&forward, "poll", r);
	say(&forward, STANDING_STOPPED, "");
	return 0;
}
