#include "synopsis.h"

#include <string.h>

#define BETWEEN " | "
#define LETTERS "abcdefghijklmnopqrstuvwxyz0123456789_."

const char *synopsis_next(const char **at, size_t *ret_length)
{
	const char *part = *at, *end = part;
	int depth = 0;

	if (*part == '\0')
		return NULL;
	for (; *end; end++) {
		depth += (*end == '[') - (*end == ']');
		if (depth == 0 && strncmp(end, BETWEEN, strlen(BETWEEN)) == 0)
			break;
	}
	*ret_length = (size_t)(end - part);
	*at = *end ? end + strlen(BETWEEN) : end;
	return part;
}

static const char *verb(const char *part, size_t *ret_length)
{
	part += *part == '[';
	*ret_length = strspn(part, LETTERS);
	return part;
}

bool synopsis_begins(const char *part, const char *word)
{
	size_t length;

	part = verb(part, &length);
	return length > 0 && strlen(word) == length && memcmp(part, word, length) == 0;
}

bool synopsis_verbs_only(const char *synopsis)
{
	const char *part;
	size_t length;

	if (*synopsis == '\0')
		return false;
	while ((part = synopsis_next(&synopsis, &length))) {
		verb(part, &length);
		if (length == 0)
			return false;
	}
	return true;
}

bool synopsis_has(const char *synopsis, const char *word)
{
	const char *part;
	size_t length;

	while ((part = synopsis_next(&synopsis, &length)))
		if (synopsis_begins(part, word))
			return true;
	return false;
}
