/* The seeds' file: every line's mistakes, whose it is and who may read it, adding and removing. */
#include "agent/auth/otpfile.h"

#include "cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEED "3132333435363738393031323334353637383930"

static char directory[64];

static int setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "/tmp/sekisho-otpfile-XXXXXX");
	return mkdtemp(directory) ? 0 : -1;
}

static void path_of(const char *name, char path[static 128])
{
	snprintf(path, 128, "%s/%s", directory, name);
}

static int teardown(void **state)
{
	static const char *const names[] = {"otp", ".otp.lock", "elsewhere"};
	char path[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		path_of(names[i], path);
		unlink(path);
	}
	return rmdir(directory);
}

static void write_file(const char *text, mode_t mode)
{
	char path[128];
	FILE *file;

	path_of("otp", path);
	unlink(path);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void test_good_line(void **state)
{
	static const char line[] =
		"hanako totp " SEED " digits=8 hash=sha256 from=2026-04-01 to=2027-03-31\n";
	char text[OTPFILE_LINE];
	struct otp_entry entry;
	const char *wrong;

	(void)state;
	assert_int_equal(otpfile_parse_line(line, strlen(line) - 1, &entry, &wrong), 0);
	assert_null(wrong);
	assert_string_equal(entry.user, "hanako");
	assert_int_equal(entry.otp.kind, OTP_TOTP);
	assert_int_equal(entry.otp.hash, OTP_SHA256);
	assert_int_equal(entry.otp.digits, 8);
	assert_int_equal(entry.otp.seed_length, 20);
	assert_memory_equal(entry.otp.seed, "12345678901234567890", 20);
	assert_int_equal(otpfile_format_line(&entry, text), 0);
	assert_string_equal(text, line);
	assert_int_equal(otpfile_validity(&entry, 20260331), ROSTER_NOT_YET);
	assert_int_equal(otpfile_validity(&entry, 20260401), ROSTER_VALID);
	assert_int_equal(otpfile_validity(&entry, 20270331), ROSTER_VALID);
	assert_int_equal(otpfile_validity(&entry, 20270401), ROSTER_EXPIRED);
}

static void test_defaults(void **state)
{
	static const char line[] = "u hotp " SEED;
	struct otp_entry entry;
	const char *wrong;

	(void)state;
	assert_int_equal(otpfile_parse_line(line, strlen(line), &entry, &wrong), 0);
	assert_int_equal(entry.otp.kind, OTP_HOTP);
	assert_int_equal(entry.otp.hash, OTP_SHA1);
	assert_int_equal(entry.otp.digits, 6);
	assert_int_equal(otpfile_validity(&entry, 20260401), ROSTER_VALID);
}

static void test_longest_line(void **state)
{
	struct otp_entry entry = {.otp = {.hash = OTP_SHA512, .digits = 8, .seed_length = 64},
				  .from = 20260401,
				  .to = 20270331};
	char text[OTPFILE_LINE];
	struct otp_entry back;
	const char *wrong;

	(void)state;
	memset(entry.user, 'u', sizeof(entry.user) - 1);
	memset(entry.otp.seed, 0xff, 64);
	assert_int_equal(otpfile_format_line(&entry, text), 0);
	assert_int_equal(otpfile_parse_line(text, strlen(text) - 1, &back, &wrong), 0);
	assert_memory_equal(&back, &entry, sizeof(entry));
}

static const struct {
	const char *line;
	const char *says;
} mistakes[] = {
	{"", "exactly one space"},
	{"hanako", "needs user"},
	{"hanako totp", "needs user"},
	{" totp " SEED, "exactly one space"},
	{"hanako  totp " SEED, "exactly one space"},
	{"hanako totp " SEED " ", "exactly one space"},
	{"hanako motp " SEED, "totp or hotp"},
	{"hanako TOTP " SEED, "totp or hotp"},
	{"hanako totp 313233", "16 to 64 bytes"},
	{"hanako totp " SEED "3", "16 to 64 bytes"},
	{"hanako totp " SEED "zz", "16 to 64 bytes"},
	{"hanako totp " SEED SEED SEED SEED, "16 to 64 bytes"},
	{"hanako totp " SEED " digits", "not known"},
	{"hanako totp " SEED " window=17", "not known"},
	{"hanako totp " SEED " digits=5", "6, 7 or 8"},
	{"hanako totp " SEED " digits=9", "6, 7 or 8"},
	{"hanako totp " SEED " digits=", "6, 7 or 8"},
	{"hanako totp " SEED " digits=6 digits=6", "given twice"},
	{"hanako totp " SEED " hash=md5", "sha1, sha256"},
	{"hanako hotp " SEED " hash=sha256", "totp alone"},
	{"hanako totp " SEED " from=2026-02-30", "YYYY-MM-DD"},
	{"hanako totp " SEED " to=tomorrow", "YYYY-MM-DD"},
	{"hanako totp " SEED " from=2026-04-02 to=2026-04-01", "after"},
	{"a totp " SEED " digits=6 hash=sha1 from=2026-04-01 to=2026-04-01 x=y x=y", "too many"},
};

static void test_bad_lines(void **state)
{
	struct otp_entry entry;
	const char *wrong;
	char name[400];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		const char *line = mistakes[i].line;

		assert_int_equal(otpfile_parse_line(line, strlen(line), &entry, &wrong), -EINVAL);
		if (!strstr(wrong, mistakes[i].says))
			print_error("\"%s\": %s\n", line, wrong);
		assert_non_null(strstr(wrong, mistakes[i].says));
	}
	assert_int_equal(otpfile_parse_line("u\0totp", 6, &entry, &wrong), -EINVAL);
	memset(name, 'u', 300);
	memcpy(name + 300, " totp " SEED, sizeof(" totp " SEED));
	assert_int_equal(otpfile_parse_line(name, strlen(name), &entry, &wrong), -EINVAL);
	assert_non_null(strstr(wrong, "too long"));
}

