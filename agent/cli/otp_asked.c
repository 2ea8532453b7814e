/* Whether this terminal asks a person for one-time codes at all. The same roster, and the same
 * codes, may be on terminals of which only some do. */
#include "otp_cli.h"

#include "agent/auth/loginpolicy.h"
#include "agent/auth/membership.h"
#include "cleanup.h"
#include "gettext.h"

struct asking {
	struct settings settings;
	struct loginrules rules;
	struct settings_places places;
};

/* @service: "" for one that no section names. */
static void decide(const struct asking *asking, struct membership *membership, const char *service,
		   struct loginpolicy *policy)
{
	loginpolicy_decide(&asking->settings, &asking->rules, membership->user, service,
			   membership_of, membership, policy);
}

static bool is_asked_at(const struct asking *asking, struct membership *membership,
			const char *service)
{
	struct loginpolicy policy;

	decide(asking, membership, service, &policy);
	return policy.pairs.otp;
}

static bool is_asked(const struct asking *asking, struct membership *membership)
{
	bool asked = is_asked_at(asking, membership, "");

	for (size_t i = 0; i < asking->rules.count; i++)
		if (asking->rules.list[i].kind == LOGINRULE_SERVICE)
			asked |= is_asked_at(asking, membership, asking->rules.list[i].name);
	return asked;
}

/* FILE:LINE of the Factors= that holds at services without a section of their own; the file, where
 * it stands in none. */
static const char *decisive(const struct asking *asking, struct membership *membership,
			    const char *config)
{
	struct loginpolicy policy;

	decide(asking, membership, "", &policy);
	for (size_t i = 0; i < asking->rules.count; i++) {
		const struct loginrule *rule = &asking->rules.list[i];

		if (policy.matched[i] != LOGINPOLICY_NO && rule->factors_place[0] &&
		    !rule->pairs.otp)
			return rule->factors_place;
	}
	return asking->places.factors[0] ? asking->places.factors : config;
}

void otp_tell_if_not_asked(const char *config, const char *user)
{
	static struct asking asking; /* 12 KiB */
	_cleanup_membership_ struct membership membership = {.user = user};
	struct config_error error;

	fflush(stdout);
	if (settings_load_rules(config, 0, &asking.settings, &asking.rules, &asking.places,
				&error) < 0) {
		fprintf(stderr,
			_("Whether this terminal asks for one-time codes cannot be told: %s\n"),
			error.text);
		return;
	}
	if (!is_asked(&asking, &membership))
		fprintf(stderr,
			_("This terminal does not ask for one-time codes until Factors= has otp,\n"
			  "such as 'Factors=key, otp'. To be changed: %s\n"),
			decisive(&asking, &membership, config));
	loginrules_release(&asking.rules);
}
