/* The whole way of a receipt: the collector verifies, its receipt comes to the terminal, is held
 * against the journal and kept, old segments go, and the collector is content with what follows. */
/* The fixture has a word that sockets have, too. */
#include <sys/socket.h>
#define send send_lines
#include "checkpoint_fixture.h"
#undef TEST
#include "authority_fixture.h"

#include "agent/cli/command.h"
#include "agent/cli/doctor.h"
#include "agent/collector/outgoing.h"
#include "agent/engine/record.h"
#include "agent/engine/retention.h"
#include "receipt.h"

#include <getopt.h>
#include <sys/un.h>
#include <sys/wait.h>

static char pem[256], key[256], configuration[256], kept[256], file[256], record[256];

static int set_up_way(void **state)
{
	int fd;

	if (begin(state) < 0)
		return -1;
	set_up();
	snprintf(pem, sizeof(pem), "%s/collector.pem", directory);
	snprintf(key, sizeof(key), "%s/collector.key", directory);
	snprintf(configuration, sizeof(configuration), "%s/collector.conf", directory);
	snprintf(kept, sizeof(kept), "%s/kept", output);
	snprintf(record, sizeof(record), "%s/record.sock", output);
	fd = open(configuration, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	dprintf(fd, "[Collector]\nServer=%s\nAuthority=%s/authority.pem\n", NAME, directory);
	close(fd);
	return setup(state);
}

static int tear_down_way(void **state)
{
	teardown(state);
	return end(state);
}

static int command(const struct scene *scene)
{
	char *arguments[] = {(char *)"receipt",
			     (char *)"--configuration",
			     configuration,
			     (char *)"--directory",
			     (char *)scene->journal->path,
			     (char *)"--kept",
			     kept,
			     (char *)"--record",
			     record,
			     file,
			     NULL};

	optind = 0;
	return command_receipt((int)ARRAY_SIZE(arguments) - 1, arguments);
}

/* With an agent that takes what the command has to tell. */
static int command_with_agent(const struct scene *scene)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), status;
	const struct record_socket users = {.writers = {{.user = geteuid()}}, .n_writers = 1};
	struct record_server *server;
	pid_t child;

	unlink(record);
	assert_true(strlen(record) < sizeof(address.sun_path));
	memcpy(address.sun_path, record, strlen(record) + 1);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 4), 0);
	assert_int_equal(record_new(listener, scene->journal->journal, &users, &server), 0);
	child = fork();
	if (child == 0)
		_exit(command(scene));
	while (waitpid(child, &status, WNOHANG) == 0) {
		assert_int_equal(record_dispatch(server, wire_now()), 0);
		usleep(2000);
	}
	record_free(server);
	close(listener);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* What arrived is verified, and what is good is told. */
static struct audit_chain verify(struct scene *scene, const char *findings, uint64_t receipts)
{
	struct outgoing writer = {.directory = output, .certificate = pem, .key = key};
	struct audit_chain chain;

	send(scene, FIXTURE_HOST);
	chain = expect(scene, findings);
	outgoing_receipt(&writer, &chain);
	assert_int_equal(writer.error, 0);
	assert_int_equal(writer.written, receipts);
	snprintf(file, sizeof(file), "%s/counter-1-%.8s.receipt", output, chain.epoch);
	return chain;
}

static void write_receipt(const struct receipt *receipt)
{
	char *text;
	size_t length;
	int fd;

	assert_int_equal(receipt_sign(receipt, pem, key, &text, &length), 0);
	fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_int_equal(file_write_all(fd, text, length), 0);
	close(fd);
	free(text);
}

static struct receipt load(void)
{
	struct config_error error;
	struct receipt receipt;

	if (receipt_load(kept, 0, &receipt, &error) < 0)
		fail_msg("%s", error.text);
	return receipt;
}

