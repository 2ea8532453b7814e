/* fleet DIRECTORY PORT TERMINALS EVENTS SECONDS RETRY RATE AUTHORITY CERTIFICATE KEY: many
 * terminals in one process, each with its own journal, its own connection and the forwarder's own
 * code (agent/forward/delivery.c). They connect within RETRY seconds; once all are, each records
 * EVENTS events within SECONDS; it ends when all are acknowledged. A connection that fails is tried
 * again at a random moment within RETRY seconds, as sekisho-forward does it.
 *
 * Prints "open" when all are connected, "recorded" when all is recorded, then what came of it; in
 * between a line a second. DIRECTORY should be in memory: the terminals' disks are not measured. */
#include "agent/engine/journal.h"
#include "agent/forward/delivery.h"

#include "cleanup.h"
#include "event.h"
#include "number.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define BOOT	      "fedcba9876543210fedcba9876543210"
#define NAME	      "localhost" /* of the collector's certificate */
#define SEGMENT	      65536
#define TERMINALS_MAX 10000
#define EVENTS_MAX    10000
#define ANSWER_S      60 /* collector.conf's default */
#define TICK_MS	      10
#define LIMIT_MS      (3600 * 1000) /* then it did not work */
#define SHOWN_MAX     5 /* failed connections that are told */

struct terminal {
	struct journal *journal;
	struct delivery *delivery;
	bool connected; /* .delivery is begun */
	short watched; /* events of poll(2) */
	int64_t retry_at;
	uint64_t recorded, counted; /* events; those whose answer was counted */
};

struct fleet {
	const char *directory;
	struct collector server;
	struct collectors collectors;
	uint64_t count, events, seconds, retry, rate;
	int epoll;
	struct terminal *terminals;
	int64_t *times; /* of each terminal's events: recorded at, then milliseconds until
			   acknowledged */
	int64_t began, opened; /* 0: not all are connected yet */
	uint64_t recorded, acknowledged, connections, failures;
};

static int64_t random_below(uint64_t limit)
{
	uint32_t number = 0;

	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		abort();
	return limit > 0 ? (int64_t)(number % limit) : 0;
}

static int open_journal(const struct fleet *fleet, uint64_t index, struct terminal *terminal)
{
	struct delivery *delivery = terminal->delivery;
	struct journal_options options = {
		.boot = BOOT, .segment_size = SEGMENT, .reserve_size = SEGMENT};
	struct journal_recovery recovery;
	char host[JOURNAL_ID_SIZE], path[512];
	int r;

	snprintf(host, sizeof(host), "%032" PRIx64, index + 1);
	options.host = host;
	snprintf(path, sizeof(path), "%s/%05" PRIu64, fleet->directory, index);
	if (mkdir(path, 0700) < 0)
		return -errno;
	r = journal_open(path, &options, &terminal->journal, &recovery);
	if (r < 0)
		return r;
	/* source_open without its inotify(7), of which a user has 128: whoever records here also
	 * tells the delivery. */
	delivery->source.watch = delivery->source.fd = -1;
	delivery->source.directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (delivery->source.directory < 0)
		return -errno;
	journal_cursor_begin(&delivery->source.cursor, delivery->source.directory, true);
	return 0;
}

static int prepare(struct fleet *fleet)
{
	int r = 0;

	fleet->epoll = epoll_create1(EPOLL_CLOEXEC);
	fleet->terminals = calloc(fleet->count, sizeof(*fleet->terminals));
	fleet->times = calloc(fleet->count * fleet->events, sizeof(*fleet->times));
	if (!fleet->terminals || !fleet->times)
		return -ENOMEM;
	fleet->began = wire_now();
	for (uint64_t i = 0; i < fleet->count && r == 0; i++) {
		struct terminal *terminal = &fleet->terminals[i];

		terminal->delivery = calloc(1, sizeof(*terminal->delivery));
		if (!terminal->delivery)
			return -ENOMEM;
		if (delivery_prepare(terminal->delivery, &fleet->collectors) < 0) {
			fprintf(stderr, "fleet: %s\n", terminal->delivery->error);
			return -EINVAL;
		}
		snprintf(terminal->delivery->hostname, sizeof(terminal->delivery->hostname),
			 "t%05" PRIu64, i);
		r = open_journal(fleet, i, terminal);
	}
	for (uint64_t i = 0; i < fleet->count; i++)
		fleet->terminals[i].retry_at = wire_now() + random_below(1000 * fleet->retry + 1);
	return r;
}

