/* Whoever can write records can begin as many journals as he likes, and seal those of his own
 * terminal: that costs the others nothing, and is told. */
#include "agent/collector/marks.h"
#include "agent/collector/outgoing.h"
#include "agent/engine/sealer.h"
#include "audit_fixture.h"
#include "cleanup.h"

#include <errno.h>
#include <unistd.h>

#define LIMIT	(AUDIT_JOURNALS_OF_ADDRESS + 1) /* there is one key */
#define HONEST	"192.0.2.8"
#define HOSTILE "192.0.2.7"
#define OF_EACH AUDIT_JOURNALS_OF_TERMINAL

struct seen {
	size_t crowds, many, others, unread;
};

struct scene {
	struct sealer sealer;
	struct terminal terminal;
	struct terminals terminals;
	struct audit audit;
	struct seen seen;
	char marks[64];
};

static void count_finding(void *user, const struct audit_finding *finding)
{
	struct seen *seen = user;

	if (finding->damage == AUDIT_CROWD)
		seen->crowds++;
	else if (finding->damage == AUDIT_MANY_JOURNALS)
		seen->many++;
	else
		seen->others++;
}

static void begin(struct scene *scene)
{
	scene->seen = (struct seen){};
	scene->terminal.journals = 0;
	scene->terminal.highest = 0;
	scene->terminal.skipped = 0;
	assert_int_equal(
		audit_begin(&scene->audit, &scene->terminals, "/tmp", count_finding, &scene->seen),
		0);
}

static int begin_scene(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	int fd;

	if (!scene)
		return -1;
	scene->sealer.fd = -1;
	assert_int_equal(seal_public_key(scene->sealer.private_key, scene->sealer.public_key), 0);
	seal_key_id(scene->sealer.public_key, scene->sealer.key_id);
	memcpy(scene->terminal.key_id, scene->sealer.key_id, sizeof(scene->terminal.key_id));
	memcpy(scene->terminal.public_key, scene->sealer.public_key, SEAL_KEY_SIZE);
	memcpy(scene->terminal.name, "counter", sizeof("counter"));
	scene->terminal.has_first_key = true;
	scene->terminals = (struct terminals){.list = &scene->terminal, .count = 1};
	snprintf(scene->marks, sizeof(scene->marks), "/tmp/sekisho-crowd.XXXXXX");
	fd = mkstemp(scene->marks);
	assert_true(fd >= 0);
	close(fd);
	unlink(scene->marks);
	begin(scene);
	*state = scene;
	return 0;
}

static int end_scene(void **state)
{
	struct scene *scene = *state;

	audit_release(&scene->audit);
	free(scene->terminal.stops);
	unlink(scene->marks);
	free(scene);
	return 0;
}

static void feed_line(struct scene *scene, const char *address, size_t number,
		      const struct journal_entry *entry, struct journal_head *head)
{
	char line[2 * LINE_MAX], record[JOURNAL_LINE_MAX];
	size_t length;

	assert_int_equal(journal_format_event(entry, head, record, &length, head), 0);
	assert_true(snprintf(line, sizeof(line),
			     "2026-11-25T08:35:12Z %s [sekisho@32473 h=\"%032zx\" e=\"" EPOCH
			     "\" n=\"%llu\" x=\"%.64s\"] %.*s",
			     address, number, (unsigned long long)head->sequence, record,
			     (int)length - 66, record + 65) < (int)sizeof(line));
	assert_int_equal(audit_line(&scene->audit, line, strlen(line)), 0);
}

/* The next record of journal @number; nobody sealed it. */
static void feed_junk(struct scene *scene, const char *address, size_t number,
		      struct journal_head *head)
{
	json_t *fields = json_object();
	const struct journal_entry entry = {
		.boot = EPOCH,
		.fields = fields,
		.id = "id",
		.kind = "agent.started",
		.time_us = TIME,
	};

	feed_line(scene, address, number, &entry, head);
	json_decref(fields);
}

/* A journal of one checkpoint, in the seal's next period. */
static void feed_sealed(struct scene *scene, const char *address, size_t number)
{
	struct journal_head head = {};
	char host[JOURNAL_ID_SIZE], time[JOURNAL_TIME_SIZE];
	struct seal_statement statement = {
		.host = host,
		.epoch = EPOCH,
		.sequence = 1,
		.previous = head.hash,
		.reason = SEAL_REASON_START,
		.time = time,
		.boot = EPOCH,
	};
	json_t *fields;
	struct journal_entry entry = {
		.boot = EPOCH,
		.id = "id",
		.kind = "store.checkpoint",
		.time_us = TIME,
	};

	snprintf(host, sizeof(host), "%032zx", number);
	assert_int_equal(journal_format_time(TIME, time), 0);
	assert_int_equal(sealer_seal(&scene->sealer, &statement, &fields), 0);
	entry.fields = fields;
	seal_turn(scene->sealer.ratchet);
	scene->sealer.period++;
	feed_line(scene, address, number, &entry, &head);
	json_decref(fields);
}

