/* sections about log-ins: what is refused as they are read, and what a later file changes. */
#include "loginpolicy_fixture.h"

#include "cleanup.h"

#include <errno.h>
#include <sys/stat.h>

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
		{"Factors=key\n", ":1: no section heading stands above Factors"},
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_A13_mistakes),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_dropin),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
