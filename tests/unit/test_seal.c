/* L-03: the words of a seal and its two marks, held against other implementations. */
#include "cleanup.h"
#include "number.h"
#include "sealed.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* RFC 8032, section 7.1, test 1. */
#define PRIVATE_KEY "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define PUBLIC_KEY  "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
/* Of the words below, made with `openssl pkeyutl -sign -rawin` and that key. */
#define SIGNATURE                                                                                  \
	"166d385b09b0def8823aa5011c4b59f67ca92e57c223dd8ba69d2b1206e54369"                         \
	"e0c41267158b29ce52937aac9f5a0ea2274e5374c747cf2fcba10da21c1f3606"
/* Python's hmac with the key 00 01 ... 1f: of the words below, and of "sekisho ratchet 1". */
#define MAC  "e56ce07ceb4e144e105ceb12507260d071c37e877e0732c86e81bc8938f9d286"
#define NEXT "79bfed9a68747c5e031415652255fe70a6e2e1ad08c23150785f0bcd5b6eb08f"

struct fixture {
	uint8_t previous[JOURNAL_HASH_SIZE];
	uint8_t private_key[SEAL_KEY_SIZE], public_key[SEAL_KEY_SIZE], ratchet[SEAL_KEY_SIZE];
	struct seal_statement statement;
	struct seal_marks marks;
};

static int setup(void **state)
{
	static struct fixture fixture;
	size_t length;

	memset(fixture.previous, 0x5a, sizeof(fixture.previous));
	for (size_t i = 0; i < SEAL_KEY_SIZE; i++)
		fixture.ratchet[i] = (uint8_t)i;
	if (hex_parse(PRIVATE_KEY, fixture.private_key, SEAL_KEY_SIZE, &length) < 0 ||
	    hex_parse(PUBLIC_KEY, fixture.public_key, SEAL_KEY_SIZE, &length) < 0)
		return -1;
	fixture.statement = (struct seal_statement){
		.host = "0123456789abcdef0123456789abcdef",
		.epoch = "fedcba9876543210fedcba9876543210",
		.sequence = 7,
		.previous = fixture.previous,
		.period = 3,
		.reason = "time",
		.time = "2026-11-25T08:35:00.000000Z",
		.boot = "00112233445566778899aabbccddeeff",
	};
	*state = &fixture;
	return seal_make(&fixture.statement, fixture.private_key, fixture.ratchet, &fixture.marks);
}

static void expect_hex(const void *bytes, size_t length, const char *expected)
{
	char text[2 * SEAL_SIGNATURE_SIZE + 1];

	hex_format(bytes, length, text);
	assert_string_equal(text, expected);
}

static void others_make_the_same_marks(void **state)
{
	struct fixture *fixture = *state;
	uint8_t public_key[SEAL_KEY_SIZE];

	assert_int_equal(seal_public_key(fixture->private_key, public_key), 0);
	expect_hex(public_key, sizeof(public_key), PUBLIC_KEY);
	expect_hex(fixture->marks.signature, SEAL_SIGNATURE_SIZE, SIGNATURE);
	expect_hex(fixture->marks.mac, SEAL_MAC_SIZE, MAC);
	seal_turn(fixture->ratchet);
	expect_hex(fixture->ratchet, SEAL_KEY_SIZE, NEXT);
}

static void a_key_has_a_name(void **state)
{
	struct fixture *fixture = *state;
	char id[SEAL_KEY_ID_SIZE];

	seal_key_id(fixture->public_key, id);
	assert_string_equal(id, "21fe31dfa154a261"); /* printf PUBLIC_KEY | xxd -r -p | sha256sum */
}

static int check(const struct fixture *fixture, const struct seal_statement *statement)
{
	int signature =
		seal_check_signature(statement, fixture->public_key, fixture->marks.signature);
	int mac = seal_check_mac(statement, fixture->ratchet, fixture->marks.mac);

	assert_int_equal(signature, mac);
	return signature;
}

