#include "inbox.h"

#include "agent/forward/collectors.h"
#include "event.h"
#include "number.h"
#include "receipt.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HOUR_MS 3600000

int inbox_allow(struct inbox *inbox, uid_t caller, int64_t now)
{
	if (caller == 0)
		return 0;
	if (caller != inbox->forwarder)
		return -EPERM;
	inbox->brought.max = INBOX_AN_HOUR;
	inbox->brought.within_ms = HOUR_MS;
	return quota_take(&inbox->brought, now) ? 0 : -EBUSY;
}

int inbox_signer(const struct inbox *inbox, struct collectors *ret_collectors)
{
	struct config_error error;

	if (collectors_load(inbox->configuration, 0, ret_collectors, &error) < 0) {
		fprintf(stderr, "sekishod: %s\n", error.text);
		return -EINVAL;
	}
	return collectors_signer(ret_collectors)[0] == '\0' ? -EINVAL : 0;
}

/* Into the journal, so that the collector hears of it too. */
static void send_alarm(struct inbox *inbox, const struct receipt *receipt)
{
	_cleanup_event_ struct event event = {};
	char verified[2 * JOURNAL_HASH_SIZE + 1];

	if (memcmp(&inbox->alarmed, &receipt->verified, sizeof(inbox->alarmed)) == 0 ||
	    event_begin(&event, EVENT_STORE_MISMATCH) < 0)
		return;
	inbox->alarmed = receipt->verified;
	hex_format(receipt->verified.hash, JOURNAL_HASH_SIZE, verified);
	event_set_number(&event, "verified", receipt->verified.sequence);
	event_set(&event, "hash", verified);
	event_set(&event, "given", receipt->letter.time);
	outbox_put(inbox->outbox, &event);
}

/* 1: the journal has what was verified. 0: it has dropped it since. */
static int compare(struct inbox *inbox, const struct receipt *receipt)
{
	uint64_t first;
	int r = journal_begins(inbox->journal, &first);

	if (r < 0 || receipt->verified.sequence < first)
		return r;
	r = journal_has(inbox->journal, &receipt->verified);
	if (r != 0)
		return r;
	send_alarm(inbox, receipt);
	return -EUCLEAN;
}

int inbox_take(struct inbox *inbox, const char *text)
{
	struct collectors collectors;
	struct receipt receipt;
	const char *name;
	int r = inbox_signer(inbox, &collectors);

	if (r < 0)
		return r;
	name = collectors_signer(&collectors);
	r = receipt_verify(text, strlen(text), collectors.authority, name, &receipt);
	if (r < 0)
		return r;
	if (!journal_is(inbox->journal, receipt.letter.host, receipt.letter.epoch))
		return -EXDEV;
	/* Also one that was taken before: the journal may have become another one since. */
	r = compare(inbox, &receipt);
	if (r <= 0)
		return r;
	if (receipt_is_kept(inbox->kept, collectors.authority, name, &receipt))
		return INBOX_KNOWN;
	r = receipt_keep(inbox->kept, text, strlen(text));
	if (r < 0)
		return r;
	fprintf(stderr, "sekishod: the collector verified the journal up to event %" PRIu64 "\n",
		receipt.verified.sequence);
	return INBOX_TAKEN;
}
