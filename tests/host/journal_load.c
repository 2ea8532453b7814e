/* The journal under load, for the tests that kill it, cut its power and fill its disk.
 *
 *   journal_load writer DIRECTORY SOCKET SEGMENT_SIZE   the journal and record.sock, until killed
 *   journal_load clients SOCKET COUNT PREFIX [PAUSE [KIB]]
 *                                                       record without end, PAUSE ms between two,
 *                                                       KIB more in each; what was acknowledged is
 *                                                       noted in PREFIX.N as "ID SEQUENCE"
 *   journal_load check DIRECTORY PREFIX COUNT [HOST]    recover, then look for all of it
 */
#include "agent/engine/record.h"

#include "cleanup.h"
#include "event.h"
#include "journal_cursor.h"
#include "journal_verify.h"
#include "number.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HOST "00112233445566778899aabbccddeeff"
#define BOOT "ffeeddccbbaa99887766554433221100"

#define KIB_MAX 5 /* an event's fields have 6 KiB */

/* How the clients record. */
struct load {
	long pause; /* ms */
	uint64_t kib; /* more in each event */
};

static int fail(const char *what, int error)
{
	fprintf(stderr, "journal_load: %s: %s\n", what, strerror(error < 0 ? -error : error));
	return 2;
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, path, strlen(path) + 1);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 128) < 0)
		return -1;
	return fd;
}

static int writer(const char *directory, const char *path, const char *size)
{
	const struct record_socket users = {.writers = {{.user = getuid()}}, .n_writers = 1};
	struct journal_options options = {.host = HOST, .boot = BOOT};
	struct journal_recovery recovery;
	struct record_server *server;
	struct journal *journal;
	uint64_t segment_size;
	int listener, r;

	if (number_parse(size, 0, UINT32_MAX, &segment_size) < 0)
		return fail(size, EINVAL);
	options.segment_size = (uint32_t)segment_size;
	r = journal_open(directory, &options, &journal, &recovery);
	if (r < 0)
		return fail(directory, r);
	if (recovery.broken)
		printf("broken: %s\n", recovery.file);
	if (recovery.torn)
		printf("torn: %s %" PRIu64 "\n", recovery.file, recovery.torn_bytes);
	fflush(stdout);
	listener = listen_at(path);
	if (listener < 0)
		return fail(path, errno);
	r = record_new(listener, journal, &users, &server);
	while (r == 0) {
		struct pollfd poll_fd = {.fd = record_fd(server), .events = POLLIN};

		poll(&poll_fd, 1, 1000);
		r = record_dispatch(server, wire_now());
	}
	return fail("record", r);
}

static void pause_ms(long ms)
{
	const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&pause, NULL);
}

/* A field holds less than half a KiB. */
static void swell(struct event *event, uint64_t kib)
{
	char text[EVENT_VALUE_MAX - 8];

	memset(text, '.', sizeof(text));
	for (uint64_t i = 0; i < 2 * kib; i++) {
		char key[32];

		snprintf(key, sizeof(key), "filler%" PRIu64, i);
		event_set_bytes(event, key, text, sizeof(text));
	}
}

static int compose(struct record_request *request, unsigned int client, uint64_t number,
		   uint64_t kib)
{
	_cleanup_event_ struct event event = {};
	int r;

	r = event_begin(&event, number % 3 ? EVENT_LOGIN_GRANTED : EVENT_DEVICE_BLOCKED);
	if (r < 0)
		return r;
	event_set(&event, "user", "taro");
	event_set(&event, "service", "login");
	/* Lines of many lengths, so that they end anywhere in a page. */
	event_set_bytes(&event, "filler",
			"................................................................"
			"................................................................",
			number * 7 % 128);
	swell(&event, kib);
	event_set_number(&event, "number", number);
	event_set_number(&event, "client", client);
	return event_to_record(&event, request);
}

/* Records without end. What the journal did not acknowledge is said again, as late, the same id. */
static void client(const char *path, unsigned int index, FILE *notes, const struct load *load)
{
	struct record_request request = {};
	uint64_t number = 0;
	int fd = -1;

	for (;;) {
		struct record_reply reply;
		int r;

		if (request.kind[0] == '\0' && compose(&request, index, ++number, load->kib) < 0)
			_exit(1);
		if (fd < 0 && wire_connect(path, wire_now() + 1000, &fd) < 0) {
			pause_ms(1);
			continue;
		}
		r = wire_send(fd, &record_request_layout, &request, wire_now() + 5000);
		if (r == 0)
			r = wire_receive(fd, &record_reply_layout, &reply, wire_now() + 5000);
		if (r == 0 && reply.error == 0) {
			fprintf(notes, "%s %" PRIu64 "\n", request.id, reply.sequence);
			fflush(notes);
			memset(&request, 0, sizeof(request));
			if (load->pause > 0)
				pause_ms(load->pause);
			continue;
		}
		if (r == 0) {
			fprintf(notes, "refused %s\n", strerrorname_np((int)reply.error));
			fflush(notes);
			pause_ms(20);
		}
		request.late = 1;
		close(fd);
		fd = -1;
	}
}

static int clients(const char *path, const char *count_text, const char *prefix,
		   const struct load *load)
{
	uint64_t count;

	if (number_parse(count_text, 1, 64, &count) < 0)
		return fail(count_text, EINVAL);
	for (unsigned int i = 0; i < count; i++) {
		char name[256];
		FILE *notes;

		if (fork() != 0)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(name, sizeof(name), "%s.%u", prefix, i);
		notes = fopen(name, "ae");
		if (notes)
			client(path, i, notes, load);
		_exit(1);
	}
	wait(NULL);
	return fail("a client", ECHILD);
}

