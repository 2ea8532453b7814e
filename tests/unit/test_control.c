/* control.sock: what `sekisho checkpoint` asks, answered by the real journal under a real seal. */
#include "journal_fixture.h"

#include "agent/cli/ask.h"
#include "agent/engine/control.h"
#include "agent/engine/engine.h"
#include "number.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

struct scene {
	struct fixture *journal;
	char seal[80];
};

static struct engine engine;

static void load_seal(const struct scene *scene)
{
	char hex[2 * SEAL_KEY_SIZE + 1];
	struct config_error error;
	FILE *file = fopen(scene->seal, "we");

	assert_non_null(file);
	assert_int_equal(fchmod(fileno(file), 0600), 0);
	hex_format((const uint8_t *)"a key of the terminal's, 32 byte", SEAL_KEY_SIZE, hex);
	fprintf(file, "[Seal]\nSigning=%s\nPeriod=0\nRatchet=%s\n", hex, hex);
	assert_int_equal(fclose(file), 0);
	if (sealer_open(scene->seal, &engine.checkpoint.sealer, &error) < 0)
		fail_msg("%s", error.text);
}

static int setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	if (!scene || fixture_setup((void **)&scene->journal) < 0)
		return -1;
	fixture_open(scene->journal);
	engine = (struct engine){
		.journal = scene->journal->journal,
		.checkpoint = {.journal = scene->journal->journal},
		.outbox = {.journal = scene->journal->journal},
	};
	snprintf(scene->seal, sizeof(scene->seal), "%s.seal", scene->journal->path);
	load_seal(scene);
	*state = scene;
	return 0;
}

static int teardown(void **state)
{
	struct scene *scene = *state;

	outbox_release(&engine.outbox);
	sealer_close(&engine.checkpoint.sealer);
	unlink(scene->seal);
	fixture_teardown((void **)&scene->journal);
	free(scene);
	return 0;
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, path, strlen(path) + 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 16), 0);
	return fd;
}

static int ask(const char *argument, uint32_t caller, json_t **ret_lines)
{
	const struct control_question question = {"checkpoint", argument, caller};
	int error = 1;

	*ret_lines = engine_answer(&engine, &question, &error);
	assert_non_null(*ret_lines);
	return error;
}

static void expect_refused(const char *argument, uint32_t caller, int error)
{
	uint64_t before;
	struct journal_head end;
	json_t *lines;

	journal_head(engine.journal, &end);
	before = end.sequence;
	assert_int_equal(ask(argument, caller, &lines), error);
	assert_int_equal(json_array_size(lines), 0);
	json_decref(lines);
	journal_head(engine.journal, &end);
	assert_int_equal(end.sequence, before);
}

/* Root gets the number, the key and the hash that `sekisho verify` finds then. */
static void root_has_it_sealed(void **state)
{
	struct scene *scene = *state;
	struct journal_summary summary;
	char hash[2 * JOURNAL_HASH_SIZE + 1];
	struct sealkeys keys = {.count = 1};
	_cleanup_event_ struct event event = {};
	json_t *lines, *answer;

	fixture_fill(scene->journal, 1, 3);
	/* What the engine has not written yet is sealed too. */
	assert_int_equal(event_begin(&event, EVENT_ENGINE_STOP), 0);
	outbox_put(&engine.outbox, &event);
	assert_int_equal(ask("sleep", 0, &lines), 0);
	answer = json_array_get(lines, 0);
	assert_int_equal(json_integer_value(json_object_get(answer, "sealed")), 5);
	assert_string_equal(ask_text(answer, "key"), engine.checkpoint.sealer.key_id);
	assert_string_equal(ask_text(answer, "reason"), "sleep");
	assert_int_equal(
		seal_public_key(engine.checkpoint.sealer.private_key, keys.list[0].public_key), 0);
	seal_key_id(keys.list[0].public_key, keys.list[0].id);
	assert_int_equal(
		journal_verify_sealed(scene->journal->dirfd, 0, &keys, NULL, NULL, &summary), 0);
	assert_int_equal(summary.findings, 0);
	assert_int_equal(summary.seals.vouched, 5);
	hex_format(summary.head.hash, JOURNAL_HASH_SIZE, hash);
	assert_string_equal(ask_text(answer, "hash"), hash);
	json_decref(lines);
	assert_int_equal(engine.checkpoint.sealer.period, 1);
}

