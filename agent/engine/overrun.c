#include "overrun.h"

void overrun_begin(struct overrun *overrun)
{
	overrun->losing = overrun->untold = true;
}

void overrun_note(struct overrun *overrun, uint64_t sequence)
{
	/* Numbers are missing at other times, too: messages of other network namespaces. */
	if (overrun->losing && overrun->last > 0 && sequence > overrun->last + 1) {
		overrun->lost += sequence - overrun->last - 1;
		overrun->untold = true;
	}
	if (sequence > overrun->last)
		overrun->last = sequence;
}

void overrun_end(struct overrun *overrun)
{
	overrun->losing = false;
}

bool overrun_take(struct overrun *overrun, int64_t now, bool all, uint64_t *ret_lost)
{
	if (!overrun->untold ||
	    (!all && overrun->told_at > 0 && now - overrun->told_at < OVERRUN_PAUSE_MS))
		return false;
	*ret_lost = overrun->lost;
	overrun->untold = false;
	overrun->lost = 0;
	overrun->told_at = now;
	return true;
}
