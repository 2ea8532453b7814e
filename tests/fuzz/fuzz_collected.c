/* What a collector's files may hold: lines that begin with '!' as they are, any other as the JSON
 * of a record, with the right hash and number around it. Whatever comes, each journal's numbers add
 * up. */
#include "agent/collector/audit.h"

#include "number.h"

#include <string.h>

#define HOST "0123456789abcdef0123456789abcdef"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *user, const struct audit_finding *finding)
{
	uint64_t *findings = user;

	if (!audit_damage_name(finding->damage) || finding->last < finding->sequence)
		__builtin_trap();
	++*findings;
}

static void check(void *user, const struct audit_chain *chain)
{
	const struct audit *audit = user;

	if (chain->records + chain->missing != chain->head.sequence ||
	    chain->records + chain->duplicates > audit->lines ||
	    chain->whole.sequence > chain->head.sequence ||
	    chain->verified.sequence > chain->whole.sequence)
		__builtin_trap();
}

/* The line in a place of its own size, so that a byte read beyond it is seen. */
static void feed(struct audit *audit, const char *line, size_t length)
{
	char *copy = malloc(length + 1);

	memcpy(copy, line, length);
	copy[length] = '\0';
	if (audit_line(audit, copy, length) < 0)
		__builtin_trap();
	free(copy);
}

static void feed_record(struct audit *audit, const char *json, size_t length)
{
	char line[JOURNAL_LINE_MAX + 512], digits[2 * JOURNAL_HASH_SIZE + 1];
	uint8_t hash[JOURNAL_HASH_SIZE];
	struct journal_record record;
	uint64_t sequence = 1;
	int written;

	if (journal_parse_json(json, length, &record) == 0)
		sequence = record.sequence;
	journal_hash(json, length, hash);
	hex_format(hash, sizeof(hash), digits);
	written = snprintf(line, sizeof(line),
			   "2026-11-25T08:35:12Z 192.0.2.7 [sekisho@32473 h=\"" HOST "\" e=\"" HOST
			   "\" n=\"%llu\" x=\"%s\"] ",
			   (unsigned long long)sequence, digits);
	if ((size_t)written + length > sizeof(line))
		return;
	memcpy(line + written, json, length);
	feed(audit, line, (size_t)written + length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct terminal terminal = {.name = "counter-1", .has_first_key = true};
	struct terminals terminals = {.list = &terminal, .count = 1};
	const char *at = (const char *)data, *end = at + size;
	uint64_t findings = 0;
	struct audit audit;

	seal_key_id(terminal.public_key, terminal.key_id);
	if (audit_begin(&audit, &terminals, "/dev/shm", count, &findings) < 0)
		__builtin_trap();
	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t length = (size_t)((stop ? stop : end) - at);

		if (*at == '!')
			feed(&audit, at + 1, length - 1);
		else
			feed_record(&audit, at, length);
		at += length + 1;
	}
	if (audit_end(&audit) < 0 || audit.findings != findings)
		__builtin_trap();
	audit_each(&audit, check, &audit);
	audit_release(&audit);
	return 0;
}
