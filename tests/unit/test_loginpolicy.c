/* what holds for whom, at which service, on which terminal: every
 * combination of matching sections. */
#include "loginpolicy_fixture.h"

#include "agent/auth/membership.h"
#include "agent/auth/offer.h"
#include "agent/cli/administrator.h"

#include "cleanup.h"

#include <errno.h>

static char hanako[] = "hanako";
static void test_default_is_unchanged(void **state)
{
	struct site site = {};

	(void)state;
	assert_int_equal(load(&site, "[Auth]\n"), 0);
	assert_string_equal(decided(&site, "hanako", "login"), "key");
	assert_string_equal(site.settings.factors, "key");
	assert_int_equal(site.settings.verification, SETTINGS_REQUIRED);
	assert_int_equal(site.rules.count, 0);
	loginrules_release(&site.rules);
}

/* Each of service, group and class is missing, or says one of the lists; 8 x 8 x 8 files. */
static void test_every_combination(void **state)
{
	static const char *const lists[] = {NULL,      "key",	  "otp",	 "key otp",
					    "otp key", "key+pin", "key+pin otp", "otp key+pin"};
	const size_t n = ARRAY_SIZE(lists);

	(void)state;
	for (size_t i = 0; i < n * n * n; i++) {
		const char *said[] = {lists[i / n / n], lists[i / n % n], lists[i % n]};
		static const char *const sections[] = {"Service sudo", "Group staff",
						       "Class counter"};
		struct pairs expected = {.key = true};
		bool usual = true;
		struct site site = {};
		struct loginpolicy policy;
		char text[1024] = "[Auth]\n[Terminal]\nClass=counter\n";

		for (size_t k = 0; k < ARRAY_SIZE(said); k++) {
			size_t used = strlen(text);
			char wrong[PAIRS_REASON];
			struct pairs pairs;

			snprintf(text + used, sizeof(text) - used, "[%s]\n%s%s\n", sections[k],
				 said[k] ? "Factors=" : "", said[k] ? said[k] : "");
			if (!said[k])
				continue;
			assert_int_equal(pairs_parse(said[k], &pairs, wrong), 0);
			expected = usual ? pairs : pairs_meet(&expected, &pairs);
			usual = false;
		}
		if (load(&site, text) < 0)
			fail_msg("%s", site.error.text);
		loginpolicy_decide(&site.settings, &site.rules, "hanako", "sudo", member, hanako,
				   &policy);
		assert_true(policy.allowed);
		assert_int_equal(policy.usual, usual);
		assert_int_equal(policy.pairs.key, expected.key);
		assert_int_equal(policy.pairs.otp, expected.otp);
		assert_int_equal(policy.pairs.verified, expected.verified);
		assert_int_equal(policy.pairs.otp_first, expected.otp_first);
		loginrules_release(&site.rules);
	}
}

static const char office[] = "[Auth]\nFactors=key\nUserVerification=roster\n"
			     "[Terminal]\nClass=counter\n"
			     "[Class counter]\nAllowUsers=hanako root\nAllowGroups=contractors\n"
			     "[Class records]\nAllowUsers=jiro\n"
			     "[Service sudo]\nFactors=key+pin\nAllowGroups=staff\n"
			     "[Service sshd]\nFactors=otp, key\n"
			     "[Group contractors]\nFactors=key\n";

/* who may use what. */
static void test_A08_who_where(void **state)
{
	static const struct {
		const char *user, *service, *decided;
	} rows[] = {
		{"hanako", "login", "key"},
		{"root", "login", "key"},
		{"taro", "login", "key"}, /* as a contractor */
		{"jiro", "login", "-key"},
		{"", "login", "-key"},
		{"hanako ", "login", "-key"},
		{"hanako", "sudo", "key pin"},
		{"taro", "sudo", "key pin"},
		{"root", "sudo", "-key pin"}, /* let in by the class, not by the service */
		{"jiro", "sudo", "-key pin"},
		/* The same program under another name. */
		{"hanako", "sudo-i", "key pin"},
		{"root", "sudo-i", "-key pin"},
		{"hanako", "su", "key"},
		{"hanako", "sudo-x", "key"},
		{"hanako", "sshd", "otp key"},
		{"taro", "sshd", "key"}, /* no code from a contractor */
		{"jiro", "sshd", "-otp key"},
	};
	struct site site = {};

	(void)state;
	if (load(&site, office) < 0)
		fail_msg("%s", site.error.text);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(decided(&site, rows[i].user, rows[i].service), rows[i].decided) != 0)
			fail_msg("%s %s: %s", rows[i].user, rows[i].service,
				 decided(&site, rows[i].user, rows[i].service));
	loginrules_release(&site.rules);
}

