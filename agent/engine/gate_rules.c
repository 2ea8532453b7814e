/* Other rules than before. */
#include "gate.h"

#include "carry.h"
#include "clone.h"
#include "surplus.h"

void gate_judge_again(struct gate *gate, const struct rules *rules)
{
	gate->rules = rules;
	surplus_clear(gate->list, gate->n_list);
	for (size_t i = 0; i < gate->n_list; i++) {
		struct device *device = gate->list[i];
		struct judgement before = device->judgement;

		/* What worked may be the only one of its numbers now. */
		if (device->facts.clone && before.access == ACCESS_ALLOW)
			device->facts.clone =
				clone_is_there(gate->list, gate->n_list, &device->facts);
		/* What a foreign driver took stays closed: it is the same device. */
		if (before.reason != JUDGE_FOREIGN_DRIVER) {
			surplus_look(rules, gate->list, gate->n_list, device);
			judge(rules, &device->facts, &device->judgement);
		}
		if (!device->judgement.challenge)
			carry_challenge_withdraw(gate, device);
		if (before.access != device->judgement.access) {
			device->told = device->mentioned = false;
			device->rejudged = true;
		}
		device->error = 0;
		if (device->pending > 0)
			device->again = true;
		else if (device->state != DEVICE_NEW)
			carry_out(gate, device); /* else the scan does, which sees what it is */
	}
	gate->rescan = true;
}
