/* what holds for whom, at which service, on which terminal: every
 * combination of matching sections, and what is no policy at all. */
#include "agent/auth/loginpolicy.h"
#include "agent/auth/membership.h"
#include "agent/auth/offer.h"
#include "agent/cli/administrator.h"

#include "cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char hanako[] = "hanako";
static char path[] = "/tmp/sekisho-policy-XXXXXX";

static void put(const char *place, const char *text)
{
	FILE *file = fopen(place, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

struct site {
	struct settings settings;
	struct loginrules rules;
	struct config_error error;
};

static int load(struct site *site, const char *text)
{
	put(path, text);
	return settings_load_rules(path, geteuid(), &site->settings, &site->rules, NULL,
				   &site->error);
}

/* "staff" and "contractors" are groups; hanako is of the first, taro of both; "lost" can't be
 * looked up. */
static enum loginpolicy_match member(void *user, const char *group)
{
	const char *name = user;

	if (strcmp(group, "lost") == 0)
		return LOGINPOLICY_DOUBT;
	if (strcmp(group, "staff") == 0)
		return strcmp(name, "hanako") == 0 || strcmp(name, "taro") == 0 ? LOGINPOLICY_YES
										: LOGINPOLICY_NO;
	return strcmp(group, "contractors") == 0 && strcmp(name, "taro") == 0 ? LOGINPOLICY_YES
									      : LOGINPOLICY_NO;
}

/* "key otp", "key+pin", "" and so on; with a "-" before it where the person is not let in. */
static const char *decided(const struct site *site, const char *user, const char *service)
{
	static char text[32];
	struct loginpolicy policy;
	char pairs[PAIRS_TEXT];

	loginpolicy_decide(&site->settings, &site->rules, user, service, member, (void *)user,
			   &policy);
	pairs_text(&policy.pairs, pairs);
	snprintf(text, sizeof(text), "%s%s%s", policy.allowed ? "" : "-", pairs,
		 policy.pairs.verified ? " pin" : "");
	return text;
}

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
	assert_true(site.settings.otp_somewhere);
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
		enum factors_offer here, afar, one;
	} rows[] = {
		{"key", FACTORS_KEY, FACTORS_CONFIRMED_KEY, FACTORS_NOTHING},
		{"key+pin", FACTORS_KEY, FACTORS_CONFIRMED_KEY, FACTORS_NOTHING},
		{"otp", FACTORS_CODE, FACTORS_CODE, FACTORS_JOINED_CODE},
		{"key otp", FACTORS_KEY_OR_CODE, FACTORS_CODE_OR_KEY, FACTORS_JOINED_CODE},
		{"otp key", FACTORS_CODE_OR_KEY, FACTORS_CODE_OR_KEY, FACTORS_JOINED_CODE},
	};
	static struct settings settings;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char wrong[PAIRS_REASON];

		assert_int_equal(pairs_parse(rows[i].list, &settings.pairs, wrong), 0);
		assert_int_equal(factors_offer(&settings, FACTORS_HERE), rows[i].here);
		assert_int_equal(factors_offer(&settings, FACTORS_AFAR), rows[i].afar);
		assert_int_equal(factors_offer(&settings, FACTORS_ONE_PROMPT), rows[i].one);
	}
	settings.pairs = (struct pairs){};
	assert_int_equal(factors_offer(&settings, FACTORS_HERE), FACTORS_NOTHING);
	/* What nobody set yet is the strictest. */
	assert_int_equal((enum factors_way)0, FACTORS_NOWHERE);
	assert_int_equal(factors_offer(&settings, FACTORS_AFAR), FACTORS_NOTHING);
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

