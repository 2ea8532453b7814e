/* Two journals as a collector has them, a line a record, and what its verify says of them. */
#ifndef SEKISHO_AUDIT_FIXTURE_H
#define SEKISHO_AUDIT_FIXTURE_H

#include "agent/collector/audit.h"

#include "number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define EVENTS	 50
#define LINE_MAX 1024
#define HOST_A	 "0123456789abcdef0123456789abcdef"
#define HOST_B	 "ffffffffffffffffffffffffffffffff"
#define EPOCH	 "fedcba9876543210fedcba9876543210"
#define TIME	 UINT64_C(1795595700000000) /* 2026-11-25T08:35:00Z, microseconds */

/* lines[i] holds record i + 1 as the collector writes it. */
struct written {
	char lines[EVENTS][LINE_MAX];
	struct journal_head heads[EVENTS + 1]; /* after that many records */
};

static inline void write_line(const char *host, const struct journal_head *head, const char *label,
			      char line[static LINE_MAX], struct journal_head *ret_head)
{
	json_t *fields = json_pack("{s:s}", "label", label);
	const struct journal_entry entry = {
		.boot = EPOCH,
		.fields = fields,
		.id = "id",
		.kind = "device.blocked",
		.time_us = TIME,
	};
	char journal_line[JOURNAL_LINE_MAX], digits[2 * JOURNAL_HASH_SIZE + 1];
	size_t length;

	assert_int_equal(journal_format_event(&entry, head, journal_line, &length, ret_head), 0);
	hex_format(ret_head->hash, JOURNAL_HASH_SIZE, digits);
	snprintf(line, LINE_MAX,
		 "2026-11-25T08:35:12.345678+00:00 192.0.2.7 [sekisho@32473 h=\"%s\" e=\"" EPOCH
		 "\" n=\"%llu\" x=\"%s\"] %.*s",
		 host, (unsigned long long)ret_head->sequence, digits, (int)length - 66,
		 journal_line + 65);
	json_decref(fields);
}

static inline void write_journal(const char *host, struct written *written)
{
	memset(written->heads, 0, sizeof(written->heads));
	for (size_t i = 0; i < EVENTS; i++) {
		char label[16];

		snprintf(label, sizeof(label), "stick %zu", i);
		write_line(host, &written->heads[i], label, written->lines[i],
			   &written->heads[i + 1]);
	}
}

/* Findings as "missing 3-5, forked 7", in the order they are told. */
struct found {
	char text[512];
};

static inline void note(void *user, const struct audit_finding *finding)
{
	struct found *found = user;
	size_t used = strlen(found->text);

	snprintf(found->text + used, sizeof(found->text) - used, "%s%s %llu-%llu", used ? ", " : "",
		 audit_damage_name(finding->damage), (unsigned long long)finding->sequence,
		 (unsigned long long)finding->last);
}

struct fixture {
	struct written a, b;
	struct audit audit;
	struct found found;
};

static inline int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture || audit_begin(&fixture->audit, NULL, "/tmp", note, &fixture->found) < 0)
		return -1;
	audit_file(&fixture->audit, "FILE");
	write_journal(HOST_A, &fixture->a);
	write_journal(HOST_B, &fixture->b);
	*state = fixture;
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *fixture = *state;

	audit_release(&fixture->audit);
	free(fixture);
	return 0;
}

static inline void feed(struct fixture *fixture, const char *line)
{
	assert_int_equal(audit_line(&fixture->audit, line, strlen(line)), 0);
}

static inline void feed_range(struct fixture *fixture, const struct written *written, size_t first,
			      size_t last)
{
	for (size_t i = first; i <= last; i++)
		feed(fixture, written->lines[i - 1]);
}

static inline void expect(struct fixture *fixture, const char *findings)
{
	assert_int_equal(audit_end(&fixture->audit), 0);
	assert_string_equal(fixture->found.text, findings);
}

static inline void remember(void *user, const struct audit_chain *chain)
{
	*(struct audit_chain *)user = *chain;
}

static inline struct audit_chain last_chain(const struct fixture *fixture)
{
	struct audit_chain chain = {};

	audit_each(&fixture->audit, remember, &chain);
	return chain;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
