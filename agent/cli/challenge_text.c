#include "challenge_text.h"

#include "ask.h"

#include "columns.h"
#include "gettext.h"

#include <stdio.h>
#include <string.h>

#define NAME_SHOWN 40 /* bytes of what it calls itself */

/* So that it can't push our own words out of sight. */
static int cut(const char *name)
{
	size_t length = strlen(name);

	if (length > NAME_SHOWN)
		for (length = NAME_SHOWN; length > 0 && (name[length] & 0xc0) == 0x80;)
			length--;
	return (int)length;
}

void challenge_text_make(const json_t *challenge, char *text, size_t size)
{
	const char *name = ask_text(challenge, "name");

	snprintf(text, size,
		 _("To use the new keyboard at %s (\"%.*s\"), type %s on it, within %lld seconds. "
		   "If "
		   "you plugged in none, pull out what hangs there and call."),
		 ask_text(challenge, "device"), cut(name), name, ask_text(challenge, "code"),
		 (long long)json_integer_value(json_object_get(challenge, "seconds")));
}

void challenge_text_show(const char *socket)
{
	char text[CHALLENGE_TEXT_MAX];
	json_t *challenges;

	if (ask_verb(socket, "challenges", "", &challenges) < 0)
		return;
	for (size_t i = 0; i < json_array_size(challenges); i++) {
		challenge_text_make(json_array_get(challenges, i), text, sizeof(text));
		columns_printf(stdout, 0, 0, "%s\n\n", text);
	}
	json_decref(challenges);
}
