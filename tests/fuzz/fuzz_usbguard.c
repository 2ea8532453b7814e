/* Any line as one of USBGuard's rules; the agent reads whatever sections come of it, and a rule
 * that allows nothing becomes no section that does. */
#include "agent/cli/usbguard_import.h"
#include "agent/engine/judge.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_sections(const char *text, bool allow)
{
	static char path[] = "/tmp/sekisho-fuzz-XXXXXX";
	static int fd = -1;
	struct config_error error;
	struct rules rules;

	if (fd < 0)
		fd = mkstemp(path);
	if (fd < 0 || ftruncate(fd, 0) < 0 || pwrite(fd, text, strlen(text), 0) < 0)
		abort();
	if (rules_load(path, getuid(), &rules, &error) < 0)
		__builtin_trap();
	for (size_t i = 0; i < rules.n_list; i++)
		if ((rules.list[i].access == ACCESS_ALLOW) != allow)
			__builtin_trap();
	rules_free(&rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = strndup((const char *)data, size), *text = NULL;
	struct usbguard_import result;
	struct usbguard_rule rule;
	size_t column, length;
	FILE *out;
	int r;

	if (!line)
		abort();
	line[strcspn(line, "\n")] = '\0';
	r = usbguard_parse(line, &rule, &column);
	if (r < 0 && (column < 1 || column > strlen(line) + 1))
		__builtin_trap();
	if (r == 0 && rule.target != USBGUARD_NOTHING) {
		out = open_memstream(&text, &length);
		if (!out)
			abort();
		usbguard_import(&rule, 7, out, &result);
		if (fclose(out) != 0 || !result.refusal != (length > 0))
			abort();
		read_sections(text, rule.target == USBGUARD_ALLOW);
		free(text);
	}
	if (r == 0)
		usbguard_release(&rule);
	free(line);
	return 0;
}
