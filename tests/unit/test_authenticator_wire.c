/* The software authenticator on the wire: waiting for a touch, framing, and every way of it to
 * misbehave, each seen as such by libfido2. */
#include "tests/unit/key_fixture.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#define SHORT_MS 300 /* a time limit that is meant to run out */
#define LONG_MS	 60000 /* one that is not */
#define FRAME	 64 /* bytes of a report */

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void preflight_and_strangers(void **state)
{
	struct fixture *fixture = *state;
	struct credential credential;
	struct credential stranger;

	START(fixture, "--pin", PIN, "--touch", "never", "--touch-timeout", "200");
	assert_int_equal(softkey_command(fixture->key.control, "touch-mode auto", NULL), 0);
	credential = make_credential(fixture, &(struct wish){.pin = PIN});
	stranger = make_credential(fixture, &(struct wish){.pin = PIN, .protect = 3});
	command(fixture, "touch-mode never");
	assert_int_equal(ask(fixture, &credential, NULL, FIDO_OPT_FALSE, FIDO_OPT_OMIT, NULL),
			 FIDO_OK);
	/* credProtect 3: without verification the key does not know it. */
	assert_int_equal(ask(fixture, &stranger, NULL, FIDO_OPT_FALSE, FIDO_OPT_OMIT, NULL),
			 FIDO_ERR_NO_CREDENTIALS);
	assert_int_equal(ask(fixture, &stranger, PIN, FIDO_OPT_FALSE, FIDO_OPT_OMIT, NULL),
			 FIDO_OK);
	credential.id[20] ^= 1;
	assert_int_equal(ask(fixture, &credential, NULL, FIDO_OPT_FALSE, FIDO_OPT_OMIT, NULL),
			 FIDO_ERR_NO_CREDENTIALS);
	credential.id[20] ^= 1;
	assert_int_equal(ask(fixture, &credential, NULL, FIDO_OPT_TRUE, FIDO_OPT_OMIT, NULL),
			 FIDO_ERR_USER_ACTION_TIMEOUT);
}

/* Opening is no test of patience: a busy machine may take longer than SHORT_MS. */
static void open_impatient(struct fixture *fixture)
{
	assert_int_equal(open_device(fixture, 0), FIDO_OK);
	assert_int_equal(fido_dev_set_timeout(fixture->dev, SHORT_MS), FIDO_OK);
}

/* One that nobody has read. */
static void await_keepalive(const struct fixture *fixture)
{
	struct pollfd poll_fd = {.fd = *(const int *)fido_dev_io_handle(fixture->dev),
				 .events = POLLIN};

	assert_int_equal(poll(&poll_fd, 1, LONG_MS), 1);
}

static void a_touch_is_waited_for(void **state)
{
	struct fixture *fixture = *state;
	struct credential credential;
	long begin;

	START(fixture, "--touch", "250");
	begin = now_ms();
	credential = make_credential(fixture, &(struct wish){});
	assert_true(now_ms() - begin >= 250);
	prove(fixture, &credential, NULL, FIDO_OPT_OMIT);
	command(fixture, "touch-mode command");
	assert_int_equal(softkey_command(fixture->key.control, "touch", NULL), -EBADMSG);

	/* libfido2 gives up waiting; the key still waits, and is busy for everybody else. */
	open_impatient(fixture);
	assert_int_equal(ask(fixture, &credential, NULL, FIDO_OPT_TRUE, FIDO_OPT_OMIT, NULL),
			 FIDO_ERR_RX);
	assert_int_equal(status(fixture, "waiting"), 1);
	assert_int_not_equal(open_device(fixture, SHORT_MS), FIDO_OK);
	command(fixture, "touch");
	assert_int_equal(status(fixture, "busy"), 0);
	open_impatient(fixture);

	/* Cancelled, it is free at once. */
	assert_int_equal(ask(fixture, &credential, NULL, FIDO_OPT_TRUE, FIDO_OPT_OMIT, NULL),
			 FIDO_ERR_RX);
	assert_int_equal(fido_dev_cancel(fixture->dev), FIDO_OK);
	open_impatient(fixture);
	assert_int_equal(status(fixture, "waiting"), 0);
	assert_int_equal(softkey_command(fixture->key.control, "touch", NULL), -EBADMSG);

	/* Also where it hears of that, and of the connection's end with keepalives unread, late. */
	assert_int_equal(ask(fixture, &credential, NULL, FIDO_OPT_TRUE, FIDO_OPT_OMIT, NULL),
			 FIDO_ERR_RX);
	await_keepalive(fixture);
	assert_int_equal(kill(fixture->key.pid, SIGSTOP), 0);
	assert_int_equal(waitpid(fixture->key.pid, NULL, WUNTRACED), fixture->key.pid);
	assert_int_equal(fido_dev_cancel(fixture->dev), FIDO_OK);
	close_device(fixture);
	assert_int_equal(kill(fixture->key.pid, SIGCONT), 0);
	open_impatient(fixture);
	assert_int_equal(status(fixture, "waiting"), 0);
}

