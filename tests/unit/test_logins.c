/* The services of a made-up machine, and the doors that PAM doesn't guard. */
#include "tree_fixture.h"

#include "agent/cli/logins.h"
#include "agent/cli/otherdoors.h"

#include "cleanup.h"
#include "file.h"

#include <endian.h>
#include <fcntl.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/xattr.h>
#include <unistd.h>

#define SEATED 1000

struct place {
	char root[48];
	struct logins logins;
	char text[4096]; /* what was told */
};

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	if (!place)
		return -1;
	snprintf(place->root, sizeof(place->root), "/tmp/sekisho-logins-XXXXXX");
	if (!mkdtemp(place->root))
		return -1;
	place->logins.root = open(place->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	*state = place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;
	int r;

	close(place->logins.root);
	r = tree_remove(place->root);
	free(place);
	return r;
}

static void put(const struct place *place, const char *path, const char *text)
{
	tree_put(place->root, path, text, strlen(text));
}

static int note(void *user, const struct login *login)
{
	static const char *const states[LOGIN_STATES] = {"two", "one", "unclear", "none"};
	struct place *place = user;
	size_t used = strlen(place->text);

	snprintf(place->text + used, sizeof(place->text) - used, "%s %s%s\n", login->service,
		 states[login->state], login->key_passes ? " passes" : "");
	return 0;
}

static const char *walk(struct place *place)
{
	place->text[0] = '\0';
	assert_int_equal(logins_walk(&place->logins, note, place), 0);
	return place->text;
}

#define UNIX                                                                                       \
	"auth [success=1 default=ignore] pam_unix.so nullok\n"                                     \
	"auth requisite pam_deny.so\nauth required pam_permit.so\n"
#define BOTH "@include common-auth\n@include common-account\n"

static void put_debian(const struct place *place)
{
	put(place, "etc/pam.d/common-auth", UNIX);
	put(place, "etc/pam.d/common-account", "account required pam_unix.so\n");
	put(place, "etc/pam.d/login", BOTH);
	put(place, "etc/pam.d/sudo", BOTH);
	put(place, "etc/pam.d/other", BOTH);
	put(place, "etc/pam.d/lightdm-greeter",
	    "auth required pam_permit.so\naccount required pam_permit.so\n");
	put(place, "etc/pam.d/sudo.dpkg-old", "auth required pam_permit.so\n");
	put(place, "etc/pam.d/Sudo", "auth required pam_permit.so\n");
	put(place, "usr/lib/pam.d/polkit-1", BOTH);
	put(place, "usr/lib/pam.d/sudo", "auth required pam_permit.so\n");
}

static void test_A01_each_service(void **state)
{
	struct place *place = *state;

	put_debian(place);
	assert_string_equal(walk(place),
			    "lightdm-greeter none passes\nlogin one passes\n"
			    "other one passes\npolkit-1 one passes\nsudo one passes\n");
}

