/* Common Event Format: `CEF:0|vendor|product|version|code|name|severity|key=value key=value`. In
 * the header \ and | are escaped, in values \, = and line ends. The keys are those of the format's
 * dictionary; our own begin with the product's name, as it asks for. */
#include "render_event.h"

#include "cleanup.h"
#include "escape.h"

#include <arpa/inet.h>
#include <inttypes.h>

#define KEY_MAX 64

static const struct render_path keys[] = {
	{1010, "user", "suser"},   {1010, "uid", "suid"},
	{0, "user", "duser"},	   {0, "ruser", "suser"},
	{0, "caller", "suid"},	   {0, "by", "suser"},
	{0, "rhost", "shost"},	   {0, "service", "destinationServiceName"},
	{0, "reason", "reason"},   {0, "file", "fname"},
	{0, "sha256", "fileHash"},
};

/* 0 to 10, where 0-3 is low, 4-6 medium, 7-8 high, 9-10 very high. */
static const unsigned int severities[] = {
	[EVENT_INFO] = 1, [EVENT_LOW] = 3,	 [EVENT_MEDIUM] = 5,
	[EVENT_HIGH] = 8, [EVENT_CRITICAL] = 10,
};
#define SEVERITY_UNKNOWN 5

static const char *const outcomes[] = {
	[EVENT_UNKNOWN] = "unknown",
	[EVENT_SUCCESS] = "success",
	[EVENT_FAILURE] = "failure",
};

static void write_escaped(const char *text, size_t length, const char *special, FILE *out)
{
	for (size_t i = 0; i < length; i++) {
		if (strchr(special, text[i]))
			fputc('\\', out);
		fputc(text[i], out);
	}
}

/* A backslash is part of the escapes with which values were recorded; what nobody should have
 * recorded, control characters, is escaped in the same way. @line_ends: \n and \r are allowed. */
static void write_text(const char *text, const char *special, bool line_ends, FILE *out)
{
	size_t left = strlen(text);

	while (left > 0) {
		char escaped[4 * 4 + 5];
		unsigned int point;
		size_t part = utf8_sequence(text, left, &point);

		part = part ? part : 1;
		if (line_ends && (*text == '\n' || *text == '\r')) {
			fputs(*text == '\n' ? "\\n" : "\\r", out);
		} else if (*text == '\\') {
			fputs("\\\\", out);
		} else {
			size_t length = escape_text(text, part, escaped, sizeof(escaped));

			write_escaped(escaped, length, special, out);
		}
		text += part;
		left -= part;
	}
}

static void write_header(const char *text, FILE *out)
{
	write_text(text, "\\|", false, out);
	fputc('|', out);
}

static void write_extension(const char *key, const char *value, FILE *out)
{
	if (!value)
		return;
	fprintf(out, " %s=", key);
	write_text(value, "\\=", true, out);
}

/* last_good_hash: SekishoLastGoodHash. */
static void own_key(const char *name, char key[static KEY_MAX])
{
	size_t length = strlen(RENDER_PRODUCT);
	bool capital = true;

	memcpy(key, RENDER_PRODUCT, length);
	for (; *name && length + 1 < KEY_MAX; name++) {
		bool is_letter = *name >= 'a' && *name <= 'z';

		if (*name != '_')
			key[length++] = (char)(capital && is_letter ? *name - 'a' + 'A' : *name);
		capital = *name == '_';
	}
	key[length] = '\0';
}

/* "src" takes IPv4 alone. */
static const char *key_of(const struct render_event *event, const char *name, const char *value)
{
	struct in_addr address;

	if (strcmp(name, "rhost") == 0 && inet_pton(AF_INET, value, &address) == 1)
		return "src";
	return render_path_of(keys, sizeof(keys) / sizeof(*keys), event, name);
}

static void write_fields(const struct render_event *event, FILE *out)
{
	for (void *at = json_object_iter(event->fields); at;
	     at = json_object_iter_next(event->fields, at)) {
		const char *name = json_object_iter_key(at);
		const char *value = json_string_value(json_object_iter_value(at));
		const char *key = key_of(event, name, value);
		char own[KEY_MAX];

		own_key(name, own);
		write_extension(key ? key : own, value, out);
	}
}

static void write_event(const struct render_event *event, const struct render_origin *origin,
			FILE *out)
{
	const struct event_row *row = event->row;
	char code[16];

	render_code(event, code);
	fputs("CEF:0|", out);
	write_header(RENDER_VENDOR, out);
	write_header(RENDER_PRODUCT, out);
	write_header(SEKISHO_VERSION, out);
	write_header(row ? code : event->kind, out);
	write_header(render_meaning(event), out);
	fprintf(out, "%u|rt=%" PRId64, row ? severities[row->severity] : SEVERITY_UNKNOWN,
		event->time_ms);
	write_extension("externalId", event->id, out);
	write_extension("cat", event->kind, out);
	write_extension("outcome", outcomes[row ? row->outcome : EVENT_UNKNOWN], out);
	write_extension("deviceExternalId", origin->host, out);
	write_extension("dvchost", origin->hostname, out);
	write_fields(event, out);
	write_extension(RENDER_PRODUCT "Epoch", origin->epoch, out);
	fprintf(out, " " RENDER_PRODUCT "Sequence=%" PRIu64, event->sequence);
	write_extension(RENDER_PRODUCT "RecordHash", event->hash, out);
	if (event->late)
		write_extension(RENDER_PRODUCT "Late", "true", out);
}

char *render_cef(const struct render_event *event, const struct render_origin *origin)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	bool failed;

	if (!out)
		return NULL;
	write_event(event, origin, out);
	failed = ferror(out);
	if (fclose(out) != 0 || failed) {
		free(text);
		return NULL;
	}
	return text;
}
