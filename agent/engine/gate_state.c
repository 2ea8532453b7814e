/* What the gate tells of itself. */
#include "gate.h"

int64_t gate_deadline(const struct gate *gate)
{
	return throttle_deadline(&gate->throttle);
}

bool gate_idle(const struct gate *gate)
{
	if (gate->rescan)
		return false;
	for (size_t i = 0; i < gate->n_buses; i++)
		if (gate->buses[i].state == GATE_BUS_ASKED)
			return false;
	for (size_t i = 0; i < gate->n_list; i++)
		if (gate->list[i]->pending > 0)
			return false;
	return true;
}

bool gate_closed(const struct gate *gate)
{
	if (gate->devices < 0)
		return true;
	for (size_t i = 0; i < gate->n_buses; i++)
		if (gate->buses[i].state != GATE_BUS_CLOSED)
			return false;
	return gate->default_denied;
}