struct found {
	uint64_t sequence;
	char id[PROTOCOL_ID_MAX];
};

struct journal_content {
	struct found *found;
	size_t count, size;
	uint64_t damaged;
};

static int read_journal(int directory, struct journal_content *content)
{
	struct journal_cursor cursor;
	struct journal_record record;
	struct journal_span line;
	int r;

	journal_cursor_begin(&cursor, directory, false);
	while ((r = journal_cursor_next(&cursor, &record, &line)) != 0) {
		struct found *found;

		if (r < 0) {
			content->damaged++;
			continue;
		}
		if (content->count == content->size) {
			content->size = content->size ? content->size * 2 : 1024;
			found = reallocarray(content->found, content->size, sizeof(*found));
			if (!found)
				return -ENOMEM;
			content->found = found;
		}
		found = &content->found[content->count++];
		found->sequence = record.sequence;
		snprintf(found->id, sizeof(found->id), "%.*s", (int)record.id.length,
			 record.id.bytes);
	}
	journal_cursor_end(&cursor);
	return 0;
}

static int compare_sequence(const void *left, const void *right)
{
	const struct found *a = left;
	const struct found *b = right;

	return (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

struct tally {
	uint64_t acknowledged, missing, refused;
};

/* Every "ID SEQUENCE" must be in the journal under that number. */
static int check_notes(const char *name, const struct journal_content *content, struct tally *tally)
{
	_cleanup_fclose_ FILE *notes = fopen(name, "re");
	char line[256];

	if (!notes)
		return -errno;
	while (fgets(line, sizeof(line), notes)) {
		struct found key = {};
		const struct found *found;
		char *space = strchr(line, ' ');
		char *end = strchr(line, '\n');

		if (!space || !end) /* the test was stopped while it was noted */
			continue;
		*space = '\0';
		*end = '\0';
		if (strcmp(line, "refused") == 0) {
			tally->refused++;
			continue;
		}
		if (number_parse(space + 1, 1, UINT64_MAX, &key.sequence) < 0)
			return -EBADMSG;
		tally->acknowledged++;
		found = bsearch(&key, content->found, content->count, sizeof(key),
				compare_sequence);
		if (!found || strcmp(found->id, line) != 0) {
			if (tally->missing++ < 10)
				printf("LOST: %s, acknowledged as %" PRIu64 "\n", line,
				       key.sequence);
		}
	}
	return 0;
}

static void show_finding(void *user, const struct journal_finding *finding)
{
	(void)user;
	printf("DAMAGE: %s:%" PRIu64 " %s %" PRIu64 "\n", finding->file, finding->line,
	       journal_damage_name(finding->damage), finding->sequence);
}

static int check(const char *path, const char *prefix, const char *count_text, const char *host)
{
	struct journal_options options = {.host = host, .boot = BOOT};
	_cleanup_close_ int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct journal_content content = {};
	struct journal_recovery recovery;
	struct journal_summary summary;
	struct journal *journal;
	struct tally tally = {};
	uint64_t count;
	int r;

	if (directory < 0 || number_parse(count_text, 1, 64, &count) < 0)
		return fail(path, EINVAL);
	r = journal_open(path, &options, &journal, &recovery);
	if (r < 0)
		return fail("recovery", r);
	journal_close(journal);
	r = journal_verify(directory, 0, show_finding, NULL, &summary);
	if (r == 0)
		r = read_journal(directory, &content);
	for (uint64_t i = 0; r == 0 && i < count; i++) {
		char name[256];

		snprintf(name, sizeof(name), "%s.%" PRIu64, prefix, i);
		r = check_notes(name, &content, &tally);
	}
	free(content.found);
	if (r < 0)
		return fail("check", r);
	printf("acknowledged %" PRIu64 ", lost %" PRIu64 ", refused %" PRIu64
	       "; in the journal %" PRIu64 " in %" PRIu64 " segments, findings %" PRIu64
	       ", torn writes set aside %" PRIu64 ", breaks %" PRIu64 ", faults %" PRIu64 "\n",
	       tally.acknowledged, tally.missing, tally.refused, summary.records, summary.segments,
	       summary.findings + summary.unreadable, summary.reasons[JOURNAL_REASON_TORN],
	       summary.reasons[JOURNAL_REASON_BREAK], summary.reasons[JOURNAL_REASON_FAULT]);
	return tally.missing || tally.acknowledged == 0 || content.damaged || summary.findings ||
	       summary.unreadable || summary.reasons[JOURNAL_REASON_BREAK];
}

static int parse_load(int argc, char **argv, struct load *ret_load)
{
	uint64_t pause = 0, kib = 0;

	if (argc > 5 && number_parse(argv[5], 0, 60000, &pause) < 0)
		return fail(argv[5], EINVAL);
	if (argc > 6 && number_parse(argv[6], 0, KIB_MAX, &kib) < 0)
		return fail(argv[6], EINVAL);
	*ret_load = (struct load){.pause = (long)pause, .kib = kib};
	return 0;
}

int main(int argc, char **argv)
{
	struct load load;

	signal(SIGPIPE, SIG_IGN);
	if (argc == 5 && strcmp(argv[1], "writer") == 0)
		return writer(argv[2], argv[3], argv[4]);
	if (argc >= 5 && argc <= 7 && strcmp(argv[1], "clients") == 0)
		return parse_load(argc, argv, &load) ?: clients(argv[2], argv[3], argv[4], &load);
	if ((argc == 5 || argc == 6) && strcmp(argv[1], "check") == 0)
		return check(argv[2], argv[3], argv[4], argc == 6 ? argv[5] : HOST);
	return fail("usage", EINVAL);
}
