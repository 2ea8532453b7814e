/* A receipt is the collector's, or it is none; what the terminal keeps of it is root's, whole, and
 * the same. */
#include "authority_fixture.h"

#include "receipt.h"
#include "resend.h"

static const struct receipt given = {
	.letter = {.terminal = "pc-01",
		   .host = "0123456789abcdef0123456789abcdef",
		   .epoch = "fedcba9876543210fedcba9876543210",
		   .time = "2026-11-25T08:35:00.000000Z"},
	.verified = {.sequence = 17, .hash = {1, 2, 3, 0xff}},
};

static const struct resend_request request = {
	.letter = {.terminal = "pc-01",
		   .host = "0123456789abcdef0123456789abcdef",
		   .epoch = "fedcba9876543210fedcba9876543210",
		   .time = "2026-11-25T08:35:00.000000Z"},
	.first = 17,
	.verified = 16,
};

static char pem[256];

static void sign(char **ret_text, size_t *ret_length)
{
	set_up();
	snprintf(pem, sizeof(pem), "%s", path_of(directory, "collector.pem"));
	assert_int_equal(receipt_sign(&given, pem, path_of(directory, "collector.key"), ret_text,
				      ret_length),
			 0);
}

static void expect_same(const struct receipt *receipt)
{
	assert_string_equal(receipt->letter.terminal, given.letter.terminal);
	assert_string_equal(receipt->letter.host, given.letter.host);
	assert_string_equal(receipt->letter.epoch, given.letter.epoch);
	assert_string_equal(receipt->letter.time, given.letter.time);
	assert_int_equal(receipt->verified.sequence, given.verified.sequence);
	assert_memory_equal(receipt->verified.hash, given.verified.hash, JOURNAL_HASH_SIZE);
}

static void the_collectors_receipt_is_taken(void **state)
{
	struct receipt receipt;
	size_t length;
	char *text;

	(void)state;
	sign(&text, &length);
	assert_int_equal(
		receipt_verify(text, length, path_of(directory, "authority.pem"), NAME, &receipt),
		0);
	expect_same(&receipt);
	assert_int_equal(receipt_verify(text, length, path_of(directory, "authority.pem"),
					"log2.example.lg.jp", &receipt),
			 -EKEYREJECTED);
	free(text);
}

/* The same collector signs both: one must never do for the other. */
static void a_request_is_no_receipt(void **state)
{
	struct resend_request other;
	struct receipt receipt;
	size_t length;
	char *text;

	(void)state;
	sign(&text, &length);
	assert_int_equal(
		resend_verify(text, length, path_of(directory, "authority.pem"), NAME, &other),
		-EBADMSG);
	free(text);
	assert_int_equal(
		resend_sign(&request, pem, path_of(directory, "collector.key"), &text, &length), 0);
	assert_int_equal(
		receipt_verify(text, length, path_of(directory, "authority.pem"), NAME, &receipt),
		-EBADMSG);
	free(text);
}

/* Signed, and not what we write, a zero byte included. */
static void other_contents_are_none(void **state)
{
	static const char *const contents[] = {
		"",
		"[]",
		"{\"format\":1,\"what\":\"receipt\"}",
		"{\"format\":1,\"what\":\"receipt\",\"terminal\":\"pc\",\"host\":\"0\"}",
		"{\"format\":1,\"what\":\"receipt\\u0000\"}",
	};

	(void)state;
	set_up();
	snprintf(pem, sizeof(pem), "%s", path_of(directory, "collector.pem"));
	for (size_t i = 0; i < sizeof(contents) / sizeof(*contents); i++) {
		struct receipt receipt;
		size_t length;
		char *text;

		assert_int_equal(signed_make(contents[i], pem, path_of(directory, "collector.key"),
					     &text, &length),
				 0);
		assert_int_equal(receipt_verify(text, length, path_of(directory, "authority.pem"),
						NAME, &receipt),
				 -EBADMSG);
		free(text);
	}
}

static void what_is_kept_is_the_same(void **state)
{
	struct config_error error;
	struct receipt receipt;
	struct stat status;
	int folder, fd;

	(void)state;
	set_up();
	folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(receipt_load(path_of(directory, "receipt"), 0, &receipt, &error), -ENOENT);
	assert_int_equal(receipt_save(folder, "receipt", &given), 0);
	assert_int_equal(stat(path_of(directory, "receipt"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0644);
	assert_int_equal(receipt_load(path_of(directory, "receipt"), 0, &receipt, &error), 0);
	expect_same(&receipt);
	/* Cut, or anybody's: it does not count. */
	fd = openat(folder, "receipt", O_RDWR | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, status.st_size - 60), 0);
	assert_int_equal(receipt_load(path_of(directory, "receipt"), 0, &receipt, &error),
			 -EBADMSG);
	assert_non_null(strstr(error.text, "sekisho receipt"));
	assert_int_equal(receipt_save(folder, "receipt", &given), 0);
	assert_int_equal(fchmodat(folder, "receipt", 0666, 0), 0);
	assert_int_equal(receipt_load(path_of(directory, "receipt"), 0, &receipt, &error), -EPERM);
	close(fd);
	close(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_collectors_receipt_is_taken),
		TEST(a_request_is_no_receipt),
		TEST(other_contents_are_none),
		TEST(what_is_kept_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
