/* Sekisho's files against their list, rules of others, rival programs, on a made-up machine. */
#include "heard_fixture.h"
#include "tree_fixture.h"

#include "agent/engine/guard.h"
#include "agent/exits/exits.h"
#include "agent/exits/ownfiles.h"
#include "agent/exits/rivals.h"
#include "agent/exits/udevrules.h"
#include "cleanup.h"

#include <fcntl.h>

#define EMPTY  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define RULES  "lib/udev/rules.d/72-sekisho-usb.rules"
#define UNIT   "lib/systemd/system/sekishod.service"
#define GROUPS "sys/fs/cgroup/"
#define BEAT   15000

static char root[48];
static struct guard guard;
static struct tamper tamper;
static struct heard heard;
static int64_t now;

static void put(const char *path, const char *text)
{
	tree_put(root, path, text, strlen(text));
}

static void hear(void *user, const struct event *event)
{
	static const char *const keys[] = {"object", "path", "found", "restored"};

	heard_event(user, event, keys, ARRAY_SIZE(keys));
}

static int set_up(void **state)
{
	(void)state;
	snprintf(root, sizeof(root), "/tmp/sekisho-guard-XXXXXX");
	assert_non_null(mkdtemp(root));
	put(OWNFILES_LIST, EMPTY "  /" RULES "\n" EMPTY "  /" UNIT "\n" EMPTY
				 "  /lib/udev/rules.d/72-sekisho-radio.rules\n" EMPTY
				 "  /lib/systemd/system/sekisho-forward.service\n");
	put(RULES, "");
	put(UNIT, "");
	put("lib/udev/rules.d/72-sekisho-radio.rules", "");
	put("lib/systemd/system/sekisho-forward.service", "");
	guard = (struct guard){.root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC)};
	tamper = (struct tamper){.tell = hear, .user = &heard};
	heard = (struct heard){};
	now = 1000;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	close(guard.root);
	return tree_remove(root);
}

static void beat(int count)
{
	for (; count > 0; count--, now += BEAT)
		guard_look(&guard, &tamper, now);
}

static void nothing_is_said_where_all_is_well(void **state)
{
	(void)state;
	put("etc/udev/rules.d/72-sekisho-radio.rules", "");
	put("etc/systemd/system/sekisho-forward.service.d/proxy.conf", "");
	put("lib/udev/rules.d/90-other.rules", "ATTR{authorized}==\"0\", TAG-=\"uaccess\"\n");
	beat(10);
	heard_expect(&heard, 0, NULL);
	assert_true(guard.well);
}

