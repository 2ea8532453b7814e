#include "lastseal.h"

#include <string.h>

struct search {
	const char *name;
	struct sealend end;
};

static void look(void *user, const struct audit_chain *chain)
{
	struct search *search = user;
	struct sealend *end = &search->end;

	if (!chain->owner || strcmp(chain->owner->name, search->name) != 0 ||
	    terminal_present(chain->owner) != chain->owner || chain->sealed == 0 ||
	    (end->sequence > 0 && chain->last_period <= end->period))
		return;
	memcpy(end->host, chain->host, sizeof(end->host));
	memcpy(end->epoch, chain->epoch, sizeof(end->epoch));
	end->sequence = chain->sealed;
	end->period = chain->last_period;
}

void lastseal_find(const struct audit *audit, const char *name, struct sealend *ret_end)
{
	struct search search = {.name = name, .end = {.ended = true}};

	audit_each(audit, look, &search);
	*ret_end = search.end;
}
