/* Any text as sekisho.conf: settings and sections that hold together, or an error that says why;
 * and what two of them leave for a person is never more than each of them accepts. */
#include "agent/auth/loginpolicy.h"
#include "agent/auth/offer.h"

#include "cleanup.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of some groups everybody is a member, of some nobody, and of some nobody can tell. */
static enum loginpolicy_match member(void *user, const char *group)
{
	(void)user;
	return (enum loginpolicy_match)(strlen(group) % 3);
}

static void assert_sound(const struct pairs *pairs)
{
	if ((pairs->verified && !pairs->key) || (pairs->otp_first && !(pairs->key && pairs->otp)))
		__builtin_trap();
}

static void decide(const struct settings *settings, const struct loginrules *rules,
		   const char *service)
{
	struct settings after = *settings;
	struct loginpolicy policy;

	loginpolicy_decide(settings, rules, "hanako", service, member, NULL, &policy);
	assert_sound(&policy.pairs);
	for (size_t i = 0; i < rules->count; i++) {
		const struct loginrule *rule = &rules->list[i];

		if (policy.matched[i] == LOGINPOLICY_NO || !rule->factors_place[0])
			continue;
		if ((policy.pairs.key && !rule->pairs.key) ||
		    (policy.pairs.otp && !rule->pairs.otp) ||
		    (policy.pairs.key && rule->pairs.verified && !policy.pairs.verified))
			__builtin_trap();
	}
	loginpolicy_apply(&policy, &after);
	if (policy.pairs.verified && after.verification != SETTINGS_REQUIRED)
		__builtin_trap();
	factors_offer(&after, FACTORS_HERE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char path[64];
	static struct settings settings;
	struct loginrules rules = {};
	struct config_error error;
	FILE *file;
	int r;

	if (path[0] == '\0')
		snprintf(path, sizeof(path), "/tmp/sekisho-fuzz-%d.conf", getpid());
	unlink(path);
	file = fopen(path, "wxe");
	if (!file)
		return 0;
	fwrite(data, 1, size, file);
	fclose(file);
	r = settings_load_rules(path, getuid(), &settings, &rules, NULL, &error);
	unlink(path);
	if ((r < 0) != (error.text[0] != '\0'))
		__builtin_trap(); /* every error says why, and only errors do */
	if (r < 0)
		return 0;
	assert_sound(&settings.pairs);
	if (!settings.pairs.key && !settings.pairs.otp)
		__builtin_trap();
	decide(&settings, &rules, "login");
	decide(&settings, &rules, "sudo-i");
	for (size_t i = 0; i < rules.count; i++) {
		if (rules.list[i].factors_place[0])
			assert_sound(&rules.list[i].pairs);
		decide(&settings, &rules, rules.list[i].name);
	}
	loginrules_release(&rules);
	return 0;
}
