#include "roster.h"

#include "number.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

struct line {
	char *text;
	size_t size;
	size_t length;
	int error;
};

static void add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct line *line, const char *format, ...)
{
	va_list arguments;
	int count;

	if (line->error < 0)
		return;
	va_start(arguments, format);
	count = vsnprintf(line->text + line->length, line->size - line->length, format, arguments);
	va_end(arguments);
	if (count < 0 || (size_t)count >= line->size - line->length)
		line->error = -EMSGSIZE;
	else
		line->length += (size_t)count;
}

static void add_hex(struct line *line, const uint8_t *bytes, size_t length)
{
	char digits[2 * ROSTER_CREDENTIAL_MAX + 1];

	hex_format(bytes, length, digits);
	add(line, " %s", digits);
}

static void add_day(struct line *line, const char *name, uint32_t day)
{
	if (day)
		add(line, " %s=%04u-%02u-%02u", name, day / 10000, day / 100 % 100, day % 100);
}

static void add_label(struct line *line, const char *name, const char *label)
{
	if (label[0] == '\0')
		return;
	add(line, " %s=", name);
	for (; *label; label++) {
		unsigned char byte = (unsigned char)*label;

		if (byte <= ' ' || byte >= 0x7f || byte == '%')
			add(line, "%%%02x", byte);
		else
			add(line, "%c", byte);
	}
}

int roster_format(const struct roster_entry *entry, char *text, size_t size)
{
	char aaguid[2 * sizeof(entry->aaguid) + 1];
	struct line line = {.text = text, .size = size < ROSTER_LINE_MAX ? size : ROSTER_LINE_MAX};

	add(&line, "%s fido2 %s", entry->user, roster_algorithms[entry->algorithm].name);
	add_hex(&line, entry->credential, entry->credential_length);
	add_hex(&line, entry->key, entry->key_length);
	add(&line, " uv=%s", entry->uv_optional ? "none" : "required");
	add_day(&line, "from", entry->from);
	add_day(&line, "to", entry->to);
	add_day(&line, "revoked", entry->revoked);
	if (entry->has_aaguid) {
		hex_format(entry->aaguid, sizeof(entry->aaguid), aaguid);
		add(&line, " aaguid=%s", aaguid);
	}
	if (entry->attestation[0] != '\0')
		add(&line, " attestation=%s", entry->attestation);
	add_label(&line, "category", entry->category);
	add_label(&line, "label", entry->label);
	add(&line, "\n");
	return line.error;
}

static void add_terms(struct line *line, const struct roster_terms *terms)
{
	char rights[ROSTER_RIGHTS_SIZE], hours[ROSTER_HOURS_SIZE];

	roster_format_rights(terms->rights, rights);
	roster_format_hours(terms, hours);
	if (rights[0])
		add(line, " rights=%s", rights);
	if (terms->witnessed)
		add(line, " witnessed=yes");
	if (hours[0])
		add(line, " hours=%s", hours);
}

int roster_format_period(const struct roster_period *period, char *text, size_t size)
{
	struct line line = {.text = text, .size = size < ROSTER_LINE_MAX ? size : ROSTER_LINE_MAX};

	add(&line, "%s person", period->user);
	add_day(&line, "from", period->from);
	add_day(&line, "to", period->to);
	add_label(&line, "category", period->category);
	add_label(&line, "label", period->label);
	add_terms(&line, &period->terms);
	add(&line, "\n");
	return line.error;
}
