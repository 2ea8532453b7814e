#include "settings.h"

#include "cleanup.h"
#include "number.h"

#include <errno.h>
#include <string.h>

static const char *const verifications[] = {"required", "roster", NULL};
static const char *const languages[] = {"auto", "ja", "en", NULL};

static const char *const removals[] = {"none", "lock", "end", NULL};
static const char *const without_lock[] = {"end", "wait", NULL};
static const char *const recognitions[] = {"credential", "device", NULL};

#define STRING(name, member)                                                                       \
	{                                                                                          \
		"Auth", name, CONFIG_STRING, offsetof(struct settings, member),                    \
			sizeof(((struct settings *)0)->member), 0, 0, NULL                         \
	}
#define LIST(name, member)                                                                         \
	{                                                                                          \
		"Auth", name, CONFIG_LIST, offsetof(struct settings, member),                      \
			sizeof(((struct settings *)0)->member), 0, 0, NULL                         \
	}
#define NUMBER(name, member, min, max)                                                             \
	{                                                                                          \
		"Auth", name, CONFIG_NUMBER, offsetof(struct settings, member), 0, min, max, NULL  \
	}
#define CHOICE(name, member, choices)                                                              \
	{                                                                                          \
		"Auth", name, CONFIG_CHOICE, offsetof(struct settings, member), 0, 0, 0, choices   \
	}

static const struct config_key keys[] = {
	STRING("RpId", rp_id),
	CHOICE("UserVerification", verification, verifications),
	NUMBER("MinPinLength", min_pin, 4, 63),
	NUMBER("KeyWaitSeconds", key_wait, 1, 120),
	NUMBER("PinSeconds", pin_wait, 5, 180),
	NUMBER("TouchSeconds", touch_wait, 5, 120),
	NUMBER("WrongAnswers", wrong_answers, 1, 100),
	NUMBER("LongestWaitMinutes", longest_wait, 1, 60),
	CHOICE("Language", language, languages),
	LIST("Factors", factors),
	LIST("SinglePrompt", single_prompt),
	LIST("ServiceUsers", service_users),
	LIST("AllowedModels", models),
	LIST("ExemptUsers", exempt_users),
	LIST("ExemptServices", exempt_services),
	{"Removal", "Action", CONFIG_CHOICE, offsetof(struct settings, removal), 0, 0, 0, removals},
	{"Removal", "DebounceSeconds", CONFIG_NUMBER, offsetof(struct settings, removal_debounce),
	 0, 1, 60, NULL},
	{"Removal", "EndAfterMinutes", CONFIG_NUMBER, offsetof(struct settings, removal_end_after),
	 0, 1, 1440, NULL},
	{"Removal", "WithoutLock", CONFIG_CHOICE, offsetof(struct settings, removal_wait), 0, 0, 0,
	 without_lock},
	{"Removal", "RecogniseBy", CONFIG_CHOICE, offsetof(struct settings, removal_device), 0, 0,
	 0, recognitions},
	{"Help", "Contact", CONFIG_STRING, offsetof(struct settings, contact),
	 sizeof(((struct settings *)0)->contact), 0, 0, NULL},
};

/* The next name of a list parted by spaces and commas; NULL at its end. */
static const char *next_name(const char **at, size_t *ret_length)
{
	const char *name = *at + strspn(*at, " ,");

	*ret_length = strcspn(name, " ,");
	*at = name + *ret_length;
	return *ret_length > 0 ? name : NULL;
}

static bool listed(const char *list, const char *wanted)
{
	const char *name;
	size_t length;

	while ((name = next_name(&list, &length)))
		if (strlen(wanted) == length && memcmp(name, wanted, length) == 0)
			return true;
	return false;
}

/* An AAGUID is written as 32 digits or as a UUID. */
static int parse_model(const char *name, size_t length, uint8_t aaguid[static TOKEN_AAGUID])
{
	char digits[2 * TOKEN_AAGUID + 1];
	size_t count = 0;

	for (size_t i = 0; i < length; i++) {
		if (name[i] == '-')
			continue;
		if (count + 1 >= sizeof(digits))
			return -EINVAL;
		digits[count++] = name[i];
	}
	digits[count] = '\0';
	return hex_parse_exactly(digits, aaguid, TOKEN_AAGUID);
}