/* An ordinary one: a log-in, and now and then a stick that was refused. */
static int record(struct terminal *terminal, uint64_t *ret_sequence)
{
	_cleanup_event_ struct event event = {};
	struct record_request request;
	int r;

	r = event_begin(&event,
			terminal->recorded % 8 ? EVENT_LOGIN_GRANTED : EVENT_DEVICE_BLOCKED);
	if (r < 0)
		return r;
	event_set(&event, "user", "taro");
	event_set(&event, "service", "login");
	event_set(&event, "tty", "tty1");
	r = event_to_record(&event, &request);
	return r < 0 ? r : journal_record(terminal->journal, &request, ret_sequence);
}

/* When a terminal's next event happens: one in each of as many parts of the time. Always the same
 * for it, but different from its neighbours'. */
static int64_t event_at(const struct fleet *fleet, uint64_t index, uint64_t number)
{
	const uint64_t slot = 1000 * fleet->seconds / fleet->events;

	return fleet->opened + (int64_t)(number * slot) +
	       (slot > 0 ? (int64_t)((index * 7919 + number * 104729) % slot) : 0);
}

static int record_due(struct fleet *fleet, uint64_t index, int64_t now)
{
	struct terminal *terminal = &fleet->terminals[index];

	while (fleet->opened > 0 && terminal->recorded < fleet->events &&
	       now >= event_at(fleet, index, terminal->recorded)) {
		uint64_t sequence;
		int r = record(terminal, &sequence);

		if (r < 0 || sequence != terminal->recorded + 1)
			return r < 0 ? r : -EBADMSG;
		fleet->times[index * fleet->events + terminal->recorded++] = now;
		if (++fleet->recorded == fleet->count * fleet->events)
			printf("recorded %.1f\n", (double)(now - fleet->began) / 1000);
	}
	return 0;
}

static void watch(struct fleet *fleet, uint64_t index, int operation)
{
	struct terminal *terminal = &fleet->terminals[index];
	struct epoll_event event = {.data.u64 = index};
	struct pollfd fds[DRIVER_FDS];

	delivery_watch(terminal->delivery, fds);
	if (operation == EPOLL_CTL_MOD && fds[0].events == terminal->watched)
		return;
	event.events =
		(fds[0].events & POLLIN ? EPOLLIN : 0u) | (fds[0].events & POLLOUT ? EPOLLOUT : 0u);
	terminal->watched = fds[0].events;
	epoll_ctl(fleet->epoll, operation, fds[0].fd, &event);
}

static void give_up(struct fleet *fleet, struct terminal *terminal, int64_t now)
{
	if (fleet->failures++ < SHOWN_MAX)
		fprintf(stderr, "%s: %s\n", terminal->delivery->hostname,
			terminal->delivery->error);
	delivery_end(terminal->delivery);
	terminal->connected = false;
	terminal->retry_at = now + random_below(1000 * fleet->retry + 1);
}

static void begin(struct fleet *fleet, uint64_t index, int64_t now)
{
	struct terminal *terminal = &fleet->terminals[index];

	terminal->connected = true;
	fleet->connections++;
	if (delivery_begin(terminal->delivery, &fleet->server, now) < 0)
		give_up(fleet, terminal, now);
	else
		watch(fleet, index, EPOLL_CTL_ADD);
}

static void work(struct fleet *fleet, uint64_t index, int64_t now)
{
	struct terminal *terminal = &fleet->terminals[index];
	const int r = delivery_work(terminal->delivery, now);

	for (; terminal->counted < terminal->delivery->acknowledged.head.sequence;
	     terminal->counted++, fleet->acknowledged++) {
		int64_t *time = &fleet->times[index * fleet->events + terminal->counted];

		*time = now - *time;
	}
	if (r < 0)
		give_up(fleet, terminal, now);
	else
		watch(fleet, index, EPOLL_CTL_MOD);
}

static uint64_t count_open(const struct fleet *fleet)
{
	uint64_t open = 0;

	for (uint64_t i = 0; i < fleet->count; i++)
		open += fleet->terminals[i].connected && fleet->terminals[i].delivery->open;
	return open;
}

static void tell(const struct fleet *fleet, int64_t now)
{
	printf("at %.1f open %" PRIu64 " recorded %" PRIu64 " acknowledged %" PRIu64 "\n",
	       (double)(now - fleet->began) / 1000, count_open(fleet), fleet->recorded,
	       fleet->acknowledged);
	fflush(stdout);
}

