#include "settings.h"

#include "wordlist.h"

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
	LIST("Substitute", substitute),
	LIST("SubstituteByTelephone", telephone),
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
	{"Terminal", "Class", CONFIG_LIST, offsetof(struct settings, classes),
	 sizeof(((struct settings *)0)->classes), 0, 0, NULL},
	{"Rights", "MaxRevocationAgeDays", CONFIG_NUMBER,
	 offsetof(struct settings, max_revocation_age), 0, 0, 3650, NULL},
	{"Help", "Contact", CONFIG_STRING, offsetof(struct settings, contact),
	 sizeof(((struct settings *)0)->contact), 0, 0, NULL},
};

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

/* Whether codes are accepted at the service, as far as its own section says. */
static bool service_otp(const struct settings *settings, const struct loginrules *rules,
			const char *name, size_t length)
{
	for (size_t i = 0; i < rules->count; i++) {
		const struct loginrule *rule = &rules->list[i];

		if (rule->kind == LOGINRULE_SERVICE && rule->factors_place[0] &&
		    strlen(rule->name) == length && memcmp(rule->name, name, length) == 0)
			return rule->pairs.otp;
	}
	return settings->pairs.otp;
}

static int check_single_prompt(const char *path, const struct settings *settings,
			       const struct loginrules *rules, struct config_error *error)
{
	const char *at = settings->single_prompt;
	const char *name;
	size_t length;

	while ((name = wordlist_next(&at, &length)))
		if (!service_otp(settings, rules, name, length))
			return config_fail(error, -EINVAL, path, 0,
					   "SinglePrompt needs otp among Factors: a key asks for "
					   "more than one answer");
	return 0;
}

/* Each terminal says which class it is of, once there is one: who forgets it would have no
 * limits. */
static int check_classes(const char *path, const struct settings *settings,
			 const struct loginrules *rules, struct config_error *error)
{
	const char *at = settings->classes;
	const char *name;
	size_t length;

	while ((name = wordlist_next(&at, &length))) {
		bool known = false;

		for (size_t i = 0; i < rules->count; i++)
			known |= rules->list[i].kind == LOGINRULE_CLASS &&
				 strlen(rules->list[i].name) == length &&
				 memcmp(rules->list[i].name, name, length) == 0;
		if (!known)
			return config_fail(error, -EINVAL, path, 0,
					   "Class: there is no section [Class %.*s]; write one, "
					   "even if nothing stands in it",
					   length > 60 ? 60 : (int)length, name);
	}
	at = settings->classes;
	if (wordlist_next(&at, &length))
		return 0;
	for (size_t i = 0; i < rules->count; i++)
		if (rules->list[i].kind == LOGINRULE_CLASS)
			return config_fail(error, -EINVAL, path, 0,
					   "[Class %s] is at %s, but no Class= in [Terminal] says "
					   "which class this terminal is of",
					   rules->list[i].name, rules->list[i].place);
	return 0;
}

static int check(const char *path, const struct settings *settings, const struct loginrules *rules,
		 struct config_error *error)
{
	uint8_t aaguid[TOKEN_AAGUID];
	const char *at = settings->models;
	const char *name;
	size_t length;
	int r;

	while ((name = wordlist_next(&at, &length)))
		if (parse_model(name, length, aaguid) < 0)
			return config_fail(error, -EINVAL, path, 0,
					   "AllowedModels: \"%.*s\" is no AAGUID", (int)length,
					   name);
	if (!settings->exempt_users[0] != !settings->exempt_services[0])
		return config_fail(error, -EINVAL, path, 0,
				   "ExemptUsers and ExemptServices go together: an exemption "
				   "names both");
	if (settings->service_users[0] && !settings->single_prompt[0])
		return config_fail(error, -EINVAL, path, 0,
				   "ServiceUsers counts at services of SinglePrompt, of which none "
				   "is named");
	if ((settings->substitute[0] || settings->telephone[0]) &&
	    !settings_accept(settings, "key"))
		return config_fail(error, -EINVAL, path, 0,
				   "Substitute needs key among Factors: who vouches shows a key");
	if (settings->rp_id[0] == '\0')
		return config_fail(error, -EINVAL, path, 0, "RpId must not be empty");
	r = check_single_prompt(path, settings, rules, error);
	return r < 0 ? r : check_classes(path, settings, rules, error);
}

struct reading {
	struct config_table table;
	struct settings *settings;
	struct loginrules *rules;
	struct settings_places *places;
};