static const char *const factors[] = {"key", "otp"};

static int check_factors(const char *path, const struct settings *settings,
			 struct config_error *error)
{
	const char *at = settings->factors;
	const char *name;
	size_t length;
	size_t count = 0;

	for (; (name = next_name(&at, &length)); count++) {
		bool known = false;

		for (size_t i = 0; i < ARRAY_SIZE(factors); i++)
			known |= strlen(factors[i]) == length &&
				 memcmp(name, factors[i], length) == 0;
		if (!known)
			return config_fail(error, -EINVAL, path, 0,
					   "Factors: \"%.*s\" is neither key nor otp", (int)length,
					   name);
	}
	return count > 0
		       ? 0
		       : config_fail(error, -EINVAL, path, 0, "Factors must name key, otp or both");
}

static int check(const char *path, const struct settings *settings, struct config_error *error)
{
	uint8_t aaguid[TOKEN_AAGUID];
	const char *at = settings->models;
	const char *name;
	size_t length;

	while ((name = next_name(&at, &length)))
		if (parse_model(name, length, aaguid) < 0)
			return config_fail(error, -EINVAL, path, 0,
					   "AllowedModels: \"%.*s\" is no AAGUID", (int)length,
					   name);
	if (!settings->exempt_users[0] != !settings->exempt_services[0])
		return config_fail(error, -EINVAL, path, 0,
				   "ExemptUsers and ExemptServices go together: an exemption "
				   "names both");
	if (settings->single_prompt[0] && !settings_accept(settings, "otp"))
		return config_fail(error, -EINVAL, path, 0,
				   "SinglePrompt needs otp among Factors: a key asks for more "
				   "than one answer");
	if (settings->service_users[0] && !settings->single_prompt[0])
		return config_fail(error, -EINVAL, path, 0,
				   "ServiceUsers counts at services of SinglePrompt, of which none "
				   "is named");
	if (settings->rp_id[0] == '\0')
		return config_fail(error, -EINVAL, path, 0, "RpId must not be empty");
	return check_factors(path, settings, error);
}

int settings_load(const char *path, uid_t owner, struct settings *ret_settings,
		  struct config_error *ret_error)
{
	struct settings settings = {
		/* .internal is reserved for names like this: no site's real name is needed. */
		.rp_id = "sekisho.internal",
		.verification = SETTINGS_REQUIRED,
		.min_pin = 4,
		.key_wait = 30,
		.pin_wait = 40,
		.touch_wait = 20,
		.wrong_answers = 5,
		.longest_wait = 15,
		.language = SETTINGS_AUTO,
		.factors = "key",
		.removal_debounce = 3,
		.removal_end_after = 10,
	};
	int r;

	r = config_load(path, owner, keys, ARRAY_SIZE(keys), &settings, ret_error);
	if (r == 0)
		r = check(path, &settings, ret_error);
	if (r < 0)
		return r;
	*ret_settings = settings;
	return 0;
}

bool settings_accept(const struct settings *settings, const char *factor)
{
	return listed(settings->factors, factor);
}

bool settings_single_prompt(const struct settings *settings, const char *service)
{
	return listed(settings->single_prompt, service);
}

bool settings_service_user(const struct settings *settings, const char *user, const char *service)
{
	return listed(settings->service_users, user) && settings_single_prompt(settings, service);
}

bool settings_exempt(const struct settings *settings, const char *user, const char *service)
{
	return listed(settings->exempt_users, user) && listed(settings->exempt_services, service);
}

bool settings_model_allowed(const struct settings *settings, const uint8_t *aaguid)
{
	const char *at = settings->models;
	uint8_t model[TOKEN_AAGUID];
	const char *name;
	size_t length;
	bool any = true;

	while ((name = next_name(&at, &length))) {
		any = false;
		if (aaguid && parse_model(name, length, model) == 0 &&
		    memcmp(model, aaguid, TOKEN_AAGUID) == 0)
			return true;
	}
	return any;
}
