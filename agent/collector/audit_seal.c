#include "audit.h"

#include "cleanup.h"
#include "number.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

/* A checkpoint's fields (sekisho-events(5)). */
struct marks {
	const char *key;
	const char *reason;
	uint32_t period;
	uint8_t mac[SEAL_MAC_SIZE];
	uint8_t signature[SEAL_SIGNATURE_SIZE];
};

static int read_bytes(const json_t *fields, const char *name, uint8_t *bytes, size_t size)
{
	const char *text = json_string_value(json_object_get(fields, name));
	size_t length;

	return text && hex_parse(text, bytes, size, &length) == 0 && length == size ? 0 : -EBADMSG;
}

static int read_marks(const json_t *fields, struct marks *marks)
{
	const char *period = json_string_value(json_object_get(fields, "period"));
	uint64_t number;

	marks->key = json_string_value(json_object_get(fields, "key"));
	marks->reason = json_string_value(json_object_get(fields, "reason"));
	if (!marks->key || !marks->reason || !period ||
	    number_parse(period, 0, SEAL_PERIOD_MAX, &number) < 0 ||
	    read_bytes(fields, "mac", marks->mac, sizeof(marks->mac)) < 0 ||
	    read_bytes(fields, "signature", marks->signature, sizeof(marks->signature)) < 0)
		return -EBADMSG;
	marks->period = (uint32_t)number;
	return 0;
}

static bool is_good(struct terminal *terminal, const struct seal_statement *statement,
		    const struct marks *marks)
{
	uint8_t key[SEAL_KEY_SIZE];

	if (seal_check_signature(statement, terminal->public_key, marks->signature) < 0)
		return false;
	return !terminal->has_first_key || (terminals_ratchet(terminal, marks->period, key) == 0 &&
					    seal_check_mac(statement, key, marks->mac) == 0);
}

static void judge(struct audit *audit, struct audit_chain *chain, const struct collected *collected,
		  const struct marks *marks, struct hash_entry *entry)
{
	const struct journal_record *record = &collected->record;
	struct terminal *terminal = terminals_find(audit->terminals, marks->key);
	char time[JOURNAL_TIME_SIZE] = "", boot[JOURNAL_ID_SIZE] = "";
	const struct seal_statement statement = {
		.host = collected->host,
		.epoch = collected->epoch,
		.sequence = record->sequence,
		.previous = record->previous,
		.period = marks->period,
		.reason = marks->reason,
		.time = time,
		.boot = boot,
	};

	/* journal_parse_json saw to their lengths. */
	memcpy(time, record->time.bytes, sizeof(time) - 1);
	memcpy(boot, record->boot.bytes, sizeof(boot) - 1);
	if (!terminal) {
		audit_found(audit, AUDIT_UNKNOWN_KEY, chain, record->sequence, record->sequence);
		return;
	}
	if (chain->owner && chain->owner != terminal) {
		audit_found(audit, AUDIT_WRONG_TERMINAL, chain, record->sequence, record->sequence);
		return;
	}
	if (marks->period > terminal->highest + AUDIT_PERIODS_AHEAD) {
		audit_found(audit, AUDIT_KEY_ORDER, chain, record->sequence, record->sequence);
		return;
	}
	if (!is_good(terminal, &statement, marks)) {
		audit_found(audit, AUDIT_BAD_SEAL, chain, record->sequence, record->sequence);
		return;
	}
	chain->owner = terminal;
	if (marks->period > terminal->highest)
		terminal->highest = marks->period;
	entry->sealed = 1;
	memcpy(entry->period, &marks->period, sizeof(entry->period));
	if (record->sequence > chain->sealed)
		chain->sealed = record->sequence;
}

void audit_checkpoint(struct audit *audit, struct audit_chain *chain,
		      const struct collected *collected, struct hash_entry *entry)
{
	const struct journal_record *record = &collected->record;
	json_error_t error;
	json_t *fields = json_loadb(record->fields.bytes, record->fields.length, 0, &error);
	struct marks marks;

	if (read_marks(fields, &marks) < 0)
		audit_found(audit, AUDIT_BAD_SEAL, chain, record->sequence, record->sequence);
	else
		judge(audit, chain, collected, &marks, entry);
	json_decref(fields);
}

static void found_unsealed(struct audit *audit, struct audit_chain *chain)
{
	if (chain->unsealed_told)
		return;
	chain->unsealed_told = true;
	audit_found(audit, AUDIT_UNSEALED, chain, chain->sealed + 1, chain->head.sequence);
}

void audit_chain_seals(struct audit *audit, struct audit_chain *chain)
{
	uint64_t behind = chain->head.sequence - chain->sealed;
	bool old = chain->received && audit->now - chain->received > AUDIT_UNSEALED_S;

	if (behind > AUDIT_UNSEALED_MAX || (behind > 0 && (old || chain->sealed == 0)))
		found_unsealed(audit, chain);
}

struct gathering {
	const struct audit_chain **list;
	size_t count;
};

static void gather(void *user, const struct audit_chain *chain)
{
	struct gathering *gathering = user;

	if (chain->owner)
		gathering->list[gathering->count++] = chain;
}

static int by_owner_and_period(const void *left, const void *right)
{
	const struct audit_chain *one = *(const struct audit_chain *const *)left;
	const struct audit_chain *other = *(const struct audit_chain *const *)right;
	int order = strcmp(one->owner->key_id, other->owner->key_id);

	if (order)
		return order;
	return (one->first_period > other->first_period) -
	       (one->first_period < other->first_period);
}

/* A terminal's periods go on where its journal was begun anew, so that a journal which is missing
 * as a whole leaves a hole, and a seal that is used in two places at once overlaps. One that was
 * followed by another gets no more checkpoints: what stands behind its last is nobody's. */
static void look_at_next(struct audit *audit, const struct audit_chain *before,
			 struct audit_chain *chain, uint64_t expected)
{
	if (chain->first_period > expected)
		audit_found(audit, AUDIT_LOST_SEALS, chain, expected, chain->first_period - 1);
	if (!before)
		return;
	if ((uint64_t)chain->first_period + 1 < expected)
		audit_found(audit, AUDIT_KEY_ORDER, chain, chain->sealed, chain->sealed);
	if (before->head.sequence > before->sealed)
		found_unsealed(audit, (struct audit_chain *)before);
}

int audit_terminal_seals(struct audit *audit)
{
	_cleanup_free_ const struct audit_chain **list =
		calloc((size_t)audit->chains + 1, sizeof(void *));
	struct gathering gathering = {list, 0};
	uint64_t expected = 0;

	if (!list)
		return -ENOMEM;
	audit_each(audit, gather, &gathering);
	qsort(list, gathering.count, sizeof(void *), by_owner_and_period);
	for (size_t i = 0; i < gathering.count; i++) {
		struct audit_chain *chain = (struct audit_chain *)list[i];
		const struct audit_chain *before =
			i > 0 && list[i - 1]->owner == chain->owner ? list[i - 1] : NULL;

		if (!before)
			expected = 0;
		look_at_next(audit, before, chain, expected);
		if (chain->last_period >= expected)
			expected = (uint64_t)chain->last_period + 1;
	}
	return 0;
}