/* What the terminal's own verification says, with its seal's public half. */
static void expect_sealed(const struct scene *scene)
{
	struct sealkeys keys = fixture_keys(scene->checkpoint.sealer.public_key);
	struct fixture_findings findings = {};

	assert_int_equal(journal_verify_sealed(scene->journal->dirfd, 0, &keys, fixture_note,
					       &findings, &findings.summary),
			 0);
	assert_string_equal(findings.text, "");
	assert_int_equal(findings.summary.claim, 0);
}

/* A seal that can't be used, and one whose ratchet can't turn: the files stay. */
static void nothing_goes_unsealed(struct scene *scene, struct retention *retention)
{
	struct checkpoint *checkpoint = &scene->checkpoint;
	const char *seal_public = retention->seal_public;
	int fd = checkpoint->sealer.fd;

	checkpoint->sealer.fd = -1;
	checkpoint->broken = true;
	assert_true(retention_tick(retention, retention->due_at));
	assert_non_null(strstr(retention->error, "the seal"));
	checkpoint->broken = false;
	checkpoint->sealer.fd = open("/dev/full", O_RDWR | O_CLOEXEC);
	assert_true(retention_tick(retention, retention->due_at));
	assert_non_null(strstr(retention->error, strerror(ENOSPC)));
	close(checkpoint->sealer.fd);
	checkpoint->sealer.fd = fd;
	/* Whether another seal was before this one, only its public half tells. */
	retention->seal_public = "/nowhere/seal.pub";
	assert_true(retention_tick(retention, retention->due_at));
	assert_non_null(strstr(retention->error, "/nowhere/seal.pub"));
	retention->seal_public = seal_public;
	assert_int_equal(retention->dropped, 0);
	assert_int_equal(faccessat(scene->journal->dirfd, "0000000000000001.seg", F_OK, 0), 0);
	expect_sealed(scene);
}