static void others_are_refused(void **state)
{
	(void)state;
	expect_refused("", 1000, -EPERM);
	expect_refused("", UINT32_MAX, -EPERM);
	expect_refused("now", 0, -EINVAL);
}

static void without_a_seal_it_says_so(void **state)
{
	(void)state;
	sealer_close(&engine.checkpoint.sealer);
	expect_refused("sleep", 0, -ENOKEY);
}

static void a_full_disk_is_told(void **state)
{
	struct scene *scene = *state;

	scene->journal->disk.write.error = -ENOSPC;
	scene->journal->disk.write.fail = 1000;
	expect_refused("", 0, -ENOSPC);
	assert_int_equal(engine.checkpoint.error, -ENOSPC);
	scene->journal->disk.write.fail = 0;
}

/* The other end in a process of its own, as whoever runs the test. */
static _Noreturn void be_the_caller(const char *path)
{
	json_t *lines = NULL;
	int r = ask_verb(path, "checkpoint", "sleep", &lines);

	if (r == 0)
		r = strcmp(ask_text(json_array_get(lines, 0), "reason"), "sleep") == 0 ? 0
										       : -EBADMSG;
	_exit(-r);
}

static void the_caller_is_who_connected(void **state)
{
	struct scene *scene = *state;
	struct control control;
	char path[96];
	int status = 0, listener;
	pid_t child;

	snprintf(path, sizeof(path), "%s.sock", scene->journal->path);
	listener = listen_at(path);
	assert_int_equal(control_begin(&control, listener, engine_answer, &engine), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		be_the_caller(path);
	for (int i = 0; i < 6000 && waitpid(child, &status, WNOHANG) == 0; i++) {
		struct pollfd polls[1 + CONTROL_CONNECTIONS_MAX];

		poll(polls, control_poll(&control, polls), 10);
		control_dispatch(&control, wire_now());
	}
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), geteuid() == 0 ? 0 : EPERM);
	control_release(&control);
	close(listener);
	/* Nobody there: a socket without a listener, then none. */
	assert_int_equal(ask_verb(path, "checkpoint", "", NULL), -ECONNREFUSED);
	unlink(path);
	assert_int_equal(ask_verb(path, "checkpoint", "", NULL), -ENOENT);
}

static int join(const char *path)
{
	int fd = -1;

	assert_int_equal(wire_connect(path, WIRE_NO_DEADLINE, &fd), 0);
	return fd;
}

static size_t held(const struct control *control)
{
	size_t count = 0;

	for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		count += control->connections[i].fd >= 0;
	return count;
}

/* Where anybody may ask, nobody takes all places, nor all of the time. */
static void who_asks_too_often_waits(void **state)
{
	struct scene *scene = *state;
	struct pollfd polls[1 + CONTROL_CONNECTIONS_MAX];
	struct control control;
	int listener, fds[8];
	int64_t now = wire_now();
	char path[96];

	snprintf(path, sizeof(path), "%s.sock", scene->journal->path);
	listener = listen_at(path);
	assert_int_equal(control_begin(&control, listener, engine_answer, &engine), 0);
	control.each = 2;
	control.accepts = (struct quota){.max = 5, .within_ms = 1000};
	for (size_t i = 0; i < 8; i++)
		fds[i] = join(path);
	control_dispatch(&control, now);
	assert_int_equal(held(&control), 2);
	/* Five were taken, of which three were sent away; the others don't wake us. */
	assert_true(control.paused);
	assert_int_equal(control_deadline(&control), now + 1000);
	assert_int_equal(control_poll(&control, polls), 2);
	close(fds[0]);
	close(fds[1]);
	control_dispatch(&control, now + 1000);
	assert_false(control.paused);
	assert_int_equal(held(&control), 2);
	assert_int_equal(control_poll(&control, polls), 3);
	for (size_t i = 2; i < 8; i++)
		close(fds[i]);
	control_release(&control);
	close(listener);
	unlink(path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(root_has_it_sealed),	   TEST(others_are_refused),
		TEST(without_a_seal_it_says_so),   TEST(a_full_disk_is_told),
		TEST(the_caller_is_who_connected), TEST(who_asks_too_often_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
