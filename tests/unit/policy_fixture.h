/* `sekisho policy` on rules and a journal of our own, and what it says. */
#ifndef SEKISHO_POLICY_FIXTURE_H
#define SEKISHO_POLICY_FIXTURE_H

#include "tree_fixture.h"

#include "agent/cli/command.h"
#include "agent/engine/journal.h"
#include "event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define SAID_MAX 8192

struct fixture {
	char root[48];
	struct journal *journal;
	char said[SAID_MAX]; /* on standard output */
	char complained[SAID_MAX]; /* on standard error */
};

static inline void put(const struct fixture *fixture, const char *name, const char *text)
{
	tree_put(fixture->root, name, text, strlen(text));
}

static inline int redirect(FILE *stream, const struct fixture *fixture, const char *name)
{
	int saved = dup(fileno(stream));
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", fixture->root, name);
	(void)fflush(stream);
	assert_non_null(freopen(path, "w", stream));
	return saved;
}

static inline void restore(FILE *stream, int saved, const struct fixture *fixture, const char *name,
			   char *text)
{
	char path[128];
	FILE *file;

	(void)fflush(stream);
	assert_true(dup2(saved, fileno(stream)) >= 0);
	close(saved);
	snprintf(path, sizeof(path), "%s/%s", fixture->root, name);
	file = fopen(path, "re");
	assert_non_null(file);
	text[fread(text, 1, SAID_MAX - 1, file)] = '\0';
	assert_int_equal(fclose(file), 0);
}

/* Runs it with these words, up to NULL; "@" at a word's beginning is the fixture's folder. */
static inline int policy(struct fixture *fixture, const char *const *words)
{
	char texts[16][160];
	char *argv[18] = {(char[]){"policy"}};
	int argc = 1, out, errors, status;

	for (; words[argc - 1]; argc++) {
		const char *word = words[argc - 1];

		assert_true(argc < 16);
		snprintf(texts[argc - 1], sizeof(texts[0]), "%s%s",
			 *word == '@' ? fixture->root : "", *word == '@' ? word + 1 : word);
		argv[argc] = texts[argc - 1];
	}
	out = redirect(stdout, fixture, "out");
	errors = redirect(stderr, fixture, "errors");
	optind = 1;
	status = command_policy(argc, argv);
	restore(stderr, errors, fixture, "errors", fixture->complained);
	restore(stdout, out, fixture, "out", fixture->said);
	return status;
}

#define POLICY(fixture, ...) policy(fixture, (const char *const[]){__VA_ARGS__, NULL})

static inline void assert_said(const struct fixture *fixture, const char *text)
{
	if (!strstr(fixture->said, text))
		fail_msg("not said: %s\nbut: %s%s", text, fixture->said, fixture->complained);
}

static inline int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct journal_options options = {.host = "00112233445566778899aabbccddeeff",
					  .boot = "ffeeddccbbaa99887766554433221100"};
	struct journal_recovery recovery;
	char path[80];

	snprintf(fixture->root, sizeof(fixture->root), "/tmp/sekisho-policy-XXXXXX");
	if (!mkdtemp(fixture->root))
		return -1;
	snprintf(path, sizeof(path), "%s/journal", fixture->root);
	if (mkdir(path, 0755) < 0 || journal_open(path, &options, &fixture->journal, &recovery) < 0)
		return -1;
	*state = fixture;
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *fixture = *state;

	journal_close(fixture->journal);
	tree_remove(fixture->root);
	free(fixture);
	return 0;
}

/* Pairs of a field and its value, up to NULL. */
static inline uint64_t record(struct fixture *fixture, enum event_kind kind,
			      const char *const *fields)
{
	static struct record_request request;
	_cleanup_event_ struct event event = {};
	uint64_t sequence;

	assert_int_equal(event_begin(&event, kind), 0);
	for (; *fields; fields += 2)
		event_set(&event, fields[0], fields[1]);
	assert_int_equal(event_to_record(&event, &request), 0);
	assert_int_equal(journal_record(fixture->journal, &request, &sequence), 0);
	return sequence;
}

#define RECORD(fixture, kind, ...) record(fixture, kind, (const char *const[]){__VA_ARGS__, NULL})

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
