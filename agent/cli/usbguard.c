#include "usbguard.h"

#include "cleanup.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum token {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_STRING,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_WRONG,
};

/* What is left of a line, and its token that comes next. Tokens are copied, without their escapes,
 * to .out; they are never longer than in the line, but for a zero each. */
struct reader {
	const char *begin, *at;
	const char *token_at;
	enum token token;
	const char *text; /* of the token */
	char *out;
};

static const struct {
	const char *name;
	bool string; /* its values are in quotes */
} keys[USBGUARD_KEY_COUNT] = {
	[USBGUARD_ID] = {"id", false},
	[USBGUARD_HASH] = {"hash", true},
	[USBGUARD_PARENT_HASH] = {"parent-hash", true},
	[USBGUARD_NAME] = {"name", true},
	[USBGUARD_SERIAL] = {"serial", true},
	[USBGUARD_PORT] = {"via-port", true},
	[USBGUARD_INTERFACE] = {"with-interface", false},
	[USBGUARD_CONNECT_TYPE] = {"with-connect-type", true},
	[USBGUARD_LABEL] = {"label", true},
	[USBGUARD_CONDITION] = {"if", false},
};

static const char *const operators[USBGUARD_OPERATOR_COUNT] = {
	[USBGUARD_EQUALS] = "equals",	[USBGUARD_EQUALS_ORDERED] = "equals-ordered",
	[USBGUARD_ALL_OF] = "all-of",	[USBGUARD_ONE_OF] = "one-of",
	[USBGUARD_NONE_OF] = "none-of", [USBGUARD_MATCH_ALL] = "match-all",
};

