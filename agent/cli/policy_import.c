/* sekisho policy import usbguard FILE: USBGuard's rules as sections of devices.conf on standard
 * output; on standard error, line by line, what could not be carried over as it was. */
#include "policy.h"

#include "command.h"
#include "usbguard_import.h"

#include "cleanup.h"
#include "file.h"
#include "gettext.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define IMPORT_MAX 4194304u /* bytes */

struct import {
	const char *path;
	unsigned int line;
	size_t rules, refused, changed;
};

static void begin_report(const struct import *import, const char *verdict)
{
	fprintf(stderr, "%s:%u: %s: ", import->path, import->line, verdict);
}

static void report_refusal(struct import *import, const struct usbguard_rule *rule,
			   const struct usbguard_import *result)
{
	import->refused += !result->needless;
	begin_report(import, result->needless ? _("not needed") : _("NOT CARRIED OVER"));
	fprintf(stderr, "%s: %s", usbguard_key_name(result->key), _(result->refusal));
	if (!result->needless && rule->target != USBGUARD_ALLOW)
		fputs(_("; what it blocked may be let in by the sections that follow"), stderr);
	fputc('\n', stderr);
	printf("# rules.conf, line %u: no section\n\n", import->line);
}

static void report_notes(struct import *import, const struct usbguard_import *result)
{
	const char *between = "";

	import->changed += result->notes || result->left_out;
	for (size_t i = 0; i < USBGUARD_NOTE_COUNT; i++) {
		if (!(result->notes & 1u << i))
			continue;
		begin_report(import, _("not the same"));
		fprintf(stderr, "%s\n", _(usbguard_notes[i]));
	}
	if (!result->left_out)
		return;
	begin_report(import, _("not the same"));
	for (int i = 0; i < USBGUARD_KEY_COUNT; i++) {
		if (!(result->left_out & 1u << i))
			continue;
		fprintf(stderr, "%s%s", between, usbguard_key_name((enum usbguard_key)i));
		between = ", ";
	}
	fprintf(stderr, _(": left out, the section fits more devices\n"));
}

static int import_line(struct import *import, const char *line)
{
	struct usbguard_import result;
	struct usbguard_rule rule;
	size_t column;
	int r = usbguard_parse(line, &rule, &column);

	if (r == -EBADMSG) {
		import->rules++;
		import->refused++;
		begin_report(import, _("NOT CARRIED OVER"));
		fprintf(stderr, _("column %zu: can't be understood\n"), column);
		printf("# rules.conf, line %u: no section\n\n", import->line);
		return 0;
	}
	if (r < 0)
		return r;
	if (rule.target != USBGUARD_NOTHING) {
		import->rules++;
		usbguard_import(&rule, import->line, stdout, &result);
		if (result.refusal)
			report_refusal(import, &rule, &result);
		else
			report_notes(import, &result);
	}
	usbguard_release(&rule);
	return 0;
}

static int import_text(struct import *import, char *text)
{
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n"))) {
		int r;

		import->line++;
		r = import_line(import, line);
		if (r < 0)
			return command_fail("policy", "%s", strerror(-r));
	}
	fprintf(stderr, _("rules: %zu; not carried over: %zu; not the same: %zu\n"), import->rules,
		import->refused, import->changed);
	return import->refused + import->changed > 0 ? COMMAND_NO : COMMAND_OK;
}

int policy_import(int argc, char **argv)
{
	static const struct option options[] = {{}};
	struct import import = {};
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;
	size_t length;
	int r;

	if (command_option(argc, argv, "", options) != -1 || optind + 2 != argc ||
	    strcmp(argv[optind], "usbguard") != 0)
		return command_usage("policy");
	import.path = argv[optind + 1];
	fd = open(import.path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return command_fail("policy", _("%s: can't be read: %s"), import.path,
				    strerror(errno));
	r = file_read_all(fd, IMPORT_MAX, &text, &length);
	if (r == 0 && memchr(text, '\0', length))
		r = -EBADMSG;
	if (r < 0)
		return command_fail("policy", _("%s: can't be read: %s"), import.path,
				    strerror(-r));
	return import_text(&import, text);
}