static void choosing_a_key_by_touch(void **state)
{
	struct fixture *fixture = *state;
	int touched = 1;

	START(fixture, "--touch", "command");
	assert_int_equal(fido_dev_get_touch_begin(fixture->dev), FIDO_OK);
	assert_int_equal(fido_dev_get_touch_status(fixture->dev, &touched, SHORT_MS), FIDO_OK);
	assert_false(touched);
	command(fixture, "touch");
	assert_int_equal(fido_dev_get_touch_status(fixture->dev, &touched, LONG_MS), FIDO_OK);
	assert_true(touched);
}

/* Sends a report as hidraw would and reads @length bytes of the answer, if one is expected. */
static void exchange(int fd, const char *hex, unsigned char answer[FRAME])
{
	unsigned char report[FRAME + 1] = {};
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	size_t length = strlen(hex) / 2;

	for (size_t i = 0; i < length; i++) {
		const char digits[3] = {hex[2 * i], hex[2 * i + 1]};

		report[i + 1] = (unsigned char)strtoul(digits, NULL, 16);
	}
	assert_int_equal(send(fd, report, sizeof(report), 0), sizeof(report));
	if (!answer)
		return;
	assert_int_equal(poll(&poll_fd, 1, LONG_MS), 1);
	assert_int_equal(recv(fd, answer, FRAME, 0), FRAME);
}

static void expect(int fd, const char *hex, const char *answer_hex)
{
	unsigned char answer[FRAME];
	char text[2 * FRAME + 1];

	exchange(fd, hex, answer);
	for (int i = 0; i < FRAME; i++)
		snprintf(text + 2 * i, 3, "%02x", answer[i]);
	text[strlen(answer_hex)] = '\0';
	assert_string_equal(text, answer_hex);
}