static void begin_many(struct scene *scene, const char *address, size_t first, size_t count)
{
	for (size_t i = first; i < first + count; i++)
		feed_junk(scene, address, i, &(struct journal_head){});
}

static const struct audit_chain *find(struct scene *scene, size_t number)
{
	char host[JOURNAL_ID_SIZE];

	snprintf(host, sizeof(host), "%032zx", number);
	return audit_find(&scene->audit, host, EPOCH);
}

/* What is over the limit is told in each file, and spoils nothing of others. */
static void an_address_has_a_limit(void **state)
{
	struct scene *scene = *state;
	struct journal_head head = {};

	audit_file(&scene->audit, "FILE");
	feed_junk(scene, HOSTILE, 0, &head);
	begin_many(scene, HOSTILE, 1, LIMIT - 1);
	assert_int_equal(scene->seen.crowds, 0);
	begin_many(scene, HOSTILE, LIMIT, 2);
	assert_int_equal(scene->seen.crowds, 1);
	audit_file(&scene->audit, "ANOTHER");
	begin_many(scene, HOSTILE, LIMIT, 2);
	assert_int_equal(scene->seen.crowds, 2);
	/* What it began before goes on. */
	feed_junk(scene, HOSTILE, 0, &head);
	feed_sealed(scene, HONEST, LIMIT + 2);
	assert_int_equal(scene->audit.chains, LIMIT + 1);
	assert_int_equal(find(scene, 0)->records, 2);
	assert_null(find(scene, LIMIT));
	assert_int_equal(audit_end(&scene->audit), 0);
	assert_int_equal(find(scene, LIMIT + 2)->verified.sequence, 1);
	assert_int_equal(scene->seen.crowds, 2);
	/* Each of its own journals lacks a seal. */
	assert_int_equal(scene->seen.others, LIMIT);
}

static void note_unread(void *user, struct audit_chain *chain, uint64_t sequence, time_t happened)
{
	struct seen *seen = user;

	(void)sequence;
	(void)happened;
	seen->unread += !chain;
}

/* So `expire` leaves the file alone. */
static void each_line_over_it_is_unread(void **state)
{
	struct scene *scene = *state;

	scene->audit.record = note_unread;
	audit_file(&scene->audit, "FILE");
	begin_many(scene, HOSTILE, 0, LIMIT);
	assert_int_equal(scene->seen.unread, 0);
	begin_many(scene, HOSTILE, LIMIT, 2);
	begin_many(scene, HOSTILE, 0, 2);
	assert_int_equal(scene->seen.unread, 2);
}

static void count_receipt(void *user, const struct audit_chain *chain)
{
	struct outgoing outgoing = {.directory = "/nowhere"};

	outgoing_receipt(&outgoing, chain);
	*(size_t *)user += outgoing.error == -ENOENT;
}

/* As one night's run, of all lines that are there: @journals of the terminal's. */
static void expect_night(struct scene *scene, size_t journals, size_t many)
{
	uint64_t marks;
	size_t receipts = 0;

	audit_release(&scene->audit);
	begin(scene);
	memset(scene->sealer.ratchet, 0, SEAL_KEY_SIZE);
	scene->sealer.period = 0;
	assert_int_equal(marks_load(scene->marks, getuid(), &scene->audit, &marks), 0);
	audit_file(&scene->audit, "FILE");
	for (size_t i = 0; i < journals; i++)
		feed_sealed(scene, HONEST, i * 7919 % 100003);
	assert_int_equal(audit_end(&scene->audit), 0);
	assert_int_equal(scene->seen.many, many);
	assert_int_equal(scene->seen.others, 0);
	audit_each(&scene->audit, count_receipt, &receipts);
	assert_int_equal(receipts, journals < OF_EACH ? journals : OF_EACH);
	assert_int_equal(marks_save(scene->marks, &scene->audit), 0);
	assert_int_equal(marks_load(scene->marks, getuid(), &scene->audit, &marks), 0);
	assert_int_equal(marks, receipts);
}

/* Those that came first keep their marks, wherever they stand in the order of hosts; more of them
 * get none, each night. */
static void a_terminal_has_a_limit(void **state)
{
	struct scene *scene = *state;

	expect_night(scene, 7, 0);
	expect_night(scene, OF_EACH, 0);
	expect_night(scene, OF_EACH, 0);
	expect_night(scene, OF_EACH + 3, 3);
	expect_night(scene, OF_EACH + 3, 3);
	expect_night(scene, OF_EACH + 5, 5);
}

