#include "batch.h"

#include <string.h>

void batch_begin(struct batch *batch, unsigned int limit)
{
	memset(batch, 0, offsetof(struct batch, body));
	batch->limit = limit;
}

/* Where the event's line begins. */
static size_t start_of(const struct batch *batch, unsigned int event)
{
	return event > 0 ? batch->ends[event - 1] : 0;
}

bool batch_room(const struct batch *batch, size_t length)
{
	return batch->count < DRIVER_WINDOW &&
	       start_of(batch, batch->count) + length <= BATCH_BYTES;
}

void batch_put(struct batch *batch, const char *line, size_t length,
	       const struct acknowledged *mark)
{
	const size_t start = start_of(batch, batch->count);

	memcpy(batch->body + start, line, length);
	batch->ends[batch->count] = start + length;
	batch->marks[batch->count] = *mark;
	batch->count++;
}

size_t batch_request(struct batch *batch, const char **ret_bytes)
{
	const unsigned int left = batch->count - batch->probe;
	size_t start;

	if (left == 0)
		return 0;
	batch->first = batch->probe;
	batch->length = batch->probe > 0 ? 1 : left < batch->limit ? left : batch->limit;
	start = start_of(batch, batch->first);
	*ret_bytes = batch->body + start;
	return batch->ends[batch->first + batch->length - 1] - start;
}

/* Twice as far behind the refused one each time: a run of such events does not hide that others are
 * taken, and a collector that refuses everything is asked a few times only. The last one there is
 * comes at the end. */
static bool probe_next(struct batch *batch)
{
	const unsigned int last = batch->count - 1;

	if (batch->probe == last)
		return false;
	batch->probe = batch->probe > 0 ? 2 * batch->probe : 1;
	if (batch->probe > last)
		batch->probe = last;
	return true;
}

enum batch_verdict batch_answer(struct batch *batch, bool taken)
{
	const unsigned int length = batch->length;
	const bool probing = batch->probe > 0;

	if (taken)
		return probing ? BATCH_OTHERS : BATCH_TAKEN;
	batch->length = 0;
	if (length > 1) {
		batch->limit = length / 2;
		return BATCH_SMALLER;
	}
	if (!probe_next(batch))
		return BATCH_NONE;
	return probing ? BATCH_SMALLER : BATCH_REFUSED;
}

void batch_drop(struct batch *batch)
{
	const unsigned int gone = batch->length;
	const size_t cut = start_of(batch, gone);

	memmove(batch->body, batch->body + cut, start_of(batch, batch->count) - cut);
	batch->count -= gone;
	memmove(batch->marks, batch->marks + gone, batch->count * sizeof(batch->marks[0]));
	for (unsigned int i = 0; i < batch->count; i++)
		batch->ends[i] = batch->ends[i + gone] - cut;
	batch->length = 0;
	batch->limit = batch->limit + BATCH_GROW < DRIVER_WINDOW ? batch->limit + BATCH_GROW
								 : DRIVER_WINDOW;
}
