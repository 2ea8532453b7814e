/* A journal of 300 events beside a collector that can sign letters to its terminal. */
#ifndef SEKISHO_LETTER_FIXTURE_H
#define SEKISHO_LETTER_FIXTURE_H

#include "journal_fixture.h"

#include "authority_fixture.h"

#undef TEST

struct sender {
	struct fixture *journal;
	char pem[256], key[256]; /* the collector's */
};

static inline int sender_begin(void **state, struct sender *sender)
{
	if (begin(state) < 0 || fixture_setup((void **)&sender->journal) < 0)
		return -1;
	set_up();
	fixture_open(sender->journal);
	fixture_fill(sender->journal, 1, 300);
	snprintf(sender->pem, sizeof(sender->pem), "%s/collector.pem", directory);
	snprintf(sender->key, sizeof(sender->key), "%s/collector.key", directory);
	return 0;
}

static inline int sender_end(void **state, struct sender *sender)
{
	fixture_teardown((void **)&sender->journal);
	return end(state);
}

#endif