/* What is put where, and what is told of it within a minute: four beats. */
static void changes_are_found(void **state)
{
	static const struct {
		const char *path, *text, *told;
	} cases[] = {
		{RULES, "x",
		 "file /" RULES
		 " 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881 no"},
		{"etc/udev/rules.d/72-sekisho-usb.rules", "",
		 "file /etc/udev/rules.d/72-sekisho-usb.rules instead of ours no"},
		{"run/systemd/system/sekishod.service", "",
		 "file /run/systemd/system/sekishod.service instead of ours no"},
		{"etc/systemd/system/sekishod.service.d/local.conf", "",
		 "file /etc/systemd/system/sekishod.service.d/local.conf drop-in no"},
		{"etc/udev/rules.d/99-x.rules", "# x\nACTION==\"add\", ATTR{authorized}=\"1\"\n",
		 "rule /etc/udev/rules.d/99-x.rules opens USB devices, line 2 no"},
		{"etc/udev/rules.d/99-y.rules",
		 "# x\nKERNEL==\"a\", \\\n  ATTR{auth\\\n  orized}=\"1\"\n",
		 "rule /etc/udev/rules.d/99-y.rules opens USB devices, line 2 no"},
		{"lib/udev/rules.d/72-sekisho-x.rules", "RUN+=\"/bin/sh -c 'echo 1 >authorized'\"",
		 "rule /lib/udev/rules.d/72-sekisho-x.rules opens USB devices, line 1 no"},
		{GROUPS "system.slice/usbguard.service/cgroup.events", "populated 1\nfrozen 0\n",
		 "program usbguard runs no"},
		{OWNFILES_LIST, "", "file /" OWNFILES_LIST " Bad message no"},
		{OWNFILES_LIST, EMPTY "  lib\n", "file /" OWNFILES_LIST " Bad message no"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		set_up(state);
		beat(3);
		put(cases[i].path, cases[i].text);
		beat(4);
		heard_expect(&heard, 1, cases[i].told);
		beat(300);
		heard_expect(&heard, 1, NULL);
		tear_down(state);
	}
}

static void what_is_missing_is_found(void **state)
{
	(void)state;
	beat(3);
	assert_int_equal(unlinkat(guard.root, UNIT, 0), 0);
	beat(4);
	heard_expect(&heard, 1, "file /" UNIT " missing no");
	put(UNIT, "");
	beat(20);
	heard_expect(&heard, 1, NULL);
	assert_true(guard.well);
	assert_int_equal(unlinkat(guard.root, UNIT, 0), 0);
	beat(4);
	heard_expect(&heard, 2, "file /" UNIT " missing no");
}

/* dpkg replaces one file, then the next, the list at its own time: wrong in between. */
static void an_upgrade_is_no_alarm(void **state)
{
	(void)state;
	beat(3);
	put("new", "x");
	assert_int_equal(renameat(guard.root, "new", guard.root, RULES), 0);
	beat(1);
	put("new",
	    "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881  /" RULES "\n");
	assert_int_equal(renameat(guard.root, "new", guard.root, OWNFILES_LIST), 0);
	beat(10);
	heard_expect(&heard, 0, NULL);
}

/* A machine that builds Sekisho has none of its files. */
static void what_was_never_installed_is_not_missed(void **state)
{
	(void)state;
	assert_int_equal(unlinkat(guard.root, OWNFILES_LIST, 0), 0);
	put(GROUPS "system.slice/usbguard.service/cgroup.events", "populated 1\n");
	beat(10);
	heard_expect(&heard, 0, NULL);
	put(OWNFILES_LIST, EMPTY "  /" RULES "\n");
	beat(3);
	heard_expect(&heard, 1, "program usbguard runs no");
	assert_int_equal(unlinkat(guard.root, OWNFILES_LIST, 0), 0);
	beat(4);
	heard_expect(&heard, 2, "file /" OWNFILES_LIST " No such file or directory no");
}

/* Who touches something at every beat doesn't keep us from looking. */
static void a_machine_that_never_rests_is_looked_at(void **state)
{
	(void)state;
	beat(3);
	put(RULES, "x");
	for (int i = 0; i < GUARD_UNSETTLED_MAX; i++) {
		char path[64];

		snprintf(path, sizeof(path), "etc/udev/rules.d/%d.rules", i);
		put(path, "");
		beat(1);
	}
	heard_expect(&heard, 1, NULL);
}

static void rules_that_look_are_told_from_rules_that_open(void **state)
{
	static const struct {
		const char *line;
		bool opens;
	} lines[] = {
		{"", false},
		{"ATTR{authorized}==\"0\", MODE=\"0600\"", false},
		{"ATTR{authorized_default} != \"0\"", false},
		{"  # ATTR{authorized}=\"1\"", false},
		{"ATTR{authorized}=\"1\"", true},
		{"ATTR{authorized}==\"0\", ATTR{authorized}=\"1\"", true},
		{"ATTR{authorized_default}+=\"1\"", true},
		{"ATTR{[module/usbcore]parameters/authorized_default}=\"1\"", true},
		{"RUN+=\"/bin/sh -c 'echo 1 >/sys$devpath/authorized'\"", true},
		{"RUN+=\"/usr/sbin/usbauth udev-add\"", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (udevrules_opens(lines[i].line) != lines[i].opens)
			fail_msg("%s", lines[i].line);
}

static void rivals_are_found(void **state)
{
	static const char session[] = GROUPS "user.slice/user-1000.slice/user@1000.service/"
					     "session.slice/org.gnome.SettingsDaemon."
					     "UsbProtection.service/cgroup.events";

	(void)state;
	assert_string_equal(rivals[0].name, "usbguard");
	assert_string_equal(rivals[1].name, "gsd-usb-protection");
	for (size_t i = 0; i < rival_count; i++)
		assert_int_equal(rival_look(&rivals[i], guard.root), RIVAL_ABSENT);
	put("usr/sbin/usbguard-daemon", "");
	assert_int_equal(rival_look(&rivals[0], guard.root), RIVAL_INSTALLED);
	/* GNOME's does nothing by itself. */
	put(session, "populated 1\n");
	assert_int_equal(rival_look(&rivals[1], guard.root), RIVAL_INSTALLED);
	put(GROUPS "system.slice/usbguard.service/cgroup.events", "populated 1\n");
	assert_int_equal(rival_look(&rivals[0], guard.root), RIVAL_RUNS);
	assert_int_equal(rival_look(&rivals[1], guard.root), RIVAL_RUNS);
	put(session, "populated 0\n");
	put("usr/libexec/gsd-usb-protection", "");
	assert_int_equal(rival_look(&rivals[1], guard.root), RIVAL_INSTALLED);
}

/* The same for `sekisho check exits`, with what to do. */
static void locks_say_what_to_do(void **state)
{
	static const struct {
		const char *path, *text;
		enum lock_id lock;
		enum lock_state state;
		const char *evidence;
	} cases[] = {
		{RULES, "", LOCK_FILES, LOCK_HOLDS, "4 files as installed"},
		{RULES, "x", LOCK_FILES, LOCK_BROKEN, "installing the package again"},
		{"run/systemd/system/sekishod.service", "", LOCK_FILES, LOCK_BROKEN,
		 "covered by /run/systemd/system/sekishod.service; remove that"},
		{"etc/systemd/system/sekishod.service.d/x.conf", "", LOCK_FILES, LOCK_HOLDS,
		 "1 drop-ins change units"},
		{OWNFILES_LIST, "", LOCK_FILES, LOCK_UNSEEN, "Bad message"},
		{"etc/udev/rules.d/1.rules", "\nATTR{authorized}=\"1\"\n", LOCK_SOLE_JUDGE,
		 LOCK_BROKEN,
		 "/etc/udev/rules.d/1.rules, line 2, opens USB devices; remove that rule"},
		{GROUPS "system.slice/usbguard.service/cgroup.events", "populated 1\n",
		 LOCK_SOLE_JUDGE, LOCK_BROKEN,
		 "usbguard decides about devices too; end it by 'systemctl mask --now usbguard"},
		{"usr/sbin/usbguard-daemon", "", LOCK_SOLE_JUDGE, LOCK_HOLDS,
		 "usbguard is installed and decides nothing now"},
		{GROUPS "system.slice/bolt.service/cgroup.events", "populated 1\n",
		 LOCK_THUNDERBOLT, LOCK_BROKEN, "'systemctl mask --now bolt.service'"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct lock_finding finding;
		struct machine machine;

		set_up(state);
		machine = (struct machine){.root = guard.root};
		put(cases[i].path, cases[i].text);
		lock_rows[cases[i].lock].look(&machine, &finding);
		if (finding.state != cases[i].state || !strstr(finding.text, cases[i].evidence))
			fail_msg("%s: %d %s", cases[i].path, finding.state, finding.text);
		tear_down(state);
	}
}

#define GUARD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		GUARD_TEST(nothing_is_said_where_all_is_well),
		cmocka_unit_test(changes_are_found),
		GUARD_TEST(what_is_missing_is_found),
		GUARD_TEST(an_upgrade_is_no_alarm),
		GUARD_TEST(what_was_never_installed_is_not_missed),
		GUARD_TEST(a_machine_that_never_rests_is_looked_at),
		GUARD_TEST(rules_that_look_are_told_from_rules_that_open),
		GUARD_TEST(rivals_are_found),
		cmocka_unit_test(locks_say_what_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
