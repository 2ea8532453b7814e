#include "name.h"

#include "cleanup.h"
#include "gettext.h"

#include <stdbool.h>
#include <string.h>

#define DIGITS "0123456789"
#define LABEL  "abcdefghijklmnopqrstuvwxyz" DIGITS "-"

static const char *wrong_label(const char *text, size_t length)
{
	if (length == 0)
		return _("a part of it is empty");
	if (strspn(text, LABEL) < length)
		return _("only small letters a-z, digits and hyphens may stand in it");
	if (length > NAME_MAX_LABEL)
		return _("it is longer than 63 characters");
	if (text[0] == '-' || text[length - 1] == '-')
		return _("a hyphen may not stand at its beginning or end");
	return NULL;
}

const char *name_wrong_terminal(const char *text)
{
	static const char *const words[] = {"list", "renew"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(text, words[i]) == 0)
			return _("this word is a command; the terminal needs another name");
	return wrong_label(text, strlen(text));
}

/* As resolvers read the last part of an address: 1, 0x7f. */
static bool is_number(const char *label)
{
	if (strncmp(label, "0x", 2) == 0 && label[2] != '\0')
		return label[2 + strspn(label + 2, DIGITS "abcdef")] == '\0';
	return label[strspn(label, DIGITS)] == '\0';
}

const char *name_wrong_host(const char *text)
{
	const char *label = text;

	if (strlen(text) > NAME_MAX_HOST)
		return _("it is longer than 253 characters");
	for (;;) {
		size_t length = strcspn(label, ".");
		const char *wrong = wrong_label(label, length);

		if (wrong)
			return wrong;
		if (label[length] == '\0')
			break;
		label += length + 1;
	}
	/* No top-level domain is a number (RFC 3696), but an address ends with one. */
	if (is_number(label))
		return _("it is an address; the terminals need a name");
	return NULL;
}
