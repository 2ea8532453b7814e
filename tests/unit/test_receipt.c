/* A receipt is the collector's, or it is none; what the terminal keeps of it is the same, and still
 * the collector's. */
#include "authority_fixture.h"

#include "resend.h"

#include <openssl/pem.h>

#define DAY 86400

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

static int load(struct receipt *ret_receipt, struct config_error *error)
{
	return receipt_load(path_of(directory, "receipt"), 0, ret_receipt, error);
}

static int load_signed(const char *name, struct receipt *ret_receipt, struct config_error *error)
{
	char authority[256];

	snprintf(authority, sizeof(authority), "%s/authority.pem", directory);
	return receipt_load_signed(path_of(directory, "receipt"), authority, name, ret_receipt,
				   error);
}

static void what_is_kept_is_the_same(void **state)
{
	struct config_error error;
	struct receipt receipt = {};
	struct stat status;
	char *text;

	(void)state;
	set_up();
	assert_int_equal(load(&receipt, &error), -ENOENT);
	assert_int_equal(load_signed(NAME, &receipt, &error), -ENOENT);
	keep_receipt(path_of(directory, "receipt"), &given);
	assert_mode(directory, "receipt", 0644);
	assert_int_equal(load(&receipt, &error), 0);
	expect_same(&receipt);
	assert_int_equal(load_signed(NAME, &receipt, &error), 0);
	expect_same(&receipt);
	/* Anybody's: it does not say what may be dropped. */
	assert_int_equal(chmod(path_of(directory, "receipt"), 0666), 0);
	assert_int_equal(load(&receipt, &error), -EPERM);
	/* Of another collector, or with another number in it. */
	assert_int_equal(load_signed("log2.example.lg.jp", &receipt, &error), -EKEYREJECTED);
	assert_non_null(strstr(error.text, "log2.example.lg.jp"));
	text = content(directory, "receipt");
	text[strlen(text) / 6] ^= 1;
	put(directory, "receipt", text, 0644);
	assert_int_equal(load(&receipt, &error), -EBADMSG);
	assert_int_equal(load_signed(NAME, &receipt, &error), -EKEYREJECTED);
	free(text);
	/* Cut. */
	keep_receipt(path_of(directory, "receipt"), &given);
	assert_int_equal(stat(path_of(directory, "receipt"), &status), 0);
	assert_int_equal(truncate(path_of(directory, "receipt"), status.st_size - 60), 0);
	assert_int_equal(load(&receipt, &error), -EBADMSG);
	assert_non_null(strstr(error.text, "sekisho receipt"));
}

/* The collector's certificate, which ended yesterday. */
static void end_certificate(void)
{
	X509 *read = certificate(directory, "collector.pem");
	EVP_PKEY *authority = NULL;
	BIO *file;

	assert_int_equal(pemfile_key(AT_FDCWD, path_of(directory, "authority.key"), &authority), 0);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(read), -2 * DAY));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(read), -DAY));
	assert_true(X509_sign(read, authority, EVP_sha256()) > 0);
	file = BIO_new_file(path_of(directory, "collector.pem"), "w");
	assert_non_null(file);
	assert_int_equal(PEM_write_bio_X509(file, read), 1);
	BIO_free(file);
	EVP_PKEY_free(authority);
	X509_free(read);
}

/* One that was good when it was taken stays so: a journal is kept longer than certificates are. */
static void a_kept_one_outlives_its_certificate(void **state)
{
	struct config_error error;
	struct receipt receipt = {};
	char *text;

	(void)state;
	set_up();
	end_certificate();
	text = sign_receipt(&given);
	assert_int_equal(receipt_verify(text, strlen(text), path_of(directory, "authority.pem"),
					NAME, &receipt),
			 -EKEYREJECTED);
	free(text);
	keep_receipt(path_of(directory, "receipt"), &given);
	assert_int_equal(load_signed(NAME, &receipt, &error), 0);
	expect_same(&receipt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_collectors_receipt_is_taken), TEST(a_request_is_no_receipt),
		TEST(other_contents_are_none),	       TEST(its_words_are_words),
		TEST(what_is_kept_is_the_same),	       TEST(a_kept_one_outlives_its_certificate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
