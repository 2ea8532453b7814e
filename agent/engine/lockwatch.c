#include "lockwatch.h"

#include "agent/exits/modules.h"

/* By the names in lock_rows: that table has all the looks of `sekisho check exits`, and would bring
 * the libraries that they need. */
static void note(struct tamper *tamper, const char *lock, const struct lock_finding *finding,
		 int64_t now)
{
	/* What can't be seen is no news. */
	if (finding->state == LOCK_BROKEN)
		tamper_found(tamper,
			     &(struct tamper_case){"lock", lock, finding->text, "holds", 0, NULL},
			     now);
}

void lockwatch_look(struct lockwatch *watch, int root, struct tamper *tamper, int64_t now)
{
	const struct machine machine = {.root = root};
	struct lock_finding finding;
	char names[MODULES_TEXT];

	look_gadgets(&machine, &finding);
	note(tamper, "gadgets", &finding, now);
	look_thunderbolt_devices(&machine, &finding);
	note(tamper, "thunderbolt", &finding, now);
	look_optical(&machine, &finding);
	if (watch->optical)
		note(tamper, "optical", &finding, now);
	watch->optical = finding.state == LOCK_BROKEN;
	for (size_t i = 0; i < MODULES_COUNT; i++)
		if (modules_loaded(&machine, &module_lists[i], names)) {
			lock_found(&finding, LOCK_BROKEN, "in the kernel: %s", names);
			note(tamper, module_lists[i].lock, &finding, now);
		}
}