/* A group that can't be looked up narrows, never widens, and lets nobody in. */
static void test_doubt(void **state)
{
	static const struct {
		const char *text, *service, *decided;
	} rows[] = {
		{"[Auth]\n[Group lost]\nFactors=key, otp\n", "login", "key"},
		{"[Auth]\n[Group lost]\nFactors=otp\n", "login", ""},
		{"[Auth]\n[Group lost]\nFactors=key+pin\n", "login", "key pin"},
		{"[Auth]\nFactors=key,otp\n[Group lost]\nFactors=key+pin\n", "login", "key pin"},
		{"[Auth]\n[Group lost]\nFactors=key+pin, otp\n[Service login]\nFactors=otp key\n",
		 "login", "key otp pin"},
		{"[Auth]\n[Service login]\nFactors=otp\n[Group lost]\nFactors=key\n", "login", ""},
		{"[Auth]\n[Service login]\nAllowGroups=lost\n", "login", "-key"},
		{"[Auth]\n[Service login]\nAllowGroups=lost staff\n", "login", "key"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct site site = {};

		if (load(&site, rows[i].text) < 0)
			fail_msg("%s", site.error.text);
		if (strcmp(decided(&site, "hanako", rows[i].service), rows[i].decided) != 0)
			fail_msg("%s: %s", rows[i].text, decided(&site, "hanako", rows[i].service));
		loginrules_release(&site.rules);
	}
}

static void test_applied(void **state)
{
	struct site site = {};
	struct loginpolicy policy;

	(void)state;
	assert_int_equal(load(&site, office), 0);
	assert_int_equal(site.settings.verification, SETTINGS_ROSTER);
	assert_false(settings_accept(&site.settings, "otp"));
	loginpolicy_decide(&site.settings, &site.rules, "hanako", "sudo", member, hanako, &policy);
	loginpolicy_apply(&policy, &site.settings);
	assert_int_equal(site.settings.verification, SETTINGS_REQUIRED);
	loginpolicy_decide(&site.settings, &site.rules, "hanako", "sshd", member, hanako, &policy);
	loginpolicy_apply(&policy, &site.settings);
	assert_true(settings_accept(&site.settings, "otp"));
	assert_true(settings_accept(&site.settings, "key"));
	loginrules_release(&site.rules);
}

/* What is offered, by what is accepted and from where. */
static void test_offers(void **state)
{
	static const struct {
		const char *list;
		enum factors_offer here, afar, elsewhere, one;
	} rows[] = {
		{"key", FACTORS_KEY, FACTORS_CONFIRMED_KEY, FACTORS_KEY_AFAR, FACTORS_NOTHING},
		{"key+pin", FACTORS_KEY, FACTORS_CONFIRMED_KEY, FACTORS_KEY_AFAR, FACTORS_NOTHING},
		{"otp", FACTORS_CODE, FACTORS_CODE, FACTORS_CODE, FACTORS_JOINED_CODE},
		{"key otp", FACTORS_KEY_OR_CODE, FACTORS_CODE_OR_KEY, FACTORS_CODE_OR_KEY,
		 FACTORS_JOINED_CODE},
		{"otp key", FACTORS_CODE_OR_KEY, FACTORS_CODE_OR_KEY, FACTORS_CODE_OR_KEY,
		 FACTORS_JOINED_CODE},
	};
	static struct settings settings;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char wrong[PAIRS_REASON];

		assert_int_equal(pairs_parse(rows[i].list, &settings.pairs, wrong), 0);
		assert_int_equal(factors_offer(&settings, FACTORS_HERE), rows[i].here);
		assert_int_equal(factors_offer(&settings, FACTORS_AFAR), rows[i].afar);
		assert_int_equal(factors_offer(&settings, FACTORS_ELSEWHERE), rows[i].elsewhere);
		assert_int_equal(factors_offer(&settings, FACTORS_ONE_PROMPT), rows[i].one);
	}
	settings.pairs = (struct pairs){};
	assert_int_equal(factors_offer(&settings, FACTORS_HERE), FACTORS_NOTHING);
	/* What nobody set yet is the strictest. */
	assert_int_equal((enum factors_way)0, FACTORS_NOWHERE);
	assert_int_equal(factors_offer(&settings, FACTORS_AFAR), FACTORS_NOTHING);
	assert_int_equal(factors_offer(&settings, FACTORS_ELSEWHERE), FACTORS_NOTHING);
	assert_int_equal(factors_offer(&settings, FACTORS_ONE_PROMPT), FACTORS_NOTHING);
}

/* A program that asks once: no key, whatever a section says. */
static void test_single_prompt(void **state)
{
	struct site site = {};

	(void)state;
	assert_int_equal(load(&site, "[Auth]\nSinglePrompt=postgresql\n[Service postgresql]\n"
				     "Factors=otp, key\n[Group contractors]\nFactors=key\n"),
			 0);
	assert_string_equal(decided(&site, "hanako", "postgresql"), "otp");
	assert_string_equal(decided(&site, "taro", "postgresql"), "");
	loginrules_release(&site.rules);
}