static void assert_load(int result, const char *says)
{
	_cleanup_otpfile_ struct otpfile file = {};
	struct config_error error;

	assert_int_equal(otpfile_load(directory, &file, &error), result);
	if (says)
		assert_non_null(strstr(error.text, says));
}

static void test_files(void **state)
{
	static const char good[] = OTPFILE_HEADER "aoi totp " SEED "\nhanako hotp " SEED "\n";
	struct config_error error;
	struct otp_entry entry;
	char elsewhere[128];
	char path[128];

	(void)state;
	assert_load(0, NULL);
	assert_int_equal(otpfile_find(directory, "hanako", &entry, &error), -ENOENT);
	write_file(good, 0600);
	assert_load(0, NULL);
	assert_int_equal(otpfile_find(directory, "hanako", &entry, &error), 0);
	assert_int_equal(entry.otp.kind, OTP_HOTP);
	assert_int_equal(otpfile_find(directory, "hana", &entry, &error), -ENOENT);
	assert_int_equal(otpfile_find(directory, "hanakoo", &entry, &error), -ENOENT);
	assert_int_equal(otpfile_find(directory, "", &entry, &error), -ENOENT);
	for (mode_t mode = 0604; mode <= 0640; mode += 0640 - 0604) {
		write_file(good, mode);
		assert_load(-EPERM, "chmod 600");
		assert_int_equal(otpfile_find(directory, "hanako", &entry, &error), -EPERM);
	}
	path_of("otp", path);
	write_file(good, 0600);
	assert_int_equal(chown(path, 12345, 12345), 0);
	assert_load(-EPERM, "sekisho-auth's");
	assert_int_equal(chown(path, 0, 0), 0);
	path_of("elsewhere", elsewhere);
	assert_int_equal(rename(path, elsewhere), 0);
	assert_int_equal(symlink(elsewhere, path), 0);
	assert_load(-ELOOP, "/otp: ");
}

static void test_mistakes_are_named(void **state)
{
	struct config_error error;
	struct otp_entry entry;

	(void)state;
	write_file("", 0600);
	assert_load(-EINVAL, "/otp:1: the first line");
	write_file("# sekisho-otp 2\n", 0600);
	assert_load(-EINVAL, "/otp:1: the first line");
	write_file(OTPFILE_HEADER "hanako totp " SEED, 0600);
	assert_load(-EINVAL, "/otp:2: the line has no newline");
	write_file(OTPFILE_HEADER "hanako totp " SEED "\naoi totp " SEED "\n", 0600);
	assert_load(-EINVAL, "/otp:3: one line a person, sorted");
	write_file(OTPFILE_HEADER "hanako totp " SEED "\nhanako hotp " SEED "\n", 0600);
	assert_load(-EINVAL, "/otp:3: one line a person, sorted");
	assert_int_equal(otpfile_find(directory, "hanako", &entry, &error), -EINVAL);
	assert_non_null(strstr(error.text, "/otp:3: the person has two lines"));
	/* One person's mistake keeps no other out. */
	write_file(OTPFILE_HEADER "aoi totp 31\nhanako totp " SEED "\n", 0600);
	assert_load(-EINVAL, "/otp:2: the seed must be");
	assert_int_equal(otpfile_find(directory, "aoi", &entry, &error), -EINVAL);
	assert_int_equal(otpfile_find(directory, "hanako", &entry, &error), 0);
}

static void add(const char *user, enum otp_kind kind, int result)
{
	_cleanup_otpfile_ struct otpfile file = {};
	struct otp_entry entry = {.otp = {.kind = kind, .digits = 6, .seed_length = 20}};
	struct config_error error;

	snprintf(entry.user, sizeof(entry.user), "%s", user);
	memset(entry.otp.seed, user[0], 20);
	assert_int_equal(otpfile_load(directory, &file, &error), 0);
	assert_int_equal(otpfile_add(&file, &entry), result);
	if (result == 0)
		assert_int_equal(otpfile_save(directory, &file), 0);
}

static void test_changes(void **state)
{
	_cleanup_otpfile_ struct otpfile file = {};
	struct config_error error;
	struct stat status;
	char path[128];
	int fd = -1;

	(void)state;
	assert_int_equal(otpfile_lock(directory, &fd), 0);
	close(fd);
	add("jiro", OTP_TOTP, 0);
	add("aoi", OTP_HOTP, 0);
	add("hanako", OTP_TOTP, 0);
	add("hanako", OTP_HOTP, -EEXIST);
	add("two words", OTP_TOTP, -EINVAL);
	add("a\nb", OTP_TOTP, -EINVAL);
	path_of("otp", path);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(otpfile_load(directory, &file, &error), 0);
	assert_int_equal(file.count, 3);
	assert_string_equal(file.entries[0].user, "aoi");
	assert_string_equal(file.entries[1].user, "hanako");
	assert_string_equal(file.entries[2].user, "jiro");
	assert_int_equal(otpfile_remove(&file, "saburo"), -ENOENT);
	assert_int_equal(otpfile_remove(&file, "hanako"), 0);
	assert_int_equal(otpfile_save(directory, &file), 0);
	otpfile_release(&file);
	assert_int_equal(otpfile_load(directory, &file, &error), 0);
	assert_int_equal(file.count, 2);
	assert_string_equal(file.entries[1].user, "jiro");
	assert_int_equal(file.entries[1].otp.seed[19], 'j');
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_line),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_longest_line),
		cmocka_unit_test(test_bad_lines),
		CASE(test_files),
		CASE(test_mistakes_are_named),
		CASE(test_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
