/* Whose word counts, from where on, and what a letter of his shows. */
#include "agent/forward/keeping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOST  "0123456789abcdef0123456789abcdef"
#define EPOCH "00112233445566778899aabbccddeeff"

static char directory[] = "/tmp/sekisho-keeping-XXXXXX";
static int folder;

static const char *const files[] = {KEEPING_FILE, KEEPING_LOST_FILE, "refused"};

static int begin(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		unlinkat(folder, files[i], 0);
	return 0;
}

static struct collectors one_collector(void)
{
	return (struct collectors){.count = 1, .servers = {{"log1", "2514"}, {"log2", "2514"}}};
}

static void connect_to(struct keeping *keeping, const struct collectors *collectors, size_t server,
		       uint64_t acknowledged)
{
	const struct journal_header header = {.host = HOST, .epoch = EPOCH};
	const struct acknowledged position = {HOST, EPOCH, {.sequence = acknowledged}, 1};

	keeping_connect(keeping, collectors, &collectors->servers[server], &header, &position);
}

static void ask(const struct keeping *keeping, uint64_t first, unsigned int hour)
{
	struct resend_request request = {.letter = {.host = HOST, .epoch = EPOCH}, .first = first};

	snprintf(request.letter.time, sizeof(request.letter.time), "2026-11-25T%02u:00:00.000000Z",
		 hour % 24);
	keeping_asked(keeping, &request);
}

/* 0: none. */
static uint64_t noted(void)
{
	struct keeping_loss loss;

	return keeping_read_loss(folder, &loss) == 0 ? loss.first : 0;
}

static void only_what_it_acknowledged_counts(void **state)
{
	const struct collectors collectors = one_collector();
	struct keeping keeping;

	(void)state;
	keeping_begin(&keeping, -1, folder);
	ask(&keeping, 3, 1); /* nobody is known yet */
	assert_int_equal(noted(), 0);
	connect_to(&keeping, &collectors, 0, 10);
	ask(&keeping, 10, 1); /* before this was looked at */
	assert_int_equal(noted(), 0);
	ask(&keeping, 11, 1);
	assert_int_equal(noted(), 11);
	/* It is as before after a restart, and when it is connected to again. */
	keeping_begin(&keeping, -1, folder);
	connect_to(&keeping, &collectors, 0, 20);
	ask(&keeping, 15, 2);
	assert_int_equal(noted(), 15);
	ask(&keeping, 12, 1); /* an older letter */
	assert_int_equal(noted(), 15);
}

static void others_promised_nothing(void **state)
{
	struct collectors collectors = one_collector();
	struct keeping keeping;

	(void)state;
	keeping_begin(&keeping, -1, folder);
	connect_to(&keeping, &collectors, 0, 0);
	connect_to(&keeping, &collectors, 1, 50); /* another one is named */
	ask(&keeping, 50, 1);
	assert_int_equal(noted(), 0);
	collectors.count = 2;
	connect_to(&keeping, &collectors, 1, 60);
	ask(&keeping, 61, 2);
	assert_int_equal(noted(), 0);
	collectors.count = 1;
	collectors.protocol = COLLECTORS_SYSLOG;
	connect_to(&keeping, &collectors, 1, 70);
	ask(&keeping, 71, 3);
	assert_int_equal(noted(), 0);
	collectors.protocol = COLLECTORS_HTTPS;
	connect_to(&keeping, &collectors, 1, 80);
	ask(&keeping, 80, 4);
	assert_int_equal(noted(), 0);
	ask(&keeping, 81, 5);
	assert_int_equal(noted(), 81);
}

static void put(const char *name, const char *text)
{
	const int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void what_was_refused_need_not_be_there(void **state)
{
	const struct collectors collectors = one_collector();
	struct keeping keeping;

	(void)state;
	keeping_begin(&keeping, -1, folder);
	connect_to(&keeping, &collectors, 0, 0);
	put("refused", "7 event 7 was refused: no\n9 no\n");
	ask(&keeping, 9, 1);
	assert_int_equal(noted(), 0);
	ask(&keeping, 8, 1);
	assert_int_equal(noted(), 8);
}

static void nonsense_is_nothing(void **state)
{
	static const char *const texts[] = {
		"",
		"{}",
		"[]",
		"{\"from\":-1}",
		"{\"from\":0,\"collector\":\"log1:2514\"}",
		"{\"from\":3,\"collector\":\"log1:2514\",\"host\":\"" HOST HOST "\"}"};
	struct keeping_loss loss;
	struct keeping keeping;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		put(KEEPING_FILE, texts[i]);
		put(KEEPING_LOST_FILE, texts[i]);
		keeping_begin(&keeping, -1, folder);
		assert_string_equal(keeping.place, "");
		assert_int_equal(keeping_read_loss(folder, &loss), -EBADMSG);
	}
	put(KEEPING_LOST_FILE,
	    "{\"host\":\"" HOST "\",\"epoch\":\"" EPOCH
	    "\",\"first\":9,\"last\":8,\"time\":\"2026-11-25T01:00:00.000000Z\"}");
	assert_int_equal(keeping_read_loss(folder, &loss), -EBADMSG);
	put(KEEPING_LOST_FILE, "{\"host\":\"" HOST "\",\"epoch\":\"" EPOCH
			       "\",\"first\":8,\"last\":8,\"time\":\"\\u001b[2J\"}");
	assert_int_equal(keeping_read_loss(folder, &loss), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(only_what_it_acknowledged_counts, begin),
		cmocka_unit_test_setup(others_promised_nothing, begin),
		cmocka_unit_test_setup(what_was_refused_need_not_be_there, begin),
		cmocka_unit_test_setup(nonsense_is_nothing, begin),
	};
	int r;

	if (!mkdtemp(directory))
		return 1;
	folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	begin(NULL);
	rmdir(directory);
	return r;
}
