/* Nothing is granted that is not counted: full and read-only disks, a full table, files that are
 * not root's. */
#include "folder.h"

#include "agent/auth/counter.h"
#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static struct outcome visit(struct terminal *terminal, const char *pin)
{
	return terminal_visit(terminal, &(struct visit){.user = "hanako", .pin = pin});
}

static void enrol(struct terminal *terminal)
{
	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
}

/* The table can't be made: nobody is asked for a PIN. */
static void test_full_before(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	enrol(terminal);
	folder_mount_state(terminal, "size=64k,mode=700");
	folder_fill_state(terminal);
	outcome = visit(terminal, PIN);
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_int_equal(outcome.prompts, 0);
	assert_non_null(strstr(outcome.text, "[S-2201]"));
	assert_event(terminal, "\"reason\":\"counter-store\"");
}

/* The disk fills up after the table was made: log-ins go on, for it is written in place. */
static void test_full_after(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	enrol(terminal);
	folder_mount_state(terminal, "size=6m,mode=700");
	outcome = visit(terminal, PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	folder_fill_state(terminal);
	for (int i = 0; i < 2; i++) {
		outcome = visit(terminal, PIN);
		assert_verdict(&outcome, VERDICT_GRANTED);
	}
}

static void test_read_only(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	char path[128];

	enrol(terminal);
	folder_mount_state(terminal, "size=6m,mode=700");
	outcome = visit(terminal, PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	folder_path(terminal, "state", path);
	assert_int_equal(
		mount(NULL, path, NULL, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL), 0);
	outcome = visit(terminal, PIN);
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_int_equal(outcome.prompts, 0);
	assert_event(terminal, "\"reason\":\"counter-store\"");
}

static void test_no_state_directory(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	char path[128];

	enrol(terminal);
	folder_path(terminal, "state", path);
	assert_int_equal(rmdir(path), 0);
	outcome = visit(terminal, PIN);
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_int_equal(mkdir(path, 0700), 0);
}

/* Every entry belongs to some other credential. */
static void test_full_table(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	struct {
		uint8_t id[32];
		uint64_t sequence;
		uint32_t value;
		uint32_t flags;
		uint8_t check[16];
	} slot = {.sequence = 1, .value = 1};
	uint8_t digest[SHA256_DIGEST_LENGTH];
	char path[128];
	int fd;

	enrol(terminal);
	folder_path(terminal, "state/counters", path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	for (uint32_t i = 0; i < COUNTER_ENTRIES; i++) {
		memcpy(slot.id, &i, sizeof(i));
		memset(slot.id + sizeof(i), 0x5a, sizeof(slot.id) - sizeof(i));
		SHA256((const uint8_t *)&slot, offsetof(__typeof__(slot), check), digest);
		memcpy(slot.check, digest, sizeof(slot.check));
		assert_int_equal(write(fd, &slot, sizeof(slot)), sizeof(slot));
	}
	assert_int_equal(ftruncate(fd, COUNTER_FILE_SIZE), 0);
	close(fd);
	outcome = visit(terminal, PIN);
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_non_null(strstr(outcome.text, "[S-2201]"));
}

/* What authd does at its start makes room for counter and event, whatever fills the disk later. */
static void test_full_and_engine_away(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	enrol(terminal);
	folder_mount_state(terminal, "size=6m,mode=700");
	terminal_engine(terminal, false);
	assert_int_equal(terminal_flush(terminal), 0);
	folder_fill_state(terminal);
	for (int i = 0; i < 2; i++) {
		outcome = visit(terminal, PIN);
		assert_int_equal(outcome.verdict, VERDICT_GRANTED);
	}
	terminal_engine(terminal, true);
	assert_int_equal(terminal_flush(terminal), 0);
	assert_event(terminal, "login.granted 1 ");
}

static void test_wrong_files(void **state)
{
	static const char *const texts[] = {
		"[Auth]\nNoSuchKey=1\n",
		"[Auth]\nKeyWaitSeconds=0\n",
		"[Auth]\nExemptUsers=hanako\n",
		"[Auth]\nAllowedModels=xyz\n",
		"[Auth]\nRpId=\n",
		"[Auth] AllowedModels=00000000000000000000000000000000\n",
		"nonsense\n",
	};
	struct terminal *terminal = *state;
	struct outcome outcome;
	char path[128];

	enrol(terminal);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		terminal_configure(terminal, texts[i]);
		outcome = visit(terminal, PIN);
		assert_verdict(&outcome, VERDICT_BROKEN);
		assert_int_equal(outcome.prompts, 0);
		assert_non_null(strstr(outcome.text, "[S-2203]"));
	}
	terminal_configure(terminal, "[Auth]\n");
	folder_path(terminal, "roster", path);
	assert_int_equal(chmod(path, 0666), 0);
	outcome = visit(terminal, PIN);
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_event(terminal, "\"reason\":\"roster\"");
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(chown(path, 12345, 0), 0);
	outcome = visit(terminal, PIN);
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_int_equal(unlink(path), 0);
	outcome = visit(terminal, PIN);
	assert_verdict(&outcome, VERDICT_BROKEN);
	terminal_roster(terminal);
	outcome = visit(terminal, PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MOUNTED(test_full_and_engine_away),
		MOUNTED(test_full_before),
		MOUNTED(test_full_after),
		MOUNTED(test_read_only),
		CASE(test_no_state_directory),
		CASE(test_full_table),
		CASE(test_wrong_files),
	};

	return cmocka_run_group_tests(tests, folder_own_mounts, NULL);
}