/* Refused at load, with file and line where there is one. */
static void test_A13_mistakes(void **state)
{
	static const struct {
		const char *text, *wrong;
	} rows[] = {
		{"[Auth]\nFactors=key+otp\n", ":2: Factors: \"key+otp\" are two things one has"},
		{"[Auth]\nFactors=key\nFactors=password+pin\n",
		 ":3: Factors: \"password+pin\" are two things one knows"},
		{"[Auth]\nFactors=\n", ":2: Factors: must name key, otp or both"},
		{"[Auth]\n[Service sudo]\nFactors=key+otp\n", ":3: Factors: \"key+otp\" are two"},
		{"[Auth]\n[Group a]\nFactors=otp\nFactors=otp+key\n", ":4: Factors: \"otp+key\""},
		{"[Auth]\n[Class a]\nFactors=\n", ":3: Factors: must name"},
		{"[Auth]\n[Service sudo]\nAllowUsers=\n", ":3: AllowUsers must name somebody"},
		{"[Auth]\n[Service sudo]\nAllowGroups= ,\n", ":3: AllowGroups must name somebody"},
		{"[Auth]\n[Group staff]\nAllowUsers=a\n", ":3: unknown key [Group] AllowUsers"},
		{"[Auth]\n[Service sudo]\nRpId=a\n", ":3: unknown key [Service] RpId"},
		{"[Auth]\n[Service]\nFactors=key\n", ":2: [Service ] lacks a name"},
		{"[Auth]\n[Service ]\n", ":2: [Service ] lacks a name"},
		{"[Auth]\n[Service sudo su]\n", ":2: [Service sudo su] must have one name"},
		{"[Auth]\n[Service Sudo]\n", ":2: [Service Sudo] can't match"},
		{"[Auth]\n[Service a/b]\n", "must have one name"},
		{"[Auth]\n[Services sudo]\n", ":2: unknown section [Services sudo]"},
		{"[Auth]\n[service sudo]\n", ":2: unknown section [service sudo]"},
		{"[Auth]\n[Group aaaaaaaaaabbbbbbbbbbccccccccccddddddddddd]\n", "too long a name"},
		{"[Auth]\n[Class counter]\n", "no Class= in [Terminal] says"},
		{"[Auth]\n[Terminal]\nClass=conter\n[Class counter]\n",
		 "Class: there is no section [Class conter]"},
		{"[Auth]\n[Terminal]\nClass=office\n", "Class: there is no section [Class office]"},
		{"[Auth]\nSinglePrompt=postgresql\n", "SinglePrompt needs otp"},
		{"[Auth]\nFactors=otp\nSinglePrompt=postgresql\n[Service postgresql]\n"
		 "Factors=key\n",
		 "SinglePrompt needs otp"},
		{"Factors=key\n", "unknown key []"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct site site = {};

		if (load(&site, rows[i].text) >= 0)
			fail_msg("%s was taken", rows[i].text);
		if (strncmp(site.error.text, path, strlen(path)) != 0 ||
		    !strstr(site.error.text, rows[i].wrong))
			fail_msg("%s: %s", rows[i].text, site.error.text);
		assert_null(site.rules.list);
	}
}

static void test_too_many(void **state)
{
	struct site site = {};
	char text[8192] = "[Auth]\n";

	(void)state;
	for (unsigned int i = 0; i <= LOGINRULES_MAX; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "[Group g%u]\n", i);
	assert_int_equal(load(&site, text), -E2BIG);
	*strstr(text, "[Group g64]") = '\0';
	assert_int_equal(load(&site, text), 0);
	assert_int_equal(site.rules.count, LOGINRULES_MAX);
	loginrules_release(&site.rules);
}

/* A later file's key replaces; other keys of the section stay; the longest name works. */
static void test_dropin(void **state)
{
	struct site site = {};
	char folder[64], place[96], wanted[160];

	(void)state;
	snprintf(folder, sizeof(folder), "%s.d", path);
	snprintf(place, sizeof(place), "%s/10.conf", folder);
	assert_int_equal(mkdir(folder, 0755), 0);
	put(place, "[Service sudo]\nFactors=otp\n"
		   "[Group aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd]\nFactors=otp\n");
	if (load(&site, "[Auth]\n[Service sudo]\nFactors=key\nFactors=otp\nAllowUsers=hanako\n") <
	    0)
		fail_msg("%s", site.error.text);
	assert_int_equal(site.rules.count, 2);
	assert_string_equal(decided(&site, "hanako", "sudo"), "otp");
	assert_string_equal(decided(&site, "jiro", "sudo"), "-otp");
	snprintf(wanted, sizeof(wanted), "%s:2", place);
	assert_string_equal(site.rules.list[0].factors_place, wanted);
	snprintf(wanted, sizeof(wanted), "%s:5", path);
	assert_string_equal(site.rules.list[0].allow_place, wanted);
	loginrules_release(&site.rules);
	assert_int_equal(unlink(place), 0);
	assert_int_equal(rmdir(folder), 0);
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

static int set_up(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(path);
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
		cmocka_unit_test(test_A13_mistakes),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_dropin),
		cmocka_unit_test(test_A13_alone),
		cmocka_unit_test(test_A08_administrator),
		cmocka_unit_test(test_membership),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
