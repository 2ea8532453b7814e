#include "loginpolicy.h"

#include "wordlist.h"

#include "cleanup.h"

#include <string.h>

struct asking {
	const struct settings *settings;
	const char *user, *service;
	loginpolicy_member_fn *member;
	void *member_user;
};

/* The same program under a second name, which it takes for a log-in shell. */
static bool is_service(const char *name, const char *service)
{
	static const struct {
		const char *name, *service;
	} others[] = {{"sudo", "sudo-i"}, {"su", "su-l"}, {"runuser", "runuser-l"}};

	if (strcmp(name, service) == 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (strcmp(others[i].name, name) == 0 && strcmp(others[i].service, service) == 0)
			return true;
	return false;
}

static enum loginpolicy_match match(const struct asking *asking, const struct loginrule *rule)
{
	bool is = false;

	switch (rule->kind) {
	case LOGINRULE_SERVICE:
		is = is_service(rule->name, asking->service);
		break;
	case LOGINRULE_CLASS:
		is = wordlist_has(asking->settings->classes, rule->name);
		break;
	case LOGINRULE_GROUP:
		return asking->member(asking->member_user, rule->name);
	case LOGINRULE_KINDS:
		break;
	}
	return is ? LOGINPOLICY_YES : LOGINPOLICY_NO;
}

/* Whoever is in doubt is not named. */
static bool lets_in(const struct asking *asking, const struct loginrule *rule)
{
	const char *at = rule->allow_groups;
	char group[LOGINRULES_LIST];
	const char *name;
	size_t length;

	if (!rule->allow_place[0] || wordlist_has(rule->allow_users, asking->user))
		return true;
	while ((name = wordlist_next(&at, &length))) {
		memcpy(group, name, length);
		group[length] = '\0';
		if (asking->member(asking->member_user, group) == LOGINPOLICY_YES)
			return true;
	}
	return false;
}

/* A section replaces what is usual; one that is in doubt can only narrow what holds without it. */
static void decide_pairs(const struct settings *settings, const struct loginrules *rules,
			 struct loginpolicy *policy)
{
	static const enum loginpolicy_match turns[] = {LOGINPOLICY_YES, LOGINPOLICY_DOUBT};

	policy->usual = true;
	policy->pairs = settings->pairs;
	for (size_t turn = 0; turn < ARRAY_SIZE(turns); turn++)
		for (size_t i = 0; i < rules->count; i++) {
			const struct loginrule *rule = &rules->list[i];

			if (policy->matched[i] != turns[turn] || !rule->factors_place[0])
				continue;
			policy->pairs = policy->usual && turns[turn] == LOGINPOLICY_YES
						? rule->pairs
						: pairs_meet(&policy->pairs, &rule->pairs);
			policy->usual &= turns[turn] == LOGINPOLICY_DOUBT;
		}
}

void loginpolicy_decide(const struct settings *settings, const struct loginrules *rules,
			const char *user, const char *service, loginpolicy_member_fn *member,
			void *member_user, struct loginpolicy *ret_policy)
{
	const struct asking asking = {settings, user, service, member, member_user};
	struct loginpolicy policy = {.allowed = true};

	for (size_t i = 0; i < rules->count; i++) {
		policy.matched[i] = match(&asking, &rules->list[i]);
		if (policy.matched[i] == LOGINPOLICY_NO)
			continue;
		policy.refuses[i] = !lets_in(&asking, &rules->list[i]);
		policy.allowed &= !policy.refuses[i];
	}
	decide_pairs(settings, rules, &policy);
	/* A program that asks once can ask for a code alone. */
	if (settings_single_prompt(settings, service))
		policy.pairs = pairs_meet(&policy.pairs, &(struct pairs){.otp = true});
	*ret_policy = policy;
}

static enum loginpolicy_match member_of_none(void *user, const char *group)
{
	(void)user;
	(void)group;
	return LOGINPOLICY_NO;
}

static bool is_alone(const struct pairs *pairs)
{
	return pairs->key && pairs->verified && !pairs->otp;
}

bool loginpolicy_alone(const struct settings *settings, const struct loginrules *rules,
		       const char *service)
{
	struct loginpolicy policy;
	bool alone;

	loginpolicy_decide(settings, rules, "", service, member_of_none, NULL, &policy);
	alone = is_alone(&policy.pairs);
	/* A group's section comes in the place of what is usual, and only narrows others. */
	for (size_t i = 0; policy.usual && i < rules->count; i++)
		if (rules->list[i].kind == LOGINRULE_GROUP && rules->list[i].factors_place[0])
			alone &= is_alone(&rules->list[i].pairs);
	return alone;
}

void loginpolicy_apply(const struct loginpolicy *policy, struct settings *settings)
{
	settings->pairs = policy->pairs;
	if (policy->pairs.verified)
		settings->verification = SETTINGS_REQUIRED;
}