/* As the collector gives it with the seal. */
static const char *public_key(const struct scene *scene)
{
	static char path[256];
	char digits[2 * SEAL_KEY_SIZE + 1], text[128];
	int folder = open(output, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int length;

	hex_format(scene->checkpoint.sealer.public_key, SEAL_KEY_SIZE, digits);
	length = snprintf(text, sizeof(text), "[Seal]\nPublicKey=%s\n", digits);
	assert_int_equal(file_write_atomic(folder, "seal.pub", text, (size_t)length, 0644), 0);
	close(folder);
	snprintf(path, sizeof(path), "%s/seal.pub", output);
	return path;
}

static void verified_events_may_go(void **state)
{
	struct scene *scene = *state;
	struct retention retention = {.journal = scene->journal->journal,
				      .checkpoint = &scene->checkpoint};
	char policy[256];
	struct journal_oldest oldest;
	struct audit_chain chain;
	struct receipt receipt;
	int folder = open(output, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	tick(scene, 0);
	fixture_fill(scene->journal, 1, 300);
	tick(scene, 1);
	chain = verify(scene, "", 1);
	assert_int_equal(command(scene), COMMAND_OK);
	receipt = load();
	assert_string_equal(receipt.letter.terminal, "counter-1");
	assert_int_equal(receipt.verified.sequence, chain.verified.sequence);
	assert_memory_equal(receipt.verified.hash, chain.verified.hash, JOURNAL_HASH_SIZE);
	/* With it the policy lets go, and the rest stays. */
	assert_int_equal(
		file_write_atomic(folder, "journal.conf", "[Journal]\nKeepDays=1\n", 21, 0644), 0);
	close(folder);
	snprintf(policy, sizeof(policy), "%s/journal.conf", output);
	retention.configuration = policy;
	retention.seal_public = public_key(scene);
	retention.receipt = kept;
	retention.standing = "/nowhere/standing";
	nothing_goes_unsealed(scene, &retention);
	for (int i = 0; i < 20; i++)
		assert_false(retention_tick(&retention, retention.due_at));
	assert_true(retention.dropped > 0 && retention.dropped <= chain.verified.sequence);
	assert_int_equal(retention.verified, chain.verified.sequence);
	fixture_expect(scene->journal, "", NULL);
	expect_sealed(scene);
	assert_int_equal(journal_oldest(scene->journal->journal, &oldest), -ENOENT);
	/* The collector is told what went and misses nothing. Its next receipt is taken, too; the
	 * first one changes nothing any more. */
	fixture_fill(scene->journal, 1, 10);
	checkpoint_stop(&scene->checkpoint, scene->now);
	chain = verify(scene, "", 1);
	/* What was verified and is not here any more was not dropped: it was taken here. */
	expect_of(scene, 3, scene->n_lines, "missing 1-2, lost-seals 0-0");
	assert_int_equal(command(scene), COMMAND_OK);
	assert_int_equal(load().verified.sequence, chain.verified.sequence);
	write_receipt(&receipt);
	assert_int_equal(command(scene), COMMAND_OK);
	assert_int_equal(load().verified.sequence, chain.verified.sequence);
	/* Without the one that was kept it tells of events that are not here. */
	unlink(kept);
	receipt.verified.sequence = 1;
	write_receipt(&receipt);
	assert_int_equal(command(scene), COMMAND_ERROR);
}

/* Over its limit the terminal dropped what had never come: the collector is told, by a record that
 * is sealed, and goes on. Before the seal it is missing. */
static void what_was_dropped_unsent_is_told(void **state)
{
	struct scene *scene = *state;
	struct journal_oldest oldest;
	struct audit_chain chain;
	uint64_t last = 0;
	char expected[128], *seal;

	tick(scene, 0);
	fixture_fill(scene->journal, 1, 200);
	while (journal_oldest(scene->journal->journal, &oldest) == 0) {
		assert_int_equal(fixture_drop(scene->journal, &oldest, "none"), 0);
		last = oldest.last;
	}
	fixture_fill(scene->journal, 1, 1);
	checkpoint_stop(&scene->checkpoint, scene->now);
	snprintf(expected, sizeof(expected), "dropped 1-%" PRIu64, last);
	chain = verify(scene, expected, 1);
	assert_int_equal(chain.missing, 0);
	assert_int_equal(chain.verified.sequence, head(scene));
	assert_int_equal(command(scene), COMMAND_OK);
	snprintf(expected, sizeof(expected), "missing 1-%" PRIu64 ", unsealed 1-%" PRIu64, last,
		 head(scene) - 1);
	expect_of(scene, 1, scene->n_lines - 1, expected);
	/* A seal across a gap says nothing about what stands before it. */
	seal = scene->lines[scene->n_lines - 1];
	scene->lines[scene->n_lines - 1] = scene->lines[scene->n_lines - 2];
	scene->lines[scene->n_lines - 2] = seal;
	snprintf(expected, sizeof(expected),
		 "missing 1-%" PRIu64 ", missing %" PRIu64 "-%" PRIu64 ", lost-seals 0-0", last,
		 head(scene) - 1, head(scene) - 1);
	expect_of(scene, 1, scene->n_lines - 1, expected);
	/* Taken by somebody, and nothing told of it. */
	snprintf(expected, sizeof(expected), "dropped 1-%" PRIu64 ", missing %" PRIu64 "-%" PRIu64,
		 last, last + 1, last + 2);
	expect_of(scene, 3, scene->n_lines, expected);
}

static void where_something_is_wrong_there_is_none(void **state)
{
	struct scene *scene = *state;

	fixture_fill(scene->journal, 1, 10);
	verify(scene, "unsealed 1-10", 0);
	tick(scene, 0);
	send(scene, FIXTURE_HOST);
	scene->lines[4][strlen(scene->lines[4]) - 40] ^= 1;
	verify(scene, "altered 5-5", 0);
}

static unsigned int count_alarms(const struct scene *scene)
{
	struct journal_cursor *cursor = malloc(sizeof(*cursor));
	struct journal_record at;
	struct journal_span line;
	unsigned int count = 0;

	assert_non_null(cursor);
	journal_cursor_begin(cursor, scene->journal->dirfd, false);
	while (journal_cursor_next(cursor, &at, &line) == 1)
		count += memmem(line.bytes, line.length, "store.mismatch", 14) != NULL;
	journal_cursor_end(cursor);
	free(cursor);
	return count;
}

/* The collector verified something else: nothing is kept, and the journal tells of it. */
static void another_journal_is_an_alarm(void **state)
{
	struct scene *scene = *state;
	struct audit_chain chain;
	struct receipt receipt = {
		.letter = {.terminal = "counter-1", .time = "2026-11-25T08:35:00.000000Z"}};

	tick(scene, 0);
	fixture_fill(scene->journal, 1, 10);
	checkpoint_stop(&scene->checkpoint, scene->now);
	chain = verify(scene, "", 1);
	memcpy(receipt.letter.host, chain.host, sizeof(receipt.letter.host));
	memcpy(receipt.letter.epoch, chain.epoch, sizeof(receipt.letter.epoch));
	receipt.verified = chain.verified;
	receipt.verified.hash[31] ^= 1;
	write_receipt(&receipt);
	assert_int_equal(command_with_agent(scene), COMMAND_NO);
	assert_int_equal(count_alarms(scene), 1);
	receipt.verified.hash[31] ^= 1;
	receipt.verified.sequence += 100;
	write_receipt(&receipt);
	assert_int_equal(command_with_agent(scene), COMMAND_NO);
	assert_int_equal(count_alarms(scene), 2);
	/* Also where nobody takes the event. */
	unlink(record);
	assert_int_equal(command(scene), COMMAND_NO);
	/* Of another terminal, or not the collector's at all: a mistake, no alarm. */
	receipt.letter.epoch[0] = receipt.letter.epoch[0] == '0' ? '1' : '0';
	write_receipt(&receipt);
	assert_int_equal(command_with_agent(scene), COMMAND_ERROR);
	assert_int_equal(truncate(file, 100), 0);
	assert_int_equal(command_with_agent(scene), COMMAND_ERROR);
	assert_int_equal(count_alarms(scene), 2);
	assert_int_equal(access(kept, F_OK), -1);
}

static void expect_doctor(const struct scene *scene, const char *reason)
{
	struct doctor doctor = {.configuration = configuration,
				.journal = scene->journal->path,
				.state = "/nowhere",
				.receipt = file,
				.diagnosis = {.json = true}};
	const char *found;

	doctor_receipts(&doctor);
	found = json_string_value(
		json_object_get(json_array_get(doctor.diagnosis.list, 0), "reason"));
	assert_string_equal(found ? found : "", reason);
	json_decref(doctor.diagnosis.list);
}

/* A letter for another journal says nothing of this one, nor does one without an age. */
static void the_doctor_asks_whose_journal(void **state)
{
	struct scene *scene = *state;
	struct audit_chain chain;
	struct receipt receipt = {
		.letter = {.terminal = "counter-1", .time = "2126-11-25T08:35:00.000000Z"}};

	tick(scene, 0);
	fixture_fill(scene->journal, 1, 10);
	checkpoint_stop(&scene->checkpoint, scene->now);
	chain = verify(scene, "", 1);
	expect_doctor(scene, "");
	memcpy(receipt.letter.host, chain.host, sizeof(receipt.letter.host));
	memcpy(receipt.letter.epoch, chain.epoch, sizeof(receipt.letter.epoch));
	receipt.verified = chain.verified;
	write_receipt(&receipt);
	expect_doctor(scene, "clocks-differ");
	receipt.letter.epoch[0] = receipt.letter.epoch[0] == '0' ? '1' : '0';
	write_receipt(&receipt);
	expect_doctor(scene, "other-journal");
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_way, tear_down_way)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(verified_events_may_go),
		TEST(what_was_dropped_unsent_is_told),
		TEST(where_something_is_wrong_there_is_none),
		TEST(another_journal_is_an_alarm),
		TEST(the_doctor_asks_whose_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
