#include "event_text.h"

#include "cleanup.h"
#include "escape.h"
#include "event.h"
#include "gettext.h"

#include <errno.h>
#include <string.h>
#include <time.h>

static const char *const severity_words[] = {
	[EVENT_INFO] = N_("info"), [EVENT_LOW] = N_("low"),	      [EVENT_MEDIUM] = N_("medium"),
	[EVENT_HIGH] = N_("high"), [EVENT_CRITICAL] = N_("critical"),
};

void event_text_heading(FILE *out)
{
	fprintf(out, "%s\n", _("TIME                SEVERITY  EVENT  MEANING  DETAILS"));
}

static void write_time(const struct journal_span *time, FILE *out)
{
	time_t seconds = (time_t)(journal_time_us(time) / 1000000);
	struct tm parts;
	char local[32];

	if (!localtime_r(&seconds, &parts) ||
	    strftime(local, sizeof(local), "%Y-%m-%d %H:%M:%S", &parts) == 0)
		fprintf(out, "%-19.*s", (int)time->length, time->bytes);
	else
		fputs(local, out);
}

/* What an escape looks like as escape_text writes it. */
static bool is_escape(const char *value, size_t length)
{
	return length >= 4 && value[1] == 'x' && strspn(value + 2, "0123456789abcdef") >= 2;
}

/* Escapes stay: values were escaped when they were recorded, and twice is not readable. A quote
 * must not end the value. */
static void write_value(const char *value, size_t length, bool utf8, FILE *out)
{
	char escaped[4 * 128 + 8];

	while (length > 0) {
		unsigned int point;
		size_t part = utf8_sequence(value, length, &point);

		if (*value == '\\' && is_escape(value, length)) {
			part = 4;
			fwrite(value, 1, part, out);
		} else if (*value == '"') {
			fputs("\\x22", out);
		} else if (part == 1 || (part > 1 && utf8)) {
			escape_text(value, part, escaped, sizeof(escaped));
			fputs(escaped, out);
		} else {
			part = part ? part : 1;
			for (size_t i = 0; i < part; i++)
				fprintf(out, "\\x%02x", (unsigned char)value[i]);
		}
		value += part;
		length -= part;
	}
}

/* What only a program can read: the two seals of a checkpoint. */
static bool is_for_programs(const char *name)
{
	return strcmp(name, "mac") == 0 || strcmp(name, "signature") == 0;
}

static void write_field(const char *name, const json_t *value, bool utf8, FILE *out)
{
	const char *text = json_string_value(value);
	size_t length = json_string_length(value);
	const char *quote = length == 0 || memchr(text, ' ', length) ? "\"" : "";

	fprintf(out, " %s=%s", name, quote);
	write_value(text, length, utf8, out);
	fputs(quote, out);
}

static void write_meaning(const struct event_row *row, bool number, FILE *out)
{
	if (row && number)
		fprintf(out, _("[S-%u] "), row->number);
	fputs(row ? _(row->meaning) : "?", out);
}

int event_text_write(const struct journal_record *record, enum event_text_style style, FILE *out)
{
	json_t *fields = json_loadb(record->fields.bytes, record->fields.length, 0, NULL);
	bool utf8 = style & EVENT_TEXT_UTF8;
	char kind_name[PROTOCOL_ID_MAX] = "?";
	const struct event_row *row = NULL;
	enum event_kind kind;

	if (!json_is_object(fields)) {
		json_decref(fields);
		return -EBADMSG;
	}
	if (record->kind.length < sizeof(kind_name)) {
		memcpy(kind_name, record->kind.bytes, record->kind.length);
		kind_name[record->kind.length] = '\0';
	}
	/* A kind of a later version is shown as it is; the name is printable ASCII. */
	if (event_kind_from_name(kind_name, &kind) == 0)
		row = &event_rows[kind];
	write_time(&record->time, out);
	fprintf(out, "  %s  %s  ", row ? _(severity_words[row->severity]) : "?", kind_name);
	write_meaning(row, style & EVENT_TEXT_NUMBER, out);
	fputc(' ', out);
	for (void *at = json_object_iter(fields); at; at = json_object_iter_next(fields, at))
		if (!is_for_programs(json_object_iter_key(at)))
			write_field(json_object_iter_key(at), json_object_iter_value(at), utf8,
				    out);
	if (record->late)
		fputs(_(" (told late)"), out);
	fputc('\n', out);
	json_decref(fields);
	return 0;
}
