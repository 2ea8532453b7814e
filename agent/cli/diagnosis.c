#include "diagnosis.h"

#include "columns.h"
#include "commandline.h"
#include "gettext.h"
#include "jsonout.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define RESULT_WIDTH 10
#define CHECK_WIDTH  18

static const struct {
	const char *word, *label;
} results[FINDING_RESULT_COUNT] = {
	[FINDING_OK] = {"ok", N_("ok")},
	[FINDING_WARNING] = {"warning", N_("warning")},
	[FINDING_WRONG] = {"wrong", N_("WRONG")},
	[FINDING_SKIPPED] = {"skipped", N_("not seen")},
};

static void put(json_t *object, const char *key, const char *text)
{
	if (text)
		json_object_set_new(object, key, jsonout_text(text));
}

static void keep(struct diagnosis *diagnosis, const struct finding *finding, const char *text)
{
	json_t *object = json_object();

	if (!diagnosis->list)
		diagnosis->list = json_array();
	put(object, "check", finding->check);
	put(object, "result", results[finding->result].word);
	put(object, "subject", finding->subject);
	put(object, "reason", finding->reason);
	put(object, "text", text);
	put(object, "next", finding->next);
	json_array_append_new(diagnosis->list, object);
}

static void show(const struct finding *finding, const char *text)
{
	command_column(_(results[finding->result].label), RESULT_WIDTH);
	command_column(_(finding->check), CHECK_WIDTH);
	columns_printf(stdout, RESULT_WIDTH + CHECK_WIDTH, RESULT_WIDTH + CHECK_WIDTH, "%s%s%s\n",
		       finding->subject ? finding->subject : "", finding->subject ? ": " : "",
		       text);
	if (finding->next)
		columns_printf(stdout, 0, RESULT_WIDTH + 3, "%*s-> %s\n", RESULT_WIDTH, "",
			       finding->next);
	fflush(stdout);
}

void diagnosis_add(struct diagnosis *diagnosis, const struct finding *finding, const char *format,
		   ...)
{
	char text[FINDING_TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start is the line before */
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	diagnosis->wrong |= finding->result == FINDING_WRONG;
	if (diagnosis->json)
		keep(diagnosis, finding, text);
	else
		show(finding, text);
}

void diagnosis_end(struct diagnosis *diagnosis)
{
	json_t *object;

	if (diagnosis->json) {
		if (!diagnosis->list)
			diagnosis->list = json_array();
		object = json_pack("{s:b, s:O}", "well", !diagnosis->wrong, "checks",
				   diagnosis->list);
		json_dumpf(object, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(object);
	}
	json_decref(diagnosis->list);
	diagnosis->list = NULL;
}
