#include "letter.h"

#include "cleanup.h"

#include <errno.h>
#include <string.h>

#define FORMAT 1
#define DIGITS "0123456789"
#define NAME   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" DIGITS ".-_"

bool letter_is_for(const struct letter *letter, const char *host, const char *epoch)
{
	return strcmp(letter->host, host) == 0 && strcmp(letter->epoch, epoch) == 0;
}

static bool is_id(const char *text)
{
	return strlen(text) == JOURNAL_ID_SIZE - 1 &&
	       strspn(text, DIGITS "abcdef") == JOURNAL_ID_SIZE - 1;
}

bool letter_is_good(const struct letter *letter)
{
	const struct journal_span time = {letter->time, strlen(letter->time)};

	return *letter->terminal != '\0' &&
	       letter->terminal[strspn(letter->terminal, NAME)] == '\0' && is_id(letter->host) &&
	       is_id(letter->epoch) && journal_is_time(&time);
}

json_t *letter_begin(const struct letter *letter, const char *what)
{
	return json_pack("{s:i, s:s, s:s, s:s, s:s, s:s}", "format", FORMAT, "what", what,
			 "terminal", letter->terminal, "host", letter->host, "epoch", letter->epoch,
			 "time", letter->time);
}

int letter_sign(json_t *content, const char *certificate, const char *key, char **ret_text,
		size_t *ret_length)
{
	_cleanup_free_ char *json = json_dumps(content, JSON_INDENT(1) | JSON_ENSURE_ASCII);

	json_decref(content);
	return json ? signed_make(json, certificate, key, ret_text, ret_length) : -ENOMEM;
}

static bool copy_text(const json_t *content, const char *name, char *text, size_t size)
{
	const char *value = json_string_value(json_object_get(content, name));

	if (!value || strlen(value) >= size)
		return false;
	memcpy(text, value, strlen(value) + 1);
	return true;
}

#define COPY(name) copy_text(content, #name, letter.name, sizeof(letter.name))

static int read_content(const json_t *content, const char *what, struct letter *ret_letter)
{
	const char *kind = json_string_value(json_object_get(content, "what"));
	struct letter letter = {};

	if (json_integer_value(json_object_get(content, "format")) != FORMAT || !kind ||
	    strcmp(kind, what) != 0 || !COPY(terminal) || !COPY(host) || !COPY(epoch) ||
	    !COPY(time) || !letter_is_good(&letter))
		return -EBADMSG;
	*ret_letter = letter;
	return 0;
}

int letter_parse(const char *json, size_t length, const char *what, struct letter *ret_letter,
		 json_t **ret_content)
{
	json_error_t error;
	json_t *content = json_loadb(json, length, JSON_REJECT_DUPLICATES, &error);
	int r = read_content(content, what, ret_letter);

	if (r < 0)
		json_decref(content);
	else
		*ret_content = content;
	return r;
}
