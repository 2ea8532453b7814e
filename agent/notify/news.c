#include "news.h"

#include "agent/cli/ask.h"

#include <stdbool.h>
#include <string.h>

static uint64_t number_of(const json_t *refusal)
{
	return (uint64_t)json_integer_value(json_object_get(refusal, "event"));
}

/* What an agent that starts finds plugged in was told when it came. */
static bool is_to_be_told(const json_t *refusal)
{
	return strcmp(ask_text(refusal, "kind"), "device.blocked") == 0 &&
	       strcmp(ask_text(json_object_get(refusal, "fields"), "when"), "start") != 0;
}

const json_t *news_find(struct news *news, const json_t *refusals, size_t *ret_count)
{
	size_t count = json_array_size(refusals);
	const json_t *newest = NULL;

	*ret_count = 0;
	news->newest = count > 0 ? number_of(json_array_get(refusals, count - 1)) : news->told;
	/* They go up. If not, a new journal was begun, and none of these is known. */
	if (news->newest < news->told)
		news->told = 0;
	for (size_t i = 0; i < count; i++) {
		const json_t *one = json_array_get(refusals, i);

		if (number_of(one) <= news->told || !is_to_be_told(one))
			continue;
		newest = one;
		(*ret_count)++;
	}
	return newest;
}

void news_told(struct news *news)
{
	news->told = news->newest;
}
