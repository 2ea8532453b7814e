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

static int write_content(char json[static 512], const char *what, const char *terminal,
			 const char *time)
{
	return snprintf(
		json, 512,
		"{\"format\":1,\"what\":\"%s\",\"verified\":17,\"first\":18,\"host\":\"%s\","
		"\"epoch\":\"%s\",\"hash\":\"%s%s\",\"terminal\":\"%s\",\"time\":\"%s\"}",
		what, given.letter.host, given.letter.epoch, given.letter.host, given.letter.epoch,
		terminal, time);
}

/* As a receipt and as a request. */
static int parse_with(const char *terminal, const char *time)
{
	struct resend_request as_request;
	struct receipt receipt;
	char json[512];
	int length = write_content(json, "receipt", terminal, time);
	int r = receipt_parse(json, (size_t)length, &receipt);

	length = write_content(json, "resend", terminal, time);
	assert_int_equal(resend_parse(json, (size_t)length, &as_request), r);
	return r;
}

/* They are shown to people and stand in a file of lines: no line, no escape and no comment begins
 * in them, whoever signed. */
static void its_words_are_words(void **state)
{
	static const char *const names[] = {"", "pc\\nVerified=99", "pc ;01", "pc#", "\\u001b[2J"};
	static const char *const times[] = {"", "2026-11-25", "2026-11-25T08:35:00.000000Z\\n",
					    "2026-11-25T08:35:00.00000#Z"};

	(void)state;
	assert_int_equal(parse_with(given.letter.terminal, given.letter.time), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_int_equal(parse_with(names[i], given.letter.time), -EBADMSG);
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++)
		assert_int_equal(parse_with(given.letter.terminal, times[i]), -EBADMSG);
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
		TEST(the_collectors_receipt_is_taken), TEST(a_request_is_no_receipt),
		TEST(other_contents_are_none),	       TEST(its_words_are_words),
		TEST(what_is_kept_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