/* Each thing that is said is under both marks. */
static void nothing_said_can_be_changed(void **state)
{
	struct fixture *fixture = *state;
	struct seal_statement other;
	uint8_t previous[JOURNAL_HASH_SIZE];

	assert_int_equal(check(fixture, &fixture->statement), 0);
	other = fixture->statement;
	other.host = other.epoch;
	assert_int_equal(check(fixture, &other), -EKEYREJECTED);
	other = fixture->statement;
	other.epoch = other.host;
	assert_int_equal(check(fixture, &other), -EKEYREJECTED);
	other = fixture->statement;
	other.sequence++;
	assert_int_equal(check(fixture, &other), -EKEYREJECTED);
	other = fixture->statement;
	memcpy(previous, fixture->previous, sizeof(previous));
	previous[31] ^= 1;
	other.previous = previous;
	assert_int_equal(check(fixture, &other), -EKEYREJECTED);
	other = fixture->statement;
	other.period--;
	assert_int_equal(check(fixture, &other), -EKEYREJECTED);
	other = fixture->statement;
	other.reason = "stop";
	assert_int_equal(check(fixture, &other), -EKEYREJECTED);
	other = fixture->statement;
	other.time = "2026-11-25T08:35:00.000001Z";
	assert_int_equal(check(fixture, &other), -EKEYREJECTED);
	other = fixture->statement;
	other.boot = "00112233445566778899aabbccddeefe";
	assert_int_equal(check(fixture, &other), -EKEYREJECTED);
}

static void no_bit_of_a_mark_can_be_changed(void **state)
{
	struct fixture *fixture = *state;

	for (size_t bit = 0; bit < sizeof(fixture->marks.mac) * 8; bit++) {
		fixture->marks.mac[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(
			seal_check_mac(&fixture->statement, fixture->ratchet, fixture->marks.mac),
			-EKEYREJECTED);
		fixture->marks.mac[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t bit = 0; bit < sizeof(fixture->marks.signature) * 8; bit++) {
		fixture->marks.signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(seal_check_signature(&fixture->statement, fixture->public_key,
						      fixture->marks.signature),
				 -EKEYREJECTED);
		fixture->marks.signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(check(fixture, &fixture->statement), 0);
}

/* The next key can't seal for the one before it. */
static void the_ratchet_turns_one_way(void **state)
{
	struct fixture *fixture = *state;

	seal_turn(fixture->ratchet);
	assert_int_equal(seal_check_mac(&fixture->statement, fixture->ratchet, fixture->marks.mac),
			 -EKEYREJECTED);
}

static int read_checkpoint(const char *key, const char *reason)
{
	char mac[2 * SEAL_MAC_SIZE + 1] = {}, signature[2 * SEAL_SIGNATURE_SIZE + 1] = {};
	const struct journal_head head = {.sequence = 6};
	struct journal_entry entry = {.boot = "00112233445566778899aabbccddeeff",
				      .id = "x",
				      .kind = "store.checkpoint",
				      .time_us = 1};
	char line[JOURNAL_LINE_MAX];
	struct journal_record record;
	struct journal_head next;
	struct sealed sealed;
	json_t *fields;
	size_t length;

	memset(mac, 'a', sizeof(mac) - 1);
	memset(signature, 'b', sizeof(signature) - 1);
	fields = json_pack("{ssssssssss}", "key", key, "reason", reason, "period", "3", "mac", mac,
			   "signature", signature);
	entry.fields = fields;
	assert_int_equal(journal_format_event(&entry, &head, line, &length, &next), 0);
	json_decref(fields);
	assert_int_equal(journal_parse_event(line, length - 1, &record), 0);
	return sealed_read(&record, "host", "epoch", &sealed);
}

/* What is sealed is lines of words: with a line end in one they could be read in two ways. */
static void a_checkpoint_says_words(void **state)
{
	static const char *const reasons[] = {"", "time\nboot=0", "Time", "at time", "\033[2J"};
	static const char *const keys[] = {"", "0123456789abcde", "0123456789abcde\n",
					   "0123456789abcdeff", "0123456789ABCDEF"};

	(void)state;
	assert_int_equal(read_checkpoint("0123456789abcdef", "time"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		assert_int_equal(read_checkpoint("0123456789abcdef", reasons[i]), -EBADMSG);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		assert_int_equal(read_checkpoint(keys[i], "time"), -EBADMSG);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(others_make_the_same_marks),  TEST(a_key_has_a_name),
		TEST(nothing_said_can_be_changed), TEST(no_bit_of_a_mark_can_be_changed),
		TEST(the_ratchet_turns_one_way),   TEST(a_checkpoint_says_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