/* With the package's own profile, before it is switched on. */
static void test_A01_foreseen(void **state)
{
	struct place *place = *state;
	_cleanup_close_ int fd = open("packaging/pam-configs/sekisho", O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *profile = NULL;
	size_t length;

	put_debian(place);
	assert_true(fd >= 0);
	assert_int_equal(file_read_all(fd, LOGIN_PROFILE_MAX, &profile, &length), 0);
	assert_int_equal(logins_foresee(&place->logins, profile), 0);
	assert_string_equal(walk(place), "lightdm-greeter none passes\nlogin two\n"
					 "other two passes\npolkit-1 two passes\n"
					 "sudo two passes\n");
	put(place, "etc/pam.d/sudo", "auth sufficient pam_fprintd.so\n" BOTH);
	assert_non_null(strstr(walk(place), "sudo one"));
	place->logins.empty_passwords = true;
	assert_non_null(strstr(walk(place), "login one"));
}

/* As authselect would write it, where links and files are still others, or none. */
static void test_A01_foreseen_instead(void **state)
{
	static const char asks[] = "auth required pam_sekisho.so\nauth sufficient pam_unix.so\n"
				   "auth required pam_deny.so\n"
				   "account required pam_sekisho.so account=login\n";
	struct place *place = *state;

	put(place, "etc/pam.d/login", "auth substack system-auth\naccount include system-auth\n");
	put(place, "etc/pam.d/sudo", "auth include password-auth\naccount required pam_unix.so\n");
	put(place, "etc/pam.d/password-auth", "auth sufficient pam_unix.so\n");
	assert_string_equal(walk(place), "login unclear\nother two\nsudo one passes\n");
	place->logins.instead[0].path = "/etc/pam.d/system-auth";
	place->logins.instead[0].text = strdup(asks);
	place->logins.instead[1].path = "/etc/pam.d/password-auth";
	place->logins.instead[1].text = strdup(asks);
	place->logins.n_instead = 2;
	assert_string_equal(walk(place), "login two\nother two\nsudo two passes\n");
	logins_unforesee(&place->logins);
	assert_non_null(strstr(walk(place), "login unclear"));
}

static void test_profiles_without_us(void **state)
{
	static const char *const profiles[] = {"", "Auth:\n", "Auth:\n required a.so\n",
					       "Account:\n required a.so\n",
					       "Auth-Type: Primary\n required a.so\nAccount:\n"};
	struct place *place = *state;

	for (size_t i = 0; i < ARRAY_SIZE(profiles); i++)
		assert_int_equal(logins_foresee(&place->logins, profiles[i]), -EINVAL);
}

/* Sekisho without a password behind it: two factors where sekisho.conf wants key+pin, and one else.
 */
static void test_A13_key_and_pin_alone(void **state)
{
	struct loginrule rule = {.kind = LOGINRULE_SERVICE,
				 .name = "kiosk",
				 .factors_place = "a:1",
				 .pairs = {.key = true, .verified = true}};
	const struct loginrules rules = {&rule, 1};
	static struct settings settings = {.pairs = {.key = true}};
	struct place *place = *state;
	bool named;

	put_debian(place);
	put(place, "etc/pam.d/kiosk",
	    "auth required pam_sekisho.so\naccount required pam_sekisho.so\n");
	put(place, "etc/pam.d/other-kiosk",
	    "auth required pam_sekisho.so\naccount required pam_sekisho.so\n");
	assert_memory_equal(walk(place), "kiosk one\n", 10);
	place->logins.settings = &settings;
	place->logins.rules = &rules;
	assert_memory_equal(walk(place), "kiosk two\n", 10);
	assert_non_null(strstr(place->text, "other-kiosk one\n"));
	/* Another way in beside it is none the better for it. */
	put(place, "etc/pam.d/kiosk",
	    "auth sufficient pam_unix.so\nauth required pam_sekisho.so\naccount required "
	    "pam_unix.so\n");
	assert_memory_equal(walk(place), "kiosk one", 9);
	rule.pairs.otp = true;
	put(place, "etc/pam.d/kiosk",
	    "auth required pam_sekisho.so\naccount required pam_sekisho.so\n");
	place->text[0] = '\0';
	assert_int_equal(logins_look(&place->logins, "kiosk", &named, note, place), 0);
	assert_string_equal(place->text, "kiosk one\n");
	assert_true(named);
}

static void test_files_of_others(void **state)
{
	struct place *place = *state;

	put_debian(place);
	put(place, "etc/pam.d/su", BOTH);
	assert_int_equal(fchmodat(place->logins.root, "etc/pam.d/su", 0664, 0), 0);
	assert_int_equal(mkdirat(place->logins.root, "etc/pam.d/folder", 0755), 0);
	assert_int_equal(symlinkat("login", place->logins.root, "etc/pam.d/link"), 0);
	assert_int_equal(symlinkat("nothing", place->logins.root, "etc/pam.d/dangling"), 0);
	walk(place);
	assert_non_null(strstr(place->text, "su unclear"));
	assert_non_null(strstr(place->text, "folder unclear"));
	assert_non_null(strstr(place->text, "link one"));
	/* libpam has other's lines for it. */
	assert_non_null(strstr(place->text, "dangling one"));
}

static void test_single_file(void **state)
{
	struct place *place = *state;

	put(place, "etc/pam.conf",
	    "login auth required pam_unix.so\nLogin account required pam_permit.so\n"
	    "other auth required pam_deny.so\nother account required pam_deny.so\n");
	assert_string_equal(walk(place), "login one passes\nother two\n");
	put(place, "etc/pam.d/x", "auth required pam_deny.so\n");
	assert_string_equal(walk(place), "other two\nx two\n");
}

static enum otherdoor_state look(struct place *place, const char *name, const char *sshd,
				 bool key_passes)
{
	const struct otherdoor_scene scene = {.root = place->logins.root,
					      .sshd = sshd,
					      .key_passes = key_passes,
					      .seated = SEATED};

	for (size_t i = 0; i < otherdoor_count; i++)
		if (strcmp(otherdoors[i].name, name) == 0) {
			enum otherdoor_state found = otherdoors[i].look(&scene, place->text);

			assert_true(place->text[0] != '\0');
			return found;
		}
	fail_msg("no door: %s", name);
	return OTHERDOOR_STATES;
}

/* As systemd gives a key's node to somebody; a mask that lets the group have nothing keeps the
 * mode. */
static void give_node(const struct place *place, uint16_t tag, uint32_t id)
{
	const struct {
		struct posix_acl_xattr_header header;
		struct posix_acl_xattr_entry entries[5];
	} list = {{htole32(POSIX_ACL_XATTR_VERSION)},
		  {{htole16(ACL_USER_OBJ), htole16(6), htole32((uint32_t)ACL_UNDEFINED_ID)},
		   {htole16(tag == ACL_USER ? ACL_USER : ACL_GROUP_OBJ),
		    htole16(tag == ACL_USER ? 6 : 0),
		    htole32(tag == ACL_USER ? id : (uint32_t)ACL_UNDEFINED_ID)},
		   {htole16(tag == ACL_USER ? ACL_GROUP_OBJ : ACL_GROUP),
		    htole16(tag == ACL_USER ? 0 : 6),
		    htole32(tag == ACL_USER ? (uint32_t)ACL_UNDEFINED_ID : id)},
		   {htole16(ACL_MASK), 0, htole32((uint32_t)ACL_UNDEFINED_ID)},
		   {htole16(ACL_OTHER), 0, htole32((uint32_t)ACL_UNDEFINED_ID)}}};
	char path[128];

	snprintf(path, sizeof(path), "%s/dev/hidraw0", place->root);
	assert_int_equal(setxattr(path, "system.posix_acl_access", &list, sizeof(list), 0), 0);
}

static void test_doors(void **state)
{
	static const struct {
		const char *door, *path, *text;
		enum otherdoor_state state;
	} rows[] = {
		{"recovery", NULL, NULL, OTHERDOOR_UNSEEN},
		{"recovery", "etc/shadow", "root:*:1:0:99999:7:::\n", OTHERDOOR_CLOSED},
		{"recovery", "etc/shadow", "root:!$y$x:1:0:99999:7:::\n", OTHERDOOR_CLOSED},
		{"recovery", "etc/shadow", "root:$y$x:1:0:99999:7:::\n", OTHERDOOR_OPEN},
		{"recovery", "etc/shadow", "root::1:0:99999:7:::\n", OTHERDOOR_OPEN},
		{"recovery", "etc/shadow", "hanako:*:1:0:99999:7:::\n", OTHERDOOR_UNSEEN},
		{"recovery", "etc/systemd/system/rescue.service.d/a.conf", "", OTHERDOOR_UNSEEN},
		{"boot-menu", NULL, NULL, OTHERDOOR_UNSEEN},
		{"boot-menu", "boot/loader/loader.conf", "timeout 3\n", OTHERDOOR_OPEN},
		{"boot-menu", "boot/loader/loader.conf", "editor no\n", OTHERDOOR_CLOSED},
		{"boot-menu", "boot/grub/grub.cfg", "set timeout=5\n", OTHERDOOR_OPEN},
		{"boot-menu", "boot/grub/grub.cfg", "set superusers=\"a\"\n", OTHERDOOR_OPEN},
		{"boot-menu", "boot/grub/grub.cfg",
		 "set superusers=\"a\"\n  password_pbkdf2 a grub.pbkdf2.sha512.1\n",
		 OTHERDOOR_CLOSED},
		{"debug-shell", NULL, NULL, OTHERDOOR_UNSEEN},
		{"debug-shell", "proc/cmdline", "quiet\n", OTHERDOOR_CLOSED},
		{"debug-shell", "proc/cmdline", "quiet systemd.debug-shell\n", OTHERDOOR_OPEN},
		{"debug-shell", "proc/cmdline", "quiet\n", OTHERDOOR_CLOSED},
		{"debug-shell", "etc/systemd/system/sysinit.target.wants/debug-shell.service", "",
		 OTHERDOOR_OPEN},
		{"key-nodes", NULL, NULL, OTHERDOOR_UNSEEN},
		{"key-nodes", "dev/null", "", OTHERDOOR_ABSENT},
		{"key-nodes", "dev/hidraw0", "", OTHERDOOR_OPEN}, /* 0644 */
		{"sockets", NULL, NULL, OTHERDOOR_UNSEEN},
		{"sockets", "run/sekisho/auth.sock", "", OTHERDOOR_OPEN}, /* no socket */
		{"removal", NULL, NULL, OTHERDOOR_ABSENT},
		{"removal", "run/sekisho-presence/.new", "", OTHERDOOR_ABSENT},
		{"removal", "run/sekisho-presence/1234", "", OTHERDOOR_OPEN},
		{"removal", "run/sekisho-watch/running", "", OTHERDOOR_OPEN},
	};
	struct place *place = *state;
	int watcher;

	umask(022);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].path)
			put(place, rows[i].path, rows[i].text);
		if (look(place, rows[i].door, NULL, true) != rows[i].state)
			fail_msg("row %zu: %s: %s", i, rows[i].door, place->text);
	}
	assert_int_equal(fchmodat(place->logins.root, "dev/hidraw0", 0600, 0), 0);
	assert_int_equal(look(place, "key-nodes", NULL, true), OTHERDOOR_CLOSED);
	give_node(place, ACL_USER, SEATED);
	assert_int_equal(look(place, "key-nodes", NULL, true), OTHERDOOR_CLOSED);
	give_node(place, ACL_USER, SEATED + 1);
	assert_int_equal(look(place, "key-nodes", NULL, true), OTHERDOOR_OPEN);
	give_node(place, ACL_GROUP, SEATED);
	assert_int_equal(look(place, "key-nodes", NULL, true), OTHERDOOR_OPEN);
	watcher = openat(place->logins.root, "run/sekisho-watch/running", O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(watcher, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(look(place, "removal", NULL, true), OTHERDOOR_CLOSED);
	close(watcher);
	assert_int_equal(look(place, "removal", NULL, true), OTHERDOOR_OPEN);
}

static void test_doors_of_ssh(void **state)
{
	static const struct {
		const char *sshd;
		bool key_passes;
		enum otherdoor_state state;
	} rows[] = {
		{NULL, false, OTHERDOOR_UNSEEN},
		{"usepam no\n", false, OTHERDOOR_OPEN},
		{"usepam yes\n", false, OTHERDOOR_CLOSED},
		{"port 22\nusepam yes\npubkeyauthentication yes\n", true, OTHERDOOR_OPEN},
		{"usepam yes\npubkeyauthentication no\ngssapiauthentication no\n"
		 "hostbasedauthentication no\n",
		 true, OTHERDOOR_CLOSED},
	};
	struct place *place = *state;

	assert_int_equal(look(place, "ssh-keys", NULL, true), OTHERDOOR_ABSENT);
	put(place, "usr/sbin/sshd", "");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(look(place, "ssh-keys", rows[i].sshd, rows[i].key_passes),
				 rows[i].state);
}

static void test_files_of_accounts(void **state)
{
	struct place *place = *state;

	umask(022);
	put(place, "etc/passwd", "");
	put(place, "etc/pam.d/x", "");
	put(place, "etc/shadow", "");
	assert_int_equal(look(place, "files", NULL, true), OTHERDOOR_OPEN);
	assert_int_equal(fchmodat(place->logins.root, "etc/shadow", 0640, 0), 0);
	assert_int_equal(look(place, "files", NULL, true), OTHERDOOR_CLOSED);
	assert_int_equal(fchmodat(place->logins.root, "etc/pam.d", 0775, 0), 0);
	assert_int_equal(look(place, "files", NULL, true), OTHERDOOR_OPEN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_A01_each_service),	 TEST(test_A01_foreseen),
		TEST(test_A01_foreseen_instead), TEST(test_profiles_without_us),
		TEST(test_files_of_others),	 TEST(test_A13_key_and_pin_alone),
		TEST(test_single_file),		 TEST(test_doors),
		TEST(test_doors_of_ssh),	 TEST(test_files_of_accounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