static void framing_follows_the_specification(void **state)
{
	struct fixture *fixture = *state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	unsigned char frame[FRAME];
	struct pollfd poll_fd;
	int fd;

	START(fixture, "--touch", "command");
	close_device(fixture);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", fixture->key.socket);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	/* Channel 1 was libfido2's; we get 2 and 3: protocol 2, WINK, CBOR, no MSG. */
	expect(fd, "ffffffff860008a1a2a3a4a5a6a7a8",
	       "ffffffff860011a1a2a3a4a5a6a7a800000002020100000d");
	expect(fd, "ffffffff860008b1b2b3b4b5b6b7b8",
	       "ffffffff860011b1b2b3b4b5b6b7b800000003020100000d");
	expect(fd, "ffffffff860007", "ffffffffbf000103");
	expect(fd, "ffffffff810000", "ffffffffbf00010b");
	expect(fd, "00000009810000", "00000009bf00010b");
	expect(fd, "00000002810003112233", "0000000281000311223300");
	expect(fd, "00000002880000", "00000002880000");
	expect(fd, "00000002830000", "00000002bf000101");
	expect(fd, "000000028100ff", "00000002bf000105"); /* the rest never comes: time is up */
	exchange(fd, "00000002810100", NULL);
	expect(fd, "0000000201", "00000002bf000104"); /* the second report before the first */
	exchange(fd, "00000002810100", NULL);
	expect(fd, "00000003810000", "00000003bf000106"); /* another channel: busy */
	expect(fd, "00000002860008c1c2c3c4c5c6c7c8",
	       "00000002860011c1c2c3c4c5c6c7c800000002020100000d");
	expect(fd, "00000003810000", "00000003810000");
	/* authenticatorSelection waits for a touch, with keepalives; a cancel ends it. */
	expect(fd, "000000029000010b", "00000002bb000102");
	poll_fd = (struct pollfd){.fd = fd, .events = POLLIN};
	assert_int_equal(poll(&poll_fd, 1, LONG_MS), 1);
	assert_int_equal(recv(fd, frame, sizeof(frame), 0), FRAME);
	assert_int_equal(frame[4], 0xbb);
	exchange(fd, "00000003910000", NULL); /* not the channel that waits */
	assert_int_equal(status(fixture, "waiting"), 1);
	expect(fd, "00000002910000", "000000029000012d");
	assert_int_equal(status(fixture, "waiting"), 0);
	expect(fd, "0000000290000155", "0000000290000101"); /* no such command */
	close(fd);
}

struct row {
	const char *name;
	int asked; /* libfido2's answer to the request */
	int verified; /* and to fido_assert_verify() wanting presence and verification */
	int lenient; /* the same without wanting them */
};

static void lies_show_at_verification(void **state)
{
	static const struct row rows[] = {
		{"wrong-signature", FIDO_OK, FIDO_ERR_INVALID_SIG, FIDO_ERR_INVALID_SIG},
		{"wrong-challenge", FIDO_OK, FIDO_ERR_INVALID_SIG, FIDO_ERR_INVALID_SIG},
		{"wrong-rp", FIDO_OK, FIDO_ERR_INVALID_PARAM, FIDO_ERR_INVALID_PARAM},
		{"no-uv-bit", FIDO_OK, FIDO_ERR_INVALID_PARAM, FIDO_OK},
		{"no-up-bit", FIDO_OK, FIDO_ERR_INVALID_PARAM, FIDO_OK},
		{"other-credential", FIDO_OK, FIDO_OK, FIDO_OK},
		{"garbage-cbor", FIDO_ERR_RX_NOT_CBOR, 0, 0},
		{"truncated-response", FIDO_ERR_RX_NOT_CBOR, 0, 0},
		{"huge-cbor", FIDO_ERR_RX_NOT_CBOR, 0, 0},
		{"deny", FIDO_ERR_OPERATION_DENIED, 0, 0},
	};
	struct fixture *fixture = *state;
	struct credential credential;

	START(fixture, "--pin", PIN);
	credential = make_credential(fixture, &(struct wish){.pin = PIN});
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		fido_assert_t *assertion = NULL;
		char line[64];

		snprintf(line, sizeof(line), "misbehave %s", rows[i].name);
		command(fixture, line);
		print_message("%s\n", rows[i].name);
		assert_int_equal(
			ask(fixture, &credential, PIN, FIDO_OPT_TRUE, FIDO_OPT_OMIT, &assertion),
			rows[i].asked);
		command(fixture, "clear");
		if (rows[i].asked != FIDO_OK)
			continue;
		assert_int_equal(verify(assertion, &credential, FIDO_OPT_TRUE, FIDO_OPT_TRUE),
				 rows[i].verified);
		assert_int_equal(verify(assertion, &credential, FIDO_OPT_OMIT, FIDO_OPT_OMIT),
				 rows[i].lenient);
		assert_int_equal(fido_assert_id_len(assertion, 0), credential.id_length);
		assert_int_equal(memcmp(fido_assert_id_ptr(assertion, 0), credential.id,
					credential.id_length) != 0,
				 strcmp(rows[i].name, "other-credential") == 0);
		fido_assert_free(&assertion);
	}
	prove(fixture, &credential, PIN, FIDO_OPT_OMIT);
}

