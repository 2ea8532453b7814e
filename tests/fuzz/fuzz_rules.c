/* Any text as device rules; what is taken judges devices without reading beyond anything, and lets
 * in no more of them than a section has places. */
#include "agent/engine/surplus.h"

#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_mistake(void *user, const char *text)
{
	if (text[0] == '\0')
		__builtin_trap();
	++*(size_t *)user;
}

/* Whoever wants to hear of every mistake hears of one where there is one, and only there. */
static void check(const char *path, bool right)
{
	size_t mistakes = 0;
	struct rules rules;
	int r = rules_check(&path, 1, getuid(), on_mistake, &mistakes, &rules);

	if ((r == 0) != right || (mistakes == 0) != right)
		__builtin_trap();
	for (size_t i = 0; i < rules.n_list; i++)
		rules_cover(&rules, i);
	rules_free(&rules);
}

/* Three of a kind come one after the other. */
static void come(const struct rules *rules, const struct device_facts *facts)
{
	struct device devices[3] = {};
	struct device *list[3] = {&devices[0], &devices[1], &devices[2]};

	for (size_t i = 0; i < 3; i++) {
		devices[i].facts = *facts;
		surplus_look(rules, list, i + 1, &devices[i]);
		judge(rules, &devices[i].facts, &devices[i].judgement);
	}
	for (size_t i = 0; i < rules->n_list; i++) {
		size_t holders = 0;

		for (size_t at = 0; at < 3; at++) {
			const struct places *places = &devices[at].facts.places;

			if (devices[at].judgement.access == ACCESS_BLOCK)
				continue;
			for (size_t j = 0; j < places->count; j++)
				holders += places->sections[j] == i;
		}
		if (holders > 0 && holders > rules->list[i].at_most)
			__builtin_trap();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char directory[] = "/tmp/sekisho-fuzz-XXXXXX";
	static char path[sizeof(directory) + 16];
	struct device_facts facts = {.name = "1-1", .serial = "S", .product = "P"};
	struct judgement judgement;
	struct config_error error;
	struct rules rules;
	FILE *file;

	if (path[0] == '\0') {
		if (!mkdtemp(directory))
			abort();
		snprintf(path, sizeof(path), "%s/devices.conf", directory);
	}
	file = fopen(path, "w");
	if (!file || (size > 0 && fwrite(data, size, 1, file) != 1) || fclose(file) != 0)
		abort();
	if (rules_load(path, getuid(), &rules, &error) < 0) {
		if (error.text[0] == '\0')
			__builtin_trap();
		check(path, false);
		return 0;
	}
	check(path, true);
	facts.descriptors.n_interfaces = 2;
	facts.descriptors.interfaces[0].class = (struct usb_class){3, 1, 1};
	facts.descriptors.interfaces[1].class = (struct usb_class){8, 6, 0x50};
	judge(&rules, &facts, &judgement);
	if (judgement.access == ACCESS_ALLOW && !judgement.rule && !judgement.audited)
		__builtin_trap();
	come(&rules, &facts);
	for (size_t i = 0; i < rules.n_list; i++)
		if (rules.list[i].name >= rules.texts_length ||
		    rules.list[i].file >= rules.texts_length)
			__builtin_trap();
	rules_free(&rules);
	return 0;
}
