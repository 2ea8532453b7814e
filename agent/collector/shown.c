#include "shown.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int shown_begin(struct shown *shown, const struct terminals *terminals)
{
	*shown = (struct shown){};
	shown->of_terminals = calloc(terminals->count + 1, sizeof(shown->of_terminals[0]));
	return shown->of_terminals ? 0 : -ENOMEM;
}

void shown_end(struct shown *shown)
{
	free(shown->of_terminals);
}

/* Another file, or another journal after the last file: they come one after the other. */
static void go_to(struct shown *shown, uint64_t file, const struct audit_chain *chain)
{
	if (file == shown->file && chain == shown->chain)
		return;
	shown->file = file;
	shown->chain = chain;
	memset(shown->here, 0, sizeof(shown->here));
}

static bool has_room(struct shown *shown, const struct terminals *terminals,
		     const struct audit_finding *finding)
{
	const struct audit_chain *chain = finding->chain;
	uint64_t here, *of_many = finding->file ? &shown->of_files : &shown->of_nobody;

	if (!finding->file && chain && chain->owner) {
		size_t terminal = (size_t)(terminal_present(chain->owner) - terminals->list);

		return shown->of_terminals[terminal][finding->damage]++ < SHOWN_ONE_PLACE;
	}
	go_to(shown, finding->file ? finding->file_number : 0, finding->file ? NULL : chain);
	here = shown->here[finding->damage]++;
	if (finding->file && here == 0)
		return shown->of_first++ < SHOWN_OF_MANY;
	return here < SHOWN_ONE_PLACE && (*of_many)++ < SHOWN_OF_MANY;
}

bool shown_takes(struct shown *shown, const struct terminals *terminals,
		 const struct audit_finding *finding)
{
	bool takes = has_room(shown, terminals, finding);

	shown->hidden += !takes;
	return takes;
}
