#include "answers.h"

#include "enable.h"

#include "cleanup.h"
#include "gettext.h"

#include <errno.h>

static const char *const trials[] = {
	[ANSWERS_TRIAL_PERSON] = "person", [ANSWERS_TRIAL_NONE] = "none", NULL};

#define KEY(section, name, kind, member, min, max, choices)                                        \
	{                                                                                          \
		section, name, kind, offsetof(struct answers, member),                             \
			sizeof(((struct answers *)0)->member), min, max, choices                   \
	}

const struct config_key answers_keys[] = {
	KEY("Terminal", "Class", CONFIG_STRING, class, 0, 0, NULL),
	KEY("Administrator", "Name", CONFIG_STRING, administrator, 0, 0, NULL),
	KEY("Administrator", "Keys", CONFIG_STRING, keys, 0, 0, NULL),
	KEY("Devices", "Enrol", CONFIG_BOOL, devices, 0, 0, NULL),
	KEY("Devices", "Allow", CONFIG_LIST, allow, 0, 0, NULL),
	KEY("Collector", "Bundle", CONFIG_STRING, bundle, 0, 0, NULL),
	KEY("Collector", "Server", CONFIG_LIST, server, 0, 0, NULL),
	KEY("Collector", "Name", CONFIG_STRING, name, 0, 0, NULL),
	KEY("Collector", "Protocol", CONFIG_CHOICE, protocol, 0, 0, collectors_protocols),
	KEY("Activation", "Enable", CONFIG_BOOL, enable, 0, 0, NULL),
	KEY("Activation", "Trial", CONFIG_CHOICE, trial, 0, 0, trials),
	KEY("Activation", "ConfirmWithinMinutes", CONFIG_NUMBER, minutes, 1, ENABLE_MINUTES_MAX,
	    NULL),
};
const size_t answers_n_keys = ARRAY_SIZE(answers_keys);

void answers_begin(struct answers *ret_answers)
{
	*ret_answers = (struct answers){.protocol = COLLECTORS_RELP, .minutes = ENABLE_MINUTES};
}

/* What is wrong with them together; NULL: nothing. */
static const char *contradiction(const struct answers *answers)
{
	const struct {
		bool wrong;
		const char *why;
	} rows[] = {
		{answers->keys[0] && !answers->administrator[0],
		 N_("[Administrator] Keys needs Name: whose keys have to be among them")},
		{answers->keys[0] && answers->keys[0] != '/',
		 N_("[Administrator] Keys must be a path that begins with /")},
		{answers->allow[0] && !answers->devices,
		 N_("[Devices] Allow needs Enrol=yes: it names what is enrolled besides")},
		{answers->bundle[0] && answers->bundle[0] != '/',
		 N_("[Collector] Bundle must be a path that begins with /")},
		{(answers->name[0] || answers->protocol != COLLECTORS_RELP) && !answers->server[0],
		 N_("[Collector] Name and Protocol need Server: else the bundle says them")},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].wrong)
			return rows[i].why;
	return NULL;
}

int answers_load(const char *path, uid_t owner, struct answers *ret_answers,
		 struct config_error *ret_error)
{
	struct answers answers;
	const char *why;
	int r;

	answers_begin(&answers);
	r = config_load(path, owner, answers_keys, answers_n_keys, &answers, ret_error);
	if (r < 0)
		return r;
	why = contradiction(&answers);
	if (why)
		return config_fail(ret_error, -EINVAL, path, 0, "%s", config_words(why));
	*ret_answers = answers;
	return 0;
}
