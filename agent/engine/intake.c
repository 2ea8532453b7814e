#include "intake.h"

#include "cleanup.h"
#include "notify.h"

#include <errno.h>
#include <pwd.h>
#include <unistd.h>

/* A person of packaging/sysusers. One that this machine does not have records nothing. */
static void add_writer(struct record_socket *socket, const char *name, const struct writer *may)
{
	const struct passwd *person = getpwnam(name);

	if (!person)
		return;
	socket->writers[socket->n_writers] = *may;
	socket->writers[socket->n_writers++].user = person->pw_uid;
}

/* What became of sessions whose key was pulled out or lapsed; what its own spool had to drop. */
static const enum event_kind of_sessions[] = {
	EVENT_KEY_REMOVED,     EVENT_KEY_LAPSED,  EVENT_SESSION_LOCKED, EVENT_SESSION_ENDED,
	EVENT_SESSION_EXPOSED, EVENT_STORE_FAULT, EVENT_KIND_COUNT};

/* record.sock: log-ins, and what root does at the command line. */
static void list_writers(struct record_socket *socket)
{
	const struct writer may = {.user = geteuid(), .connections = RECORD_PER_USER_MAX};
	const struct writer of_presence = {.kinds = of_sessions,
					   .connections = 4,
					   .records = {.max = 1200, .within_ms = 3600000}};

	socket->writers[socket->n_writers++] = (struct writer){.user = 0};
	socket->writers[socket->n_writers++] = may;
	add_writer(socket, "sekisho-auth", &may);
	add_writer(socket, "sekisho-presence", &of_presence);
}

/* record-restricted.sock: programs that have a say about their own business alone, for they face
 * the network. What each may is this table. */
static const enum event_kind of_collectors[] = {EVENT_COLLECTOR_LOST, EVENT_COLLECTOR_BACK,
						EVENT_CLOCK_DIFFERS, EVENT_CLOCK_AGREES,
						EVENT_KIND_COUNT};
static const struct {
	const char *name;
	struct writer may;
} restricted[] = {
	{"sekisho-log",
	 {.kinds = of_collectors, .connections = 2, .records = {.max = 30, .within_ms = 3600000}}},
};

static void list_restricted_writers(struct record_socket *socket)
{
	_Static_assert(ARRAY_SIZE(restricted) <= RECORD_WRITERS_MAX, "more than a socket takes");
	for (size_t i = 0; i < ARRAY_SIZE(restricted); i++)
		add_writer(socket, restricted[i].name, &restricted[i].may);
}

/* The names are those of the socket units. */
static const struct {
	struct record_socket socket;
	void (*list_writers)(struct record_socket *socket);
	int64_t interval_ms; /* between two that tell of who was not heard there */
} sockets[INTAKE_COUNT] = {
	[INTAKE_RECORD] = {{.name = "record"}, list_writers, UNHEARD_INTERVAL_MS},
	[INTAKE_RESTRICTED] = {{.name = "record-restricted",
				.connections = 4,
				.accepts = {.max = 8, .within_ms = 1000}},
			       list_restricted_writers,
			       UNHEARD_RESTRICTED_INTERVAL_MS},
};

int intakes_open(struct intake intakes[static INTAKE_COUNT], struct journal *journal)
{
	for (size_t i = 0; i < INTAKE_COUNT; i++) {
		struct record_socket socket = sockets[i].socket;
		int listener = notify_listener(socket.name);
		int r;

		/* Log-ins are recorded also where a program of less weight can't be heard. */
		if (listener == -ENOENT && i != INTAKE_RECORD) {
			fprintf(stderr, "sekishod: no socket %s: its users are not heard\n",
				socket.name);
			continue;
		}
		if (listener < 0)
			return listener;
		sockets[i].list_writers(&socket);
		intakes[i].unheard = (struct unheard){
			.socket = sockets[i].socket.name,
			.interval_ms = sockets[i].interval_ms,
		};
		r = record_new(listener, journal, &socket, &intakes[i].server);
		if (r < 0)
			return r;
	}
	return 0;
}

void intakes_close(struct intake intakes[static INTAKE_COUNT])
{
	for (size_t i = 0; i < INTAKE_COUNT; i++)
		record_free(intakes[i].server);
}

int64_t intake_deadline(const struct intake *intake)
{
	int64_t record = record_deadline(intake->server), unheard;
	struct record_counters counters;

	record_counters(intake->server, &counters);
	unheard = unheard_deadline(&intake->unheard, &counters);
	return record < unheard ? record : unheard;
}
