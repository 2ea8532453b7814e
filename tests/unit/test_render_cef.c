/* Events as CEF, read back by a small reader of its own. */
#include "render_fixture.h"

#define PARTS_MAX 64

struct cef {
	char *header[7]; /* "CEF:0", vendor, product, version, code, name, severity */
	char *keys[PARTS_MAX], *values[PARTS_MAX];
	size_t count;
};

static bool is_key(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Takes the escapes back in place. */
static void unescape(char *text)
{
	char *out = text;

	for (; *text; text++) {
		if (*text != '\\') {
			*out++ = *text;
			continue;
		}
		text++;
		assert_non_null(strchr("\\|=nr", *text));
		assert_true(*text != '\0');
		*out++ = (char)(*text == 'n' ? '\n' : *text == 'r' ? '\r' : *text);
	}
	*out = '\0';
}

/* The next @wanted that no backslash stands before. */
static char *find(char *text, char wanted)
{
	for (; *text; text++) {
		if (*text == '\\' && text[1])
			text++;
		else if (*text == wanted)
			return text;
	}
	return NULL;
}

static void read_cef(char *text, struct cef *ret_cef)
{
	struct cef cef = {};
	char *end;

	for (const char *at = text; *at; at++)
		assert_true((unsigned char)*at >= ' ' && *at != 0x7f);
	for (size_t i = 0; i < 7; i++) {
		end = find(text, '|');
		assert_non_null(end);
		*end = '\0';
		unescape(text);
		cef.header[i] = text;
		text = end + 1;
	}
	/* A value goes on up to the blank before the next key. */
	while ((end = find(text, '='))) {
		char *next, *key = text;

		assert_true(cef.count < PARTS_MAX);
		*end = '\0';
		for (; *key; key++)
			assert_true(is_key(*key));
		cef.keys[cef.count] = text;
		cef.values[cef.count++] = text = end + 1;
		next = find(text, '=');
		if (!next)
			break;
		while (is_key(next[-1]))
			next--;
		assert_int_equal(next[-1], ' ');
		next[-1] = '\0';
		text = next;
	}
	for (size_t i = 0; i < cef.count; i++)
		unescape(cef.values[i]);
	*ret_cef = cef;
}

static const char *value(const struct cef *cef, const char *key)
{
	const char *found = NULL;

	for (size_t i = 0; i < cef->count; i++) {
		if (strcmp(cef->keys[i], key) != 0)
			continue;
		assert_null(found); /* each key once */
		found = cef->values[i];
	}
	return found;
}

static void assert_value(const struct cef *cef, const char *key, const char *expected)
{
	const char *found = value(cef, key);

	if (!found || strcmp(found, expected) != 0)
		fail_msg("%s: %s", key, found ? found : "not there");
}

static void test_each_kind(void **state)
{
	(void)state;
	for (int i = 0; i < EVENT_KIND_COUNT; i++) {
		const struct event_row *row = &event_rows[i];
		char *text = fixture_render(RENDER_CEF, row->name, fixture_fields(row));
		char code[16];
		struct cef cef;

		read_cef(text, &cef);
		snprintf(code, sizeof(code), "S-%u", row->number);
		assert_string_equal(cef.header[0], "CEF:0");
		assert_string_equal(cef.header[1], "Sekisho");
		assert_string_equal(cef.header[2], "Sekisho");
		assert_string_equal(cef.header[3], SEKISHO_VERSION);
		assert_string_equal(cef.header[4], code);
		assert_string_equal(cef.header[5], row->meaning);
		assert_in_range(strtoul(cef.header[6], NULL, 10), 1, 10);
		assert_value(&cef, "rt", "1795436895123");
		assert_value(&cef, "cat", row->name);
		assert_value(&cef, "externalId", "b4ce9440-823b-4045-b901-5bee7fff9cdf");
		assert_value(&cef, "deviceExternalId", FIXTURE_HOST);
		assert_value(&cef, "dvchost", "tanmatsu-7");
		assert_value(&cef, "SekishoSequence", "42");
		assert_value(&cef, "SekishoEpoch", FIXTURE_EPOCH);
		for (const char *const *field = row->fields; *field; field++) {
			bool told = false;
			char expected[64];

			snprintf(expected, sizeof(expected), "~%s~", *field);
			for (size_t j = 0; j < cef.count; j++)
				told |= strcmp(cef.values[j], expected) == 0;
			if (!told)
				fail_msg("%s: %s is left out", row->name, *field);
		}
		for (size_t j = 0; j < cef.count; j++)
			value(&cef, cef.keys[j]);
		free(text);
	}
}

static void test_a_line(void **state)
{
	char *text = fixture_render_from(&fixture_nowhere, RENDER_CEF, "login.refused",
					 json_pack("{s:s, s:s, s:s}", "user", "hanako", "rhost",
						   "192.0.2.7", "reason", "pin-wrong"));
	char *hash = strstr(text, " SekishoRecordHash=");

	(void)state;
	assert_non_null(hash);
	*hash = '\0';
	assert_string_equal(text,
			    "CEF:0|Sekisho|Sekisho|" SEKISHO_VERSION
			    "|S-4002|the second factor was refused|5|rt=1795436895123 "
			    "externalId=b4ce9440-823b-4045-b901-5bee7fff9cdf cat=login.refused "
			    "outcome=failure reason=pin-wrong src=192.0.2.7 duser=hanako "
			    "SekishoSequence=42");
	free(text);
}

static void test_keys(void **state)
{
	char *text = fixture_render(RENDER_CEF, "store.break",
				    json_pack("{s:s, s:s, s:s}", "last_good_hash", "aa", "line_2",
					      "x", "rhost", "mado-3"));
	struct cef cef;

	(void)state;
	read_cef(text, &cef);
	assert_value(&cef, "SekishoLastGoodHash", "aa");
	assert_value(&cef, "SekishoLine2", "x");
	assert_value(&cef, "shost", "mado-3");
	free(text);
}

static void test_hostile_values(void **state)
{
	static const struct {
		const char *recorded, *read;
	} rows[] = {
		{"a|b=c", "a|b=c"},
		{"\\", "\\"},
		{"ends with \\", "ends with \\"},
		{"Stick duser=root", "Stick duser=root"},
		{"\" cat=x|CEF:0|", "\" cat=x|CEF:0|"},
		{"\\x1b[2J", "\\x1b[2J"},
		{"\\n is not a line's end", "\\n is not a line's end"},
		{"関所\U0001f511", "関所\U0001f511"},
		{"", ""},
		/* What our writer would have escaped. */
		{"two\nlines\r", "two\nlines\r"},
		{"\033[2J\t", "\\x1b[2J\\x09"},
		{"\xc2\x85\u202e", "\\xc2\\x85\\xe2\\x80\\xae"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *text = fixture_render(RENDER_CEF, "device.blocked",
					    json_pack("{s:s}", "serial", rows[i].recorded));
		struct cef cef;

		read_cef(text, &cef);
		assert_value(&cef, "SekishoSerial", rows[i].read);
		assert_value(&cef, "cat", "device.blocked");
		assert_null(value(&cef, "duser"));
		free(text);
	}
}

static void test_unknown_kind(void **state)
{
	char *text = fixture_render(RENDER_CEF, "door|bell", json_object());
	struct cef cef;

	(void)state;
	read_cef(text, &cef);
	assert_string_equal(cef.header[4], "door|bell");
	assert_string_equal(cef.header[5], "an event of a later version");
	assert_value(&cef, "outcome", "unknown");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_kind),    cmocka_unit_test(test_a_line),
		cmocka_unit_test(test_keys),	     cmocka_unit_test(test_hostile_values),
		cmocka_unit_test(test_unknown_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