/* Where key and PIN are what it takes, for everybody. */
static void test_A13_alone(void **state)
{
	static const struct {
		const char *text;
		bool alone;
	} rows[] = {
		{"[Auth]\n", false},
		{"[Auth]\nFactors=key\n", false},
		{"[Auth]\nFactors=key+pin\n", true},
		{"[Auth]\nFactors=key+pin, otp\n", false},
		{"[Auth]\nFactors=key+pin, key\n", false},
		{"[Auth]\n[Service kiosk]\nFactors=key+pin\n", true},
		{"[Auth]\n[Service login]\nFactors=key+pin\n", false},
		{"[Auth]\nFactors=key+pin\n[Service kiosk]\nFactors=key\n", false},
		/* A group takes the place of [Auth], and narrows a service. */
		{"[Auth]\nFactors=key+pin\n[Group staff]\nFactors=key\n", false},
		{"[Auth]\nFactors=key+pin\n[Group staff]\nFactors=pin+key\n", true},
		{"[Auth]\nFactors=key+pin\n[Group staff]\n", true},
		{"[Auth]\n[Group staff]\nFactors=key+pin\n", false},
		{"[Auth]\n[Service kiosk]\nFactors=key+pin\n[Group staff]\nFactors=key, otp\n",
		 true},
		{"[Auth]\n[Service kiosk]\nFactors=key+pin,otp\n[Group staff]\nFactors=key+pin\n",
		 false},
		{"[Auth]\n[Terminal]\nClass=a\n[Class a]\nFactors=key\n[Service kiosk]\n"
		 "Factors=key+pin,otp\n",
		 true},
		{"[Auth]\n[Terminal]\nClass=a\n[Class a]\n[Class b]\nFactors=key+pin\n", false},
		{"[Auth]\nUserVerification=required\n[Service kiosk]\nFactors=password+key\n",
		 false},
		{"[Auth]\nFactors=otp\n[Service kiosk]\nFactors=otp\n", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct site site = {};

		if (load(&site, rows[i].text) < 0)
			fail_msg("%s", site.error.text);
		if (loginpolicy_alone(&site.settings, &site.rules, "kiosk") != rows[i].alone)
			fail_msg("%s", rows[i].text);
		loginrules_release(&site.rules);
	}
}

/* Who is not let in at the console repairs no machine. */
static void test_A08_administrator(void **state)
{
	static const struct {
		const char *text;
		bool refused;
	} rows[] = {
		{"[Auth]\n", false},
		{"[Auth]\n[Service sudo]\nAllowUsers=daemon\n", false},
		{"[Auth]\n[Service login]\nAllowUsers=daemon\n", true},
		{"[Auth]\n[Service login]\nAllowUsers=daemon\nAllowGroups=root\n", false},
		{"[Auth]\n[Terminal]\nClass=a\n[Class a]\nAllowGroups=daemon\n", true},
		{"[Auth]\n[Terminal]\nClass=a\n[Class a]\n[Class b]\nAllowGroups=daemon\n", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct site site = {};
		const char *wrong;
		int r;

		if (load(&site, rows[i].text) < 0)
			fail_msg("%s", site.error.text);
		r = administrator_has_factors(&site.settings, &site.rules, "root", &wrong);
		if ((r == -EACCES) != rows[i].refused)
			fail_msg("%d: %s", r, rows[i].text);
		loginrules_release(&site.rules);
	}
}

/* With the machine's own accounts: root is there, with its own group, everywhere. */
static void test_membership(void **state)
{
	static const struct {
		const char *user, *group;
		enum loginpolicy_match match;
	} rows[] = {
		{"root", "root", LOGINPOLICY_YES},
		{"root", "daemon", LOGINPOLICY_NO},
		{"daemon", "root", LOGINPOLICY_NO},
		{"daemon", "daemon", LOGINPOLICY_YES},
		{"root", "sekisho-no-such-group", LOGINPOLICY_DOUBT},
		{"sekisho-nobody", "root", LOGINPOLICY_NO},
		{"sekisho-nobody", "sekisho-no-such-group", LOGINPOLICY_DOUBT},
		{"", "root", LOGINPOLICY_NO},
		{"root", "", LOGINPOLICY_DOUBT},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_membership_ struct membership membership = {.user = rows[i].user};

		if (membership_of(&membership, rows[i].group) != rows[i].match)
			fail_msg("%s in %s", rows[i].user, rows[i].group);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default_is_unchanged),
		cmocka_unit_test(test_every_combination),
		cmocka_unit_test(test_A08_who_where),
		cmocka_unit_test(test_doubt),
		cmocka_unit_test(test_applied),
		cmocka_unit_test(test_offers),
		cmocka_unit_test(test_single_prompt),
		cmocka_unit_test(test_A13_alone),
		cmocka_unit_test(test_A08_administrator),
		cmocka_unit_test(test_membership),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