const char *usbguard_key_name(enum usbguard_key key)
{
	return keys[key].name;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* The byte of an escape behind its backslash; -1: there is none such. */
static int read_escape(struct reader *reader)
{
	static const char names[] = "abfnrtv\\'\"", bytes[] = "\a\b\f\n\r\t\v\\'\"";
	const char *found = *reader->at ? strchr(names, *reader->at) : NULL;
	int value = 0;

	if (found) {
		reader->at++;
		return bytes[found - names];
	}
	if (*reader->at == 'x') {
		int high = hex_digit(reader->at[1]), low = high < 0 ? -1 : hex_digit(reader->at[2]);

		reader->at += low < 0 ? 0 : 3;
		return low < 0 ? -1 : high << 4 | low;
	}
	if (*reader->at < '0' || *reader->at > '9')
		return -1;
	for (int i = 0; i < 3 && *reader->at >= '0' && *reader->at <= '9'; i++)
		value = 10 * value + (*reader->at++ - '0');
	return value < 256 ? value : -1;
}

/* Up to the quote that ends it. A zero byte can't be part of what a device says. */
static enum token read_string(struct reader *reader)
{
	reader->at++;
	while (*reader->at != '"') {
		int byte = (unsigned char)*reader->at;

		if (byte == 0)
			return TOKEN_WRONG;
		reader->at++;
		if (byte == '\\')
			byte = read_escape(reader);
		if (byte <= 0)
			return TOKEN_WRONG;
		*reader->out++ = (char)byte;
	}
	reader->at++;
	return TOKEN_STRING;
}

/* Up to a blank or a brace; what a condition has in parentheses belongs to it. */
static enum token read_word(struct reader *reader)
{
	bool inside = false;

	while (*reader->at && (inside || !strchr(" \t\r{}\"#", *reader->at))) {
		if (*reader->at == '(')
			inside = true;
		if (*reader->at == ')')
			inside = false;
		*reader->out++ = *reader->at++;
	}
	return inside ? TOKEN_WRONG : TOKEN_WORD;
}

static void next(struct reader *reader)
{
	reader->at += strspn(reader->at, " \t\r");
	reader->token_at = reader->at;
	reader->text = reader->out;
	switch (*reader->at) {
	case '\0':
	case '#':
		reader->token = TOKEN_END;
		return;
	case '{':
	case '}':
		reader->token = *reader->at++ == '{' ? TOKEN_OPEN : TOKEN_CLOSE;
		return;
	case '"':
		reader->token = read_string(reader);
		break;
	default:
		reader->token = read_word(reader);
	}
	*reader->out++ = '\0';
}

/* "046d", "*" up to @end; a @length of digits. */
static bool is_code(const char **text, size_t length, char end, bool star)
{
	size_t digits = strspn(*text, "0123456789abcdefABCDEF");

	if (star && (*text)[0] == '*' && (*text)[1] == end)
		digits = length = 1;
	if (digits != length || (*text)[length] != end)
		return false;
	*text += length + (end != '\0');
	return true;
}

static bool is_id(const char *text)
{
	return is_code(&text, 4, ':', true) && is_code(&text, 4, '\0', true);
}

static bool is_interface(const char *text)
{
	return is_code(&text, 2, ':', false) && is_code(&text, 2, ':', true) &&
	       is_code(&text, 2, '\0', true);
}

static bool is_value(const struct reader *reader, enum usbguard_key key)
{
	if (reader->token != (keys[key].string ? TOKEN_STRING : TOKEN_WORD))
		return false;
	if (key == USBGUARD_ID)
		return is_id(reader->text);
	return key != USBGUARD_INTERFACE || is_interface(reader->text);
}

static bool take_value(struct reader *reader, enum usbguard_key key,
		       struct usbguard_attribute *attribute)
{
	if (!is_value(reader, key) || attribute->count == USBGUARD_VALUES_MAX)
		return false;
	attribute->values[attribute->count++] = reader->text;
	next(reader);
	return true;
}

static bool take_set(struct reader *reader, enum usbguard_key key,
		     struct usbguard_attribute *attribute)
{
	next(reader);
	while (reader->token != TOKEN_CLOSE)
		if (!take_value(reader, key, attribute))
			return false;
	next(reader);
	return attribute->count > 0;
}

static size_t find(const char *const names[], size_t count, const char *text)
{
	size_t i = 0;

	while (i < count && strcmp(names[i], text) != 0)
		i++;
	return i;
}

/* NAME VALUE, NAME { VALUE ... } or NAME OPERATOR { VALUE ... } */
static bool take_attribute(struct reader *reader, struct usbguard_rule *rule)
{
	struct usbguard_attribute *attribute;
	size_t key = 0, how = USBGUARD_OPERATOR_COUNT;

	while (key < USBGUARD_KEY_COUNT && strcmp(keys[key].name, reader->text) != 0)
		key++;
	if (reader->token != TOKEN_WORD || key == USBGUARD_KEY_COUNT ||
	    rule->attributes[key].count > 0)
		return false;
	attribute = &rule->attributes[key];
	next(reader);
	if (reader->token == TOKEN_WORD)
		how = find(operators, USBGUARD_OPERATOR_COUNT, reader->text);
	if (how < USBGUARD_OPERATOR_COUNT) {
		attribute->how = (enum usbguard_operator)how;
		next(reader);
		return reader->token == TOKEN_OPEN &&
		       take_set(reader, (enum usbguard_key)key, attribute);
	}
	return reader->token == TOKEN_OPEN ? take_set(reader, (enum usbguard_key)key, attribute)
					   : take_value(reader, (enum usbguard_key)key, attribute);
}

static bool take_rule(struct reader *reader, struct usbguard_rule *rule)
{
	static const char *const targets[] = {"", "allow", "block", "reject"};
	size_t target;

	next(reader);
	if (reader->token == TOKEN_END)
		return true;
	target = find(targets, ARRAY_SIZE(targets), reader->text);
	if (reader->token != TOKEN_WORD || target == ARRAY_SIZE(targets))
		return false;
	rule->target = (enum usbguard_target)target;
	next(reader);
	if (reader->token == TOKEN_WORD && is_id(reader->text))
		take_value(reader, USBGUARD_ID, &rule->attributes[USBGUARD_ID]);
	while (reader->token != TOKEN_END)
		if (!take_attribute(reader, rule))
			return false;
	return true;
}

int usbguard_parse(const char *line, struct usbguard_rule *ret_rule, size_t *ret_column)
{
	struct reader reader = {.begin = line, .at = line};
	struct usbguard_rule rule = {};

	/* Each byte may be a token of its own. */
	rule.text = calloc(2, strlen(line) + 1);
	if (!rule.text)
		return -ENOMEM;
	reader.out = rule.text;
	if (!take_rule(&reader, &rule)) {
		*ret_column = (size_t)(reader.token_at - reader.begin) + 1;
		usbguard_release(&rule);
		return -EBADMSG;
	}
	*ret_rule = rule;
	return 0;
}

void usbguard_release(struct usbguard_rule *rule)
{
	free(rule->text);
	rule->text = NULL;
}