static void verification_may_be_ignored(void **state)
{
	struct fixture *fixture = *state;
	fido_assert_t *assertion = NULL;
	struct credential credential;

	START(fixture, "--pin", PIN, "--misbehave", "uv-ignored");
	assert_true(fido_dev_has_uv(fixture->dev));
	credential = make_credential(fixture, &(struct wish){});
	assert_int_equal(ask(fixture, &credential, NULL, FIDO_OPT_TRUE, FIDO_OPT_TRUE, &assertion),
			 FIDO_OK);
	assert_int_equal(verify(assertion, &credential, FIDO_OPT_TRUE, FIDO_OPT_TRUE),
			 FIDO_ERR_INVALID_PARAM);
	assert_int_equal(verify(assertion, &credential, FIDO_OPT_TRUE, FIDO_OPT_OMIT), FIDO_OK);
	fido_assert_free(&assertion);
}

static void counters_may_stand_or_fall(void **state)
{
	struct fixture *fixture = *state;
	struct credential credential;

	START(fixture, "--counter", "100");
	credential = make_credential(fixture, &(struct wish){});
	assert_int_equal(prove(fixture, &credential, NULL, FIDO_OPT_OMIT), 102);
	command(fixture, "misbehave counter-repeat");
	assert_int_equal(prove(fixture, &credential, NULL, FIDO_OPT_OMIT), 102);
	command(fixture, "clear");
	command(fixture, "misbehave counter-back");
	assert_int_equal(prove(fixture, &credential, NULL, FIDO_OPT_OMIT), 101);
	assert_int_equal(prove(fixture, &credential, NULL, FIDO_OPT_OMIT), 100);
	command(fixture, "clear");
	command(fixture, "set counter 7");
	assert_int_equal(prove(fixture, &credential, NULL, FIDO_OPT_OMIT), 8);
}

static void preflight_may_be_refused(void **state)
{
	struct fixture *fixture = *state;
	struct credential credential;

	START(fixture, "--pin", PIN);
	credential = make_credential(fixture, &(struct wish){});
	command(fixture, "misbehave silent-refused");
	assert_int_equal(ask(fixture, &credential, NULL, FIDO_OPT_FALSE, FIDO_OPT_OMIT, NULL),
			 FIDO_ERR_UNSUPPORTED_OPTION);
	prove(fixture, &credential, NULL, FIDO_OPT_OMIT);
	command(fixture, "clear");
	command(fixture, "misbehave silent-needs-uv");
	assert_int_equal(ask(fixture, &credential, NULL, FIDO_OPT_FALSE, FIDO_OPT_OMIT, NULL),
			 FIDO_ERR_PIN_REQUIRED);
	prove(fixture, &credential, NULL, FIDO_OPT_OMIT);
}

static void a_dumb_key_costs_the_time_limit(void **state)
{
	static const char *const names[] = {"stall", "truncated-frames"};
	struct fixture *fixture = *state;
	struct credential credential;
	long begin;

	START(fixture, "--pin", PIN);
	credential = make_credential(fixture, &(struct wish){.pin = PIN, .rk = FIDO_OPT_TRUE});
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char line[64];

		snprintf(line, sizeof(line), "misbehave %s", names[i]);
		command(fixture, line);
		print_message("%s\n", names[i]);
		open_impatient(fixture);
		begin = now_ms();
		assert_int_equal(ask(fixture, NULL, NULL, FIDO_OPT_TRUE, FIDO_OPT_OMIT, NULL),
				 FIDO_ERR_RX);
		/* Not for ever; how much more, the machine has a say in. */
		assert_in_range(now_ms() - begin, SHORT_MS, LONG_MS);
		command(fixture, "clear");
		assert_int_equal(open_device(fixture, 0), FIDO_OK);
		prove(fixture, &credential, NULL, FIDO_OPT_OMIT);
	}
	command(fixture, "misbehave stall-info");
	assert_int_equal(open_device(fixture, SHORT_MS), FIDO_ERR_RX);
	command(fixture, "clear");
	command(fixture, "misbehave stall-init");
	assert_int_equal(open_device(fixture, SHORT_MS), FIDO_ERR_RX);
	command(fixture, "clear");
	assert_int_equal(open_device(fixture, 0), FIDO_OK);
}