/* What is due though nothing came. */
static int tick(struct fleet *fleet, int64_t now)
{
	for (uint64_t i = 0; i < fleet->count; i++) {
		struct terminal *terminal = &fleet->terminals[i];
		const uint64_t before = terminal->recorded;
		int r = record_due(fleet, i, now);

		if (r < 0)
			return r;
		if (!terminal->connected && now >= terminal->retry_at)
			begin(fleet, i, now);
		else if (terminal->connected &&
			 (terminal->recorded > before || delivery_due(terminal->delivery) <= now))
			work(fleet, i, now);
	}
	if (fleet->opened == 0 && count_open(fleet) == fleet->count) {
		fleet->opened = now;
		printf("open %.1f\n", (double)(now - fleet->began) / 1000);
		fflush(stdout);
	}
	return 0;
}

static int run(struct fleet *fleet)
{
	const uint64_t all = fleet->count * fleet->events;
	int64_t next_tick = 0, next_word = wire_now() + 1000, now;
	struct epoll_event events[256];
	int r = 0;

	while (r == 0 && fleet->acknowledged < all) {
		int count = epoll_wait(fleet->epoll, events, ARRAY_SIZE(events), TICK_MS);

		now = wire_now();
		for (int i = 0; i < count; i++)
			if (fleet->terminals[events[i].data.u64].connected)
				work(fleet, events[i].data.u64, now);
		if (now >= next_tick) {
			r = tick(fleet, now);
			next_tick = now + TICK_MS;
		}
		if (now >= next_word) {
			tell(fleet, now);
			next_word = now + 1000;
		}
		if (now - fleet->began > LIMIT_MS)
			return -ETIME;
	}
	return r;
}

static int compare(const void *left, const void *right)
{
	const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

static void show(struct fleet *fleet)
{
	const uint64_t all = fleet->count * fleet->events;
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	qsort(fleet->times, all, sizeof(*fleet->times), compare);
	printf("done %.1f terminals %" PRIu64 " recorded %" PRIu64 " acknowledged %" PRIu64
	       " connections %" PRIu64 " failures %" PRIu64 " p50_ms %" PRId64 " p99_ms %" PRId64
	       " max_ms %" PRId64 " fleet_cpu_s %.1f\n",
	       (double)(wire_now() - fleet->began) / 1000, fleet->count, fleet->recorded,
	       fleet->acknowledged, fleet->connections, fleet->failures, fleet->times[all / 2],
	       fleet->times[all * 99 / 100], fleet->times[all - 1],
	       (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
}

/* Six descriptors a terminal. */
static void raise_limit(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
	struct fleet fleet = {};
	int r;

	if (argc != 11 || number_parse(argv[3], 1, TERMINALS_MAX, &fleet.count) < 0 ||
	    number_parse(argv[4], 1, EVENTS_MAX, &fleet.events) < 0 ||
	    number_parse(argv[5], 0, 3600, &fleet.seconds) < 0 ||
	    number_parse(argv[6], 0, 3600, &fleet.retry) < 0 ||
	    number_parse(argv[7], 1, 100000, &fleet.rate) < 0) {
		fprintf(stderr, "usage: fleet DIRECTORY PORT TERMINALS EVENTS SECONDS RETRY RATE "
				"AUTHORITY CERTIFICATE KEY\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	raise_limit();
	fleet.directory = argv[1];
	snprintf(fleet.server.host, sizeof(fleet.server.host), "127.0.0.1");
	snprintf(fleet.server.port, sizeof(fleet.server.port), "%s", argv[2]);
	fleet.collectors = (struct collectors){
		.name = NAME,
		.answer = ANSWER_S,
		.rate = (uint32_t)fleet.rate,
		.retry = (uint32_t)fleet.retry,
	};
	snprintf(fleet.collectors.authority, sizeof(fleet.collectors.authority), "%s", argv[8]);
	snprintf(fleet.collectors.certificate, sizeof(fleet.collectors.certificate), "%s", argv[9]);
	snprintf(fleet.collectors.key, sizeof(fleet.collectors.key), "%s", argv[10]);
	r = prepare(&fleet);
	if (r == 0)
		r = run(&fleet);
	if (r < 0)
		fprintf(stderr, "fleet: %s\n", strerror(-r));
	else
		show(&fleet);
	return r < 0;
}
