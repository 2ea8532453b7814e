/* sekisho devices: what is plugged in, and what the agent made of it. */
#include "ask.h"
#include "command.h"
#include "device_text.h"

#include "cleanup.h"
#include "gettext.h"

#include <getopt.h>
#include <stdbool.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
	const json_t *const *x = a, *const *y = b;

	return strcmp(ask_text(*x, "device"), ask_text(*y, "device"));
}

static void show(const json_t *device)
{
	const char *error = ask_text(device, "error");

	command_column(ask_text(device, "device"), 11);
	command_column(
		strcmp(ask_text(device, "verdict"), "allow") == 0 ? _("allowed") : _("BLOCKED"), 9);
	printf("%s:%s  %s\n", ask_text(device, "vendor"), ask_text(device, "product"),
	       ask_text(device, "name"));
	device_text_classes(_("           works:  "), ask_text(device, "opened"));
	if (strcmp(ask_text(device, "verdict"), "allow") == 0)
		device_text_classes(_("           closed: "), ask_text(device, "refused"));
	else
		device_text_classes(_("           closed: "), ask_text(device, "interfaces"));
	device_text_classes(_("           ONLY TOLD, THE RULES BLOCK IT: "),
			    ask_text(device, "audited"));
	if (*ask_text(device, "descriptors"))
		printf(_("           descriptors: %s\n"), ask_text(device, "descriptors"));
	printf("           ");
	device_text_reason(ask_text(device, "reason"), ask_text(device, "rule"),
			   ask_text(device, "place"));
	if (*error)
		printf(_("           FAILED: %s; see 'sekisho events'\n"), error);
}

int command_devices(int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {}};
	_cleanup_free_ json_t **sorted = NULL;
	bool json = false;
	json_t *lines;
	size_t count;
	int option;

	while ((option = command_option(argc, argv, "", options)) != -1) {
		if (option != 'j')
			return command_usage("devices");
		json = true;
	}
	if (optind != argc)
		return command_usage("devices");
	lines = ask_agent("devices", "devices");
	if (!lines)
		return COMMAND_ERROR;
	count = json_array_size(lines);
	sorted = calloc(count + 1, sizeof(void *));
	if (!sorted) {
		json_decref(lines);
		return command_fail("devices", _("out of memory"));
	}
	for (size_t i = 0; i < count; i++)
		sorted[i] = json_array_get(lines, i);
	qsort(sorted, count, sizeof(void *), by_name);
	for (size_t i = 0; i < count; i++) {
		if (json) {
			json_dumpf(sorted[i], stdout, JSON_COMPACT | JSON_SORT_KEYS);
			putchar('\n');
		} else {
			show(sorted[i]);
		}
	}
	if (count == 0 && !json)
		puts(_("no USB device is plugged in"));
	json_decref(lines);
	return COMMAND_OK;
}
