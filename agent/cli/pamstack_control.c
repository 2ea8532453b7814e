/* What a module's results lead to. Source: pam.conf(5), _pam_parse_control() and
 * _pam_set_default_control() of Linux-PAM 1.5.2, libpam/pam_tokens.h for the names' order. */
#include "pamstack.h"

#include "cleanup.h"

#include <ctype.h>
#include <errno.h>
#include <security/_pam_types.h>
#include <string.h>
#include <strings.h>

#define JUMP_MAX 1000

static const char *const code_names[PAMSTACK_CODES] = {
	"success",
	"open_err",
	"symbol_err",
	"service_err",
	"system_err",
	"buf_err",
	"perm_denied",
	"auth_err",
	"cred_insufficient",
	"authinfo_unavail",
	"user_unknown",
	"maxtries",
	"new_authtok_reqd",
	"acct_expired",
	"session_err",
	"cred_unavail",
	"cred_expired",
	"cred_err",
	"no_module_data",
	"conv_err",
	"authtok_err",
	"authtok_recover_err",
	"authtok_lock_busy",
	"authtok_disable_aging",
	"try_again",
	"ignore",
	"abort",
	"authtok_expired",
	"module_unknown",
	"bad_item",
	"conv_again",
	"incomplete",
};

static const char *const action_names[] = {
	[-PAMSTACK_IGNORE] = "ignore", [-PAMSTACK_OK] = "ok",	[-PAMSTACK_DONE] = "done",
	[-PAMSTACK_BAD] = "bad",       [-PAMSTACK_DIE] = "die", [-PAMSTACK_RESET] = "reset",
};

static const struct {
	const char *word;
	enum pamstack_action success, ignore, rest;
} simple[] = {
	{"required", PAMSTACK_OK, PAMSTACK_IGNORE, PAMSTACK_BAD},
	{"requisite", PAMSTACK_OK, PAMSTACK_IGNORE, PAMSTACK_DIE},
	{"optional", PAMSTACK_OK, PAMSTACK_IGNORE, PAMSTACK_IGNORE},
	{"sufficient", PAMSTACK_DONE, PAMSTACK_IGNORE, PAMSTACK_IGNORE},
};

const char *pamstack_code_name(unsigned int code)
{
	return code < PAMSTACK_CODES ? code_names[code] : "?";
}

static void set_default(int16_t actions[static PAMSTACK_CODES], int16_t action)
{
	for (size_t i = 0; i < PAMSTACK_CODES; i++)
		if (actions[i] == PAMSTACK_UNDEFINED)
			actions[i] = action;
}

/* The index of the word of that length, or -EINVAL. */
static int find(const char *const names[], size_t count, const char *word, size_t length)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(names[i]) == length && memcmp(names[i], word, length) == 0)
			return (int)i;
	return -EINVAL;
}

static int parse_action(const char *word, size_t length, int16_t *ret_action)
{
	int16_t number = 0;
	int index = find(action_names, ARRAY_SIZE(action_names), word, length);

	if (index >= 0) {
		*ret_action = (int16_t)-index;
		return 0;
	}
	for (size_t i = 0; i < length; i++) {
		if (!isdigit((unsigned char)word[i]) || number > JUMP_MAX)
			return -EINVAL;
		number = (int16_t)(number * 10 + (word[i] - '0'));
	}
	/* "0" is none: there is "ignore" for it. */
	if (number == 0 || number > JUMP_MAX)
		return -EINVAL;
	*ret_action = number;
	return 0;
}

static void skip_blanks(const char **text)
{
	*text += strspn(*text, " \t");
}

/* "value = action", one of them. */
static int parse_pair(const char **text, int16_t actions[static PAMSTACK_CODES])
{
	size_t length = strcspn(*text, "= \t");
	int code = find(code_names, PAMSTACK_CODES, *text, length);
	bool everything = length == strlen("default") && memcmp(*text, "default", length) == 0;
	int16_t action;

	if (code < 0 && !everything)
		return -EINVAL;
	*text += length;
	skip_blanks(text);
	if (**text != '=')
		return -EINVAL;
	++*text;
	skip_blanks(text);
	length = strcspn(*text, " \t");
	if (parse_action(*text, length, &action) < 0)
		return -EINVAL;
	*text += length;
	if (everything)
		set_default(actions, action);
	else
		actions[code] = action;
	return 0;
}

int pamstack_bracket(const char *text, int16_t actions[static PAMSTACK_CODES])
{
	for (size_t i = 0; i < PAMSTACK_CODES; i++)
		actions[i] = PAMSTACK_UNDEFINED;
	skip_blanks(&text);
	while (*text) {
		int r = parse_pair(&text, actions);

		if (r < 0)
			return r;
		skip_blanks(&text);
	}
	set_default(actions, PAMSTACK_BAD);
	return 0;
}

int pamstack_control(const char *text, int16_t actions[static PAMSTACK_CODES])
{
	for (size_t i = 0; i < ARRAY_SIZE(simple); i++) {
		if (strcasecmp(simple[i].word, text) != 0)
			continue;
		for (size_t code = 0; code < PAMSTACK_CODES; code++)
			actions[code] = (int16_t)simple[i].rest;
		actions[PAM_SUCCESS] = (int16_t)simple[i].success;
		actions[PAM_NEW_AUTHTOK_REQD] = (int16_t)simple[i].success;
		actions[PAM_IGNORE] = (int16_t)simple[i].ignore;
		return 0;
	}
	return -EINVAL;
}
