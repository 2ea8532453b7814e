/* The devices that a journal tells of: each once, as it was judged last. */
#ifndef SEKISHO_HISTORY_H
#define SEKISHO_HISTORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define HISTORY_MAX 65536 /* devices */

struct history {
	json_t *devices; /* in the order in which they first came */
	uint64_t damaged; /* lines of the journal that can't be read */
	bool full; /* there were more than HISTORY_MAX */
};

/* Reads the events since @since_us that tell of a judgement. 0 or -ENOMEM; history_release() in
 * both cases. */
int history_read(int journal, uint64_t since_us, struct history *ret_history);
void history_release(struct history *history);

/* Of one of .devices: its last event's fields, and that event's time. */
const json_t *history_fields(const json_t *device);
const char *history_time(const json_t *device);

#endif