/* One request costs its time limit, and more: libfido2 1.12 takes whole milliseconds off it only
 * (fido_time_delta(), time.c), and an assertion takes less where nothing else runs. Then there is
 * no end. */
static void a_huge_count_costs_the_time_limit(void **state)
{
	enum { LIMIT_MS = 2000 };
	struct fixture *fixture = *state;
	int64_t begin = now_ms();
	int64_t asked;
	int ended = 0;
	pid_t child;

	START(fixture, "--pin", PIN);
	make_credential(fixture, &(struct wish){.pin = PIN, .rk = FIDO_OPT_TRUE});
	command(fixture, "misbehave huge-count");
	close_device(fixture);
	child = fork();
	if (child == 0) {
		alarm(2 * LONG_MS / 1000);
		if (open_device(fixture, LIMIT_MS) == FIDO_OK) {
			begin = now_ms();
			ask(fixture, NULL, NULL, FIDO_OPT_TRUE, FIDO_OPT_OMIT, NULL);
		}
		_exit(now_ms() - begin < LIMIT_MS);
	}
	assert_true(child > 0);
	asked = now_ms();
	do
		usleep(100000);
	while (now_ms() < asked + 2 * LIMIT_MS ||
	       (status(fixture, "signatures") <= 2 && now_ms() < asked + LONG_MS));
	assert_true(status(fixture, "signatures") > 2);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &ended, 0), child);
	assert_true(WIFSIGNALED(ended) || WEXITSTATUS(ended) == 0);
}

static void a_key_may_be_pulled_midway(void **state)
{
	struct fixture *fixture = *state;
	struct credential credential;

	START(fixture, "--pin", PIN);
	credential = make_credential(fixture, &(struct wish){.pin = PIN});
	command(fixture, "misbehave unplug-midway");
	assert_int_equal(ask(fixture, &credential, PIN, FIDO_OPT_TRUE, FIDO_OPT_OMIT, NULL),
			 FIDO_ERR_RX);
	assert_int_equal(access(fixture->key.socket, F_OK), -1);
	assert_int_equal(status(fixture, "plugged"), 0);
	command(fixture, "clear");
	command(fixture, "plug");
	assert_int_equal(open_device(fixture, 0), FIDO_OK);
	prove(fixture, &credential, PIN, FIDO_OPT_OMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(preflight_and_strangers, setup, teardown),
		cmocka_unit_test_setup_teardown(a_touch_is_waited_for, setup, teardown),
		cmocka_unit_test_setup_teardown(choosing_a_key_by_touch, setup, teardown),
		cmocka_unit_test_setup_teardown(framing_follows_the_specification, setup, teardown),
		cmocka_unit_test_setup_teardown(lies_show_at_verification, setup, teardown),
		cmocka_unit_test_setup_teardown(verification_may_be_ignored, setup, teardown),
		cmocka_unit_test_setup_teardown(counters_may_stand_or_fall, setup, teardown),
		cmocka_unit_test_setup_teardown(preflight_may_be_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_dumb_key_costs_the_time_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(a_huge_count_costs_the_time_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(a_key_may_be_pulled_midway, setup, teardown),
	};

	fido_init(FIDO_DISABLE_U2F_FALLBACK);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