static void note(struct settings_places *places, const char *section, const char *name,
		 const char *file, unsigned int line)
{
	const struct {
		const char *section, *name;
		char *place;
	} told[] = {
		{"Auth", "Factors", places->factors},
		{"Auth", "UserVerification", places->verification},
		{"Auth", "ExemptUsers", places->exempt},
		{"Terminal", "Class", places->classes},
	};

	for (size_t i = 0; i < ARRAY_SIZE(told); i++)
		if (strcmp(told[i].section, section) == 0 && strcmp(told[i].name, name) == 0)
			snprintf(told[i].place, LOGINRULES_PLACE, "%.*s:%u", LOGINRULES_PLACE - 16,
				 file, line);
}

static int visit(void *user, const char *file, unsigned int line, unsigned int section_line,
		 const char *section, const char *name, const char *value,
		 struct config_error *error)
{
	struct reading *reading = user;
	struct settings *settings = reading->settings;
	char wrong[PAIRS_REASON];
	int r;

	if (loginrules_section(section))
		return loginrules_visit(reading->rules, file, line, section_line, section, name,
					value, error);
	r = config_table_visit(&reading->table, file, line, section_line, section, name, value,
			       error);
	if (r < 0 || !name)
		return r;
	note(reading->places, section, name, file, line);
	if (strcmp(section, "Auth") != 0 || strcmp(name, "Factors") != 0)
		return 0;
	/* Line by line, so that the line is named; the whole of it decides about the order. */
	if (pairs_parse(value, &settings->pairs, wrong) < 0 ||
	    pairs_parse(settings->factors, &settings->pairs, wrong) < 0)
		return config_fail(error, -EINVAL, file, line, "Factors: %s", wrong);
	return 0;
}

int settings_load(const char *path, uid_t owner, struct settings *ret_settings,
		  struct config_error *ret_error)
{
	_cleanup_loginrules_ struct loginrules rules = {};

	return settings_load_rules(path, owner, ret_settings, &rules, NULL, ret_error);
}

int settings_load_rules(const char *path, uid_t owner, struct settings *ret_settings,
			struct loginrules *ret_rules, struct settings_places *ret_places,
			struct config_error *ret_error)
{
	return settings_load_staged(path, owner, NULL, ret_settings, ret_rules, ret_places,
				    ret_error);
}

int settings_load_staged(const char *path, uid_t owner, const struct config_staged *staged,
			 struct settings *ret_settings, struct loginrules *ret_rules,
			 struct settings_places *ret_places, struct config_error *ret_error)
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
		.pairs = {.key = true},
		.removal_debounce = 3,
		.removal_end_after = 10,
	};
	_cleanup_loginrules_ struct loginrules rules = {};
	struct settings_places places = {};
	struct reading reading = {
		.table = {.keys = keys, .n_keys = ARRAY_SIZE(keys), .values = &settings},
		.settings = &settings,
		.rules = &rules,
		.places = &places,
	};
	int r;

	r = config_visit_staged(path, owner, staged, visit, &reading, ret_error);
	if (r == 0)
		r = check(path, &settings, &rules, ret_error);
	if (r < 0)
		return r;
	*ret_settings = settings;
	*ret_rules = rules;
	rules = (struct loginrules){};
	if (ret_places)
		*ret_places = places;
	return 0;
}

bool settings_accept(const struct settings *settings, const char *factor)
{
	return strcmp(factor, "otp") == 0 ? settings->pairs.otp
					  : strcmp(factor, "key") == 0 && settings->pairs.key;
}

bool settings_single_prompt(const struct settings *settings, const char *service)
{
	return wordlist_has(settings->single_prompt, service);
}

bool settings_service_user(const struct settings *settings, const char *user, const char *service)
{
	return wordlist_has(settings->service_users, user) &&
	       settings_single_prompt(settings, service);
}

bool settings_substitute(const struct settings *settings, const char *service)
{
	return wordlist_has(settings->substitute, service) &&
	       !settings_single_prompt(settings, service);
}

bool settings_telephone(const struct settings *settings, const char *service)
{
	return wordlist_has(settings->telephone, service) &&
	       !settings_single_prompt(settings, service);
}

bool settings_exempt(const struct settings *settings, const char *user, const char *service)
{
	return wordlist_has(settings->exempt_users, user) &&
	       wordlist_has(settings->exempt_services, service);
}

bool settings_model_allowed(const struct settings *settings, const uint8_t *aaguid)
{
	const char *at = settings->models;
	uint8_t model[TOKEN_AAGUID];
	const char *name;
	size_t length;
	bool any = true;

	while ((name = wordlist_next(&at, &length))) {
		any = false;
		if (aaguid && parse_model(name, length, model) == 0 &&
		    memcmp(model, aaguid, TOKEN_AAGUID) == 0)
			return true;
	}
	return any;
}
