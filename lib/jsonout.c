#include "jsonout.h"

#include "cleanup.h"
#include "escape.h"
#include "gettext.h"

#include <string.h>

#define ESCAPED_MAX 4 /* bytes that one becomes */

void jsonout_begin(void)
{
	bind_textdomain_codeset(textdomain(NULL), "UTF-8");
	bind_textdomain_codeset("libc", "UTF-8");
}

json_t *jsonout_text(const char *text)
{
	_cleanup_free_ char *escaped = NULL;
	json_t *string = text ? json_string(text) : NULL;
	size_t size;

	if (string || !text)
		return string;
	size = ESCAPED_MAX * strlen(text) + ESCAPED_MAX + 1;
	escaped = malloc(size);
	if (!escaped)
		return NULL;
	escape_text(text, strlen(text), escaped, size);
	return json_string(escaped);
}