/* In the name of period @period, which is turned to. */
static void feed_period(struct scene *scene, size_t number, uint32_t period)
{
	for (; scene->sealer.period < period; scene->sealer.period++)
		seal_turn(scene->sealer.ratchet);
	feed_sealed(scene, HONEST, number);
}

/* To turn to them all takes a second for each million, as often as there are lines. */
static void periods_are_not_skipped_without_end(void **state)
{
	struct scene *scene = *state;
	const uint32_t half = AUDIT_PERIODS_AHEAD / 2;

	audit_file(&scene->audit, "FILE");
	feed_period(scene, 1, half);
	assert_int_equal(scene->terminal.highest, half);
	feed_period(scene, 2, half + 1);
	assert_int_equal(scene->seen.others, 0);
	/* By itself not too far. */
	scene->sealer.period = 2 * half + 10;
	feed_sealed(scene, HONEST, 3);
	assert_int_equal(scene->seen.others, 1);
	assert_int_equal(scene->terminal.highest, half + 1);
	scene->sealer.period = UINT32_MAX;
	feed_sealed(scene, HONEST, 4);
	assert_int_equal(scene->seen.others, 2);
}

static struct sender *find_sender(struct senders *senders, const char *address)
{
	return senders_find(senders, &(struct journal_span){address, strlen(address)});
}

static void a_network_of_ipv6_is_one_address(void **state)
{
	struct senders senders = {};
	struct sender *one = find_sender(&senders, "2001:db8::1");

	(void)state;
	assert_ptr_equal(find_sender(&senders, "2001:db8::ffff:ffff:ffff:ffff"), one);
	assert_ptr_not_equal(find_sender(&senders, "2001:db8:0:1::1"), one);
	one = find_sender(&senders, "fe80::1%eth0");
	assert_ptr_equal(find_sender(&senders, "fe80::2%eth0"), one);
	one = find_sender(&senders, "::ffff:192.0.2.7");
	assert_ptr_not_equal(find_sender(&senders, "::ffff:192.0.2.8"), one);
	one = find_sender(&senders, "192.0.2.7");
	assert_ptr_equal(find_sender(&senders, "192.0.2.7"), one);
	assert_ptr_not_equal(find_sender(&senders, "192.0.2.70"), one);
	one = find_sender(&senders, "");
	assert_ptr_equal(senders_find(&senders, &(struct journal_span){}), one);
	assert_ptr_equal(
		find_sender(&senders, "a name that is far too long to be any address at all"), one);
	senders_release(&senders);
}

static void expect_until(const struct audit_chain *chain, uint64_t first, uint64_t last,
			 uint64_t until)
{
	assert_int_equal(audit_dropped_until(chain, first, last), until);
}

/* Told in any order, overlapping, within each other: a journal may tell of very many. */
static void what_was_dropped_is_put_together(void **state)
{
	static const struct audit_dropped told[] = {
		{5, 9, 100, false},   {1, 3, 101, false},   {2, 6, 102, false},
		{20, 30, 103, false}, {22, 25, 104, false}, {31, 33, 105, false},
		{40, 40, 106, false}, {40, 40, 107, false},
	};
	struct audit audit = {};
	struct audit_chain chain = {};

	(void)state;
	expect_until(&chain, 1, 9, 0);
	chain.n_dropped = ARRAY_SIZE(told);
	chain.dropped = malloc(sizeof(told));
	assert_non_null(chain.dropped);
	memcpy(chain.dropped, told, sizeof(told));
	assert_int_equal(audit_judge_dropped(&audit, &chain), 0);
	assert_int_equal(chain.n_dropped, 3);
	expect_until(&chain, 1, 50, 9);
	expect_until(&chain, 4, 5, 5);
	expect_until(&chain, 9, 9, 9);
	expect_until(&chain, 10, 50, 9);
	expect_until(&chain, 20, 50, 33);
	expect_until(&chain, 34, 50, 33);
	expect_until(&chain, 40, 50, 40);
	expect_until(&chain, 41, 50, 40);
	free(chain.dropped);
}

#define SCENE(name) cmocka_unit_test_setup_teardown(name, begin_scene, end_scene)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(an_address_has_a_limit),
		SCENE(each_line_over_it_is_unread),
		SCENE(a_terminal_has_a_limit),
		SCENE(periods_are_not_skipped_without_end),
		cmocka_unit_test(a_network_of_ipv6_is_one_address),
		cmocka_unit_test(what_was_dropped_is_put_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
