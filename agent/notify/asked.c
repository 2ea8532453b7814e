#include "asked.h"

#include "agent/cli/ask.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool was_told(const struct asked *asked, const char *code)
{
	for (size_t i = 0; i < ASKED_MAX; i++)
		if (strcmp(asked->codes[i], code) == 0)
			return true;
	return false;
}

const json_t *asked_find(const struct asked *asked, const json_t *challenges)
{
	for (size_t i = 0; i < json_array_size(challenges); i++) {
		const json_t *one = json_array_get(challenges, i);

		if (!was_told(asked, ask_text(one, "code")))
			return one;
	}
	return NULL;
}

void asked_told(struct asked *asked, const json_t *challenge)
{
	snprintf(asked->codes[asked->next++ % ASKED_MAX], sizeof(asked->codes[0]), "%.7s",
		 ask_text(challenge, "code"));
}
