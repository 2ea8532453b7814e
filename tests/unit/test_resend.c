/* L-03: a request to send again is the collector's, or it is none. */
#include "authority_fixture.h"

#include "agent/collector/issue.h"
#include "resend.h"

static const struct resend_request wanted = {
	.letter = {.terminal = "pc-01",
		   .host = "0123456789abcdef0123456789abcdef",
		   .epoch = "fedcba9876543210fedcba9876543210",
		   .time = "2026-11-25T08:35:00.000000Z"},
	.first = 17,
	.verified = 16,
};

struct message {
	char *text;
	size_t length;
};

static struct message sign(const char *folder, const char *certificate_file, const char *key)
{
	char pem[256];
	struct message message;

	snprintf(pem, sizeof(pem), "%s", path_of(folder, certificate_file));
	assert_int_equal(
		resend_sign(&wanted, pem, path_of(folder, key), &message.text, &message.length), 0);
	return message;
}

static int verify(const struct message *message, const char *name)
{
	struct resend_request request;
	int r = resend_verify(message->text, message->length, path_of(directory, "authority.pem"),
			      name, &request);

	if (r == 0)
		assert_memory_equal(&request, &wanted, sizeof(wanted));
	return r;
}

static void the_collectors_request_is_taken(void **state)
{
	struct message message;

	(void)state;
	set_up();
	message = sign(directory, "collector.pem", "collector.key");
	assert_int_equal(verify(&message, NAME), 0);
	assert_int_equal(verify(&message, "log2.example.lg.jp"), -EKEYREJECTED);
	free(message.text);
}

/* Whatever byte is another one: it is refused, or it is none of what was signed (such as the list
 * of digests used) and the request is the same, as verify() sees. */
static void an_altered_request_is_none(void **state)
{
	struct message message;
	size_t taken = 0;

	(void)state;
	set_up();
	message = sign(directory, "collector.pem", "collector.key");
	for (size_t i = 0; i < message.length; i++) {
		char byte = message.text[i];

		message.text[i] = byte == 'A' ? 'B' : 'A';
		taken += verify(&message, NAME) == 0;
		message.text[i] = byte;
	}
	assert_in_range(taken, 0, message.length / 20);
	for (size_t length = 0; length + 30 < message.length; length += 7) {
		const struct message cut = {message.text, length};

		assert_int_equal(verify(&cut, NAME), -EKEYREJECTED);
	}
	free(message.text);
}

/* A terminal's certificate is of the same authority. */
static void a_terminals_request_is_none(void **state)
{
	_cleanup_authority_ struct authority authority = AUTHORITY_CLOSED;
	const char *const names[] = {"pc-01"};
	const char *failed;
	struct config_error error;
	struct issue issue = {.terminals = -1, .output = -1, .collector = NAME};
	struct message message;

	(void)state;
	set_up();
	assert_int_equal(authority_open(&authority, directory, false, &error), 0);
	assert_int_equal(mkdir(path_of(directory, "terminals"), 0700), 0);
	issue.authority = &authority;
	issue.terminals = open(path_of(directory, "terminals"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	issue.output = open(output, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(issue_batch(&issue, names, 1, &failed), 0);
	close(issue.terminals);
	close(issue.output);
	message = sign(output, "pc-01/terminal.pem", "pc-01/terminal.key");
	assert_int_equal(verify(&message, "pc-01." NAME_TERMINAL_DOMAIN), -EKEYREJECTED);
	assert_int_equal(verify(&message, NAME), -EKEYREJECTED);
	free(message.text);
}

static void another_collectors_request_is_none(void **state)
{
	struct message message;

	(void)state;
	set_up();
	message = sign(directory, "collector.pem", "collector.key");
	end(state);
	begin(state);
	set_up();
	assert_int_equal(verify(&message, NAME), -EKEYREJECTED);
	free(message.text);
}

static void wrong_files_are_told(void **state)
{
	struct message message = {(char *)"-----BEGIN CMS-----\n-----END CMS-----\n", 38};
	char pem[256];
	struct resend_request request;
	char *text;
	size_t length;

	(void)state;
	assert_int_equal(resend_verify("", 0, path_of(directory, "authority.pem"), NAME, &request),
			 -ENOENT);
	set_up();
	assert_int_equal(verify(&message, NAME), -EKEYREJECTED);
	snprintf(pem, sizeof(pem), "%s", path_of(directory, "collector.pem"));
	assert_int_equal(
		resend_sign(&wanted, pem, path_of(directory, "authority.key"), &text, &length),
		-EINVAL);
	assert_int_equal(resend_sign(&wanted, pem, path_of(directory, "none.key"), &text, &length),
			 -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_collectors_request_is_taken),
		TEST(an_altered_request_is_none),
		TEST(a_terminals_request_is_none),
		TEST(another_collectors_request_is_none),
		TEST(wrong_files_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
