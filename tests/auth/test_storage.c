/* Nothing is granted that is not counted and recorded: full and read-only disks, a full table, an
 * engine that is away, a spool that is full, files that are not root's. */
#include "terminal.h"

#include "agent/auth/counter.h"
#include "agent/auth/spool.h"
#include "cleanup.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct outcome visit(struct terminal *terminal, const char *pin)
{
	return terminal_visit(terminal, &(struct visit){.user = "hanako", .pin = pin});
}

static void state_path(const struct terminal *terminal, const char *name, char path[static 128])
{
	snprintf(path, 128, "%s/state%s%s", terminal->folder, name[0] ? "/" : "", name);
}

static void enrol(struct terminal *terminal)
{
	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
}

/* A small file system of our own under the state, full or read-only. It is unmounted before the
 * test ends, whatever it asserts. */
static void mount_state(const struct terminal *terminal, const char *options)
{
	char path[128];

	state_path(terminal, "", path);
	assert_int_equal(mount("sekisho-test", path, "tmpfs", MS_NOSUID | MS_NODEV, options), 0);
}

static int unmount_state(void **state)
{
	struct terminal *terminal = *state;
	char path[128];

	state_path(terminal, "", path);
	while (umount2(path, MNT_DETACH) == 0)
		continue;
	return terminal_teardown(state);
}

static int own_mounts(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNS) < 0)
		return -1;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static void fill(const struct terminal *terminal)
{
	static const char block[4096];
	char path[128];
	int fd;

	state_path(terminal, "ballast", path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	while (write(fd, block, sizeof(block)) > 0)
		continue;
	assert_int_equal(errno, ENOSPC);
	close(fd);
}

/* The table can't be made: nobody is asked for a PIN. */
static void test_full_before(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	enrol(terminal);
	mount_state(terminal, "size=64k,mode=700");
	fill(terminal);
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
	mount_state(terminal, "size=6m,mode=700");
	outcome = visit(terminal, PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	fill(terminal);
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
	mount_state(terminal, "size=6m,mode=700");
	outcome = visit(terminal, PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	state_path(terminal, "", path);
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
	state_path(terminal, "", path);
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
	state_path(terminal, "counters", path);
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

static void test_engine_away(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	char text[WORDS_MAX];

	enrol(terminal);
	terminal_engine(terminal, false);
	outcome = visit(terminal, PIN);
	assert_int_equal(outcome.verdict, VERDICT_GRANTED);
	assert_int_equal(outcome.exit_status, 10);
	outcome = visit(terminal, "9999");
	assert_int_equal(outcome.verdict, VERDICT_WRONG);
	assert_int_equal(terminal_flush(terminal), 10);
	terminal_engine(terminal, true);
	assert_int_equal(terminal_flush(terminal), 0);
	terminal_events(terminal, text);
	assert_non_null(strstr(text, "login.granted 1 "));
	assert_non_null(strstr(text, "login.refused 1 "));
	assert_true(strstr(text, "login.granted") < strstr(text, "login.refused"));
	/* Told once. */
	assert_int_equal(terminal_flush(terminal), 0);
	terminal_events(terminal, text);
	assert_null(strstr(strstr(text, "login.granted 1 ") + 1, "login.granted 1 "));
}

/* Whether a file in the terminal's folder holds @text: events, spool, counters, standard error. */
static bool is_somewhere(const struct terminal *terminal, const char *text)
{
	char *const arguments[] = {(char *)"grep",
				   (char *)"-rqaF",
				   (char *)"--devices=skip",
				   (char *)"--",
				   (char *)text,
				   (char *)terminal->folder,
				   NULL};
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		execv("/bin/grep", arguments);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
	return WEXITSTATUS(status) == 0;
}

/* A PIN is in no event, spooled or taken, in nothing that is said, and not on standard error, even
 * where libfido2 is asked to tell what it does. */
static void test_pin_is_nowhere(void **state)
{
	static const char right[] = "Kx7-geheim-93!";
	static const char *const typed[] = {right, "Wq4-falsch-58?", "Wq4-falsch-58?\xff"};
	const char *const options[] = {"--pin", right, NULL};
	struct terminal *terminal = *state;
	struct outcome outcome;

	terminal_plug(terminal, 0, options);
	terminal_enrol(terminal, 0, "hanako", right);
	assert_int_equal(setenv("FIDO_DEBUG", "1", 1), 0);
	for (size_t i = 0; i < 2 * ARRAY_SIZE(typed); i++) {
		terminal_engine(terminal, i % 2);
		outcome = visit(terminal, typed[i / 2]);
		assert_int_equal(outcome.verdict, i / 2 == 0 ? VERDICT_GRANTED : VERDICT_WRONG);
		assert_null(strstr(outcome.text, "geheim"));
		assert_null(strstr(outcome.text, "falsch"));
	}
	unsetenv("FIDO_DEBUG");
	assert_true(is_somewhere(terminal, "hanako"));
	assert_false(is_somewhere(terminal, "geheim"));
	assert_false(is_somewhere(terminal, "falsch"));
	terminal_engine(terminal, true);
	assert_int_equal(terminal_flush(terminal), 0);
	assert_event(terminal, "login.granted 1 ");
	assert_false(is_somewhere(terminal, "geheim"));
	assert_false(is_somewhere(terminal, "falsch"));
}

/* Nothing unrecorded is granted; a refusal stays a refusal. */
static void test_spool_full(void **state)
{
	struct terminal *terminal = *state;
	struct record_request record = {.kind = "login.refused", .id = "x", .fields = "{}"};
	struct outcome outcome;
	char text[WORDS_MAX];
	char line[128];
	char path[128];
	int dirfd;

	enrol(terminal);
	terminal_engine(terminal, false);
	state_path(terminal, "", path);
	dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < SPOOL_REFUSALS_MAX; i++)
		assert_int_equal(spool_add(dirfd, "spool", SPOOL_REFUSAL, &record), 0);
	assert_int_equal(spool_add(dirfd, "spool", SPOOL_REFUSAL, &record), -ENOSPC);
	/* Failed log-ins have filled their part; a grant still has room. */
	outcome = visit(terminal, PIN);
	assert_int_equal(outcome.verdict, VERDICT_GRANTED);
	while (spool_add(dirfd, "spool", SPOOL_GRANT, &record) == 0)
		continue;
	outcome = visit(terminal, PIN);
	assert_int_equal(outcome.verdict, VERDICT_BROKEN);
	assert_non_null(strstr(outcome.text, "[S-2202]"));
	outcome = visit(terminal, "9999");
	assert_int_equal(outcome.verdict, VERDICT_WRONG);
	/* The service's log has what no record has. */
	snprintf(line, sizeof(line), "login.refused %s is in no record: ", outcome.event);
	terminal_errors(terminal, text);
	assert_non_null(strstr(text, line));
	terminal_engine(terminal, true);
	assert_int_equal(terminal_flush(terminal), 0);
	/* What found no room is told as a number: ours, what became of the first log-in, the
	 * refused grant and the wrong PIN. */
	assert_event(terminal, "store.fault 0 {\"dropped\":\"4\",\"store\":\"spool\"}");
	outcome = visit(terminal, PIN);
	assert_verdict(&outcome, VERDICT_GRANTED);
	close(dirfd);
}

static int open_state(const struct terminal *terminal)
{
	char path[128];
	int dirfd;

	state_path(terminal, "", path);
	dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dirfd >= 0);
	return dirfd;
}

/* An event that the engine will never take: nothing is granted on it, it does not hold up the
 * others, and it is counted until that is told. */
static void test_engine_refuses(void **state)
{
	static const int errors[] = {EBADMSG, EMSGSIZE, ERANGE};
	struct terminal *terminal = *state;
	struct record_request record = {.kind = "login.refused", .id = "x", .fields = "{}"};
	_cleanup_close_ int dirfd = open_state(terminal);
	struct outcome outcome;
	uint64_t dropped = 0;

	enrol(terminal);
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		terminal->engine_error = errors[i];
		terminal_engine(terminal, true);
		outcome = visit(terminal, PIN);
		assert_int_equal(outcome.verdict, VERDICT_BROKEN);
		assert_non_null(strstr(outcome.text, "[S-2202]"));
		assert_int_equal(outcome.exit_status, 10); /* there is something to tell */
		assert_int_equal(spool_add(dirfd, "spool", SPOOL_GRANT, &record), 0);
		assert_int_equal(terminal_flush(terminal), 10);
	}
	/* Each time the grant, its refusal, and what was spooled. */
	assert_int_equal(spool_dropped(dirfd, "spool", 0, &dropped), 0);
	assert_int_equal(dropped, 9);
	terminal->engine_error = 0;
	terminal_engine(terminal, true);
	assert_int_equal(terminal_flush(terminal), 0);
	assert_event(terminal, "store.fault 0 {\"dropped\":\"9\",\"store\":\"spool\"}");
	assert_int_equal(spool_dropped(dirfd, "spool", 0, &dropped), 0);
	assert_int_equal(dropped, 0);
}

/* The engine's disk is full, or in disorder: no fault of the event, which waits. */
static void test_engine_cannot_store(void **state)
{
	static const int errors[] = {ENOSPC, EEXIST, EIO, 1000000 /* nonsense */};
	struct terminal *terminal = *state;
	struct outcome outcome;

	enrol(terminal);
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		terminal->engine_error = errors[i];
		terminal_engine(terminal, true);
		outcome = visit(terminal, PIN);
		assert_int_equal(outcome.verdict, VERDICT_GRANTED);
		assert_int_equal(terminal_flush(terminal), 10);
	}
	terminal->engine_error = 0;
	terminal_engine(terminal, true);
	assert_int_equal(terminal_flush(terminal), 0);
	assert_event(terminal, "login.granted 1 ");
}

/* What authd does at its start makes room for counter and event, whatever fills the disk later. */
static void test_full_and_engine_away(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	enrol(terminal);
	mount_state(terminal, "size=6m,mode=700");
	terminal_engine(terminal, false);
	assert_int_equal(terminal_flush(terminal), 0);
	fill(terminal);
	for (int i = 0; i < 2; i++) {
		outcome = visit(terminal, PIN);
		assert_int_equal(outcome.verdict, VERDICT_GRANTED);
	}
	terminal_engine(terminal, true);
	assert_int_equal(terminal_flush(terminal), 0);
	assert_event(terminal, "login.granted 1 ");
}

/* A damaged slot is counted before it is given up, and the count stays until the engine has it. */
static void test_count_survives(void **state)
{
	struct terminal *terminal = *state;
	struct record_request record = {.kind = "login.refused", .id = "x", .fields = "{}"};
	_cleanup_close_ int dirfd = open_state(terminal);
	_cleanup_close_ int fd = -1;
	uint64_t dropped = 0;

	terminal_engine(terminal, false);
	assert_int_equal(spool_add(dirfd, "spool", SPOOL_GRANT, &record), 0);
	fd = openat(dirfd, "spool", O_RDWR | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "????", 4, SPOOL_SLOT_SIZE + 60), 4);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(terminal_flush(terminal), 10);
		assert_int_equal(spool_dropped(dirfd, "spool", 0, &dropped), 0);
		assert_int_equal(dropped, 1);
	}
	terminal_engine(terminal, true);
	assert_int_equal(terminal_flush(terminal), 0);
	assert_event(terminal, "store.fault 0 {\"dropped\":\"1\",\"store\":\"spool\"}");
}

/* A flush into a slow engine holds up no log-in. */
static void test_slow_engine(void **state)
{
	struct terminal *terminal = *state;
	struct record_request record = {.kind = "login.refused", .id = "x", .fields = "{}"};
	_cleanup_close_ int dirfd = open_state(terminal);
	_cleanup_close_ int fd = -1;
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int64_t started;
	pid_t flusher, adder;
	int status;

	for (size_t i = 0; i < 3; i++)
		assert_int_equal(spool_add(dirfd, "spool", SPOOL_GRANT, &record), 0);
	terminal->engine_ms = 1500;
	terminal_engine(terminal, true);
	flusher = terminal_session(terminal, -1, true);
	usleep(500000);
	started = wire_now();
	assert_int_equal(spool_add(dirfd, "spool", SPOOL_GRANT, &record), 0);
	assert_true(wire_now() - started < 800);
	assert_int_equal(terminal_exit(flusher), 0);
	fd = openat(dirfd, "spool", O_RDWR | O_CLOEXEC);
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &whole), 0);
	/* Who adds, beside a log-in, waits for whoever has the lock: an event is not lost by that.
	 */
	adder = fork();
	if (adder == 0) {
		close(fd);
		_exit(spool_add(dirfd, "spool", SPOOL_GRANT, &record) == 0 ? 0 : 1);
	}
	usleep(2500000);
	assert_int_equal(waitpid(adder, &status, WNOHANG), 0);
	whole.l_type = F_UNLCK;
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &whole), 0);
	assert_int_equal(waitpid(adder, &status, 0), adder);
	assert_int_equal(status, 0);
}

/* Neither engine nor spool: the log-in ends, and says why. */
static void test_spool_stuck(void **state)
{
	struct terminal *terminal = *state;
	_cleanup_close_ int dirfd = open_state(terminal);
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct outcome outcome;
	char text[WORDS_MAX];
	int fd;

	enrol(terminal);
	terminal_engine(terminal, false);
	assert_int_equal(terminal_flush(terminal), 0);
	fd = openat(dirfd, "spool", O_RDWR | O_CLOEXEC);
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &whole), 0);
	outcome = visit(terminal, PIN);
	assert_int_equal(outcome.verdict, VERDICT_BROKEN);
	assert_non_null(strstr(outcome.text, "[S-2206]"));
	terminal_errors(terminal, text);
	assert_non_null(strstr(text, "login.granted "));
	assert_non_null(strstr(text, " is in no record: no disk took it in time"));
	close(fd);
	outcome = visit(terminal, PIN);
	assert_int_equal(outcome.verdict, VERDICT_GRANTED);
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
	snprintf(path, sizeof(path), "%s/roster", terminal->folder);
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

#define MOUNTED(function) cmocka_unit_test_setup_teardown(function, terminal_setup, unmount_state)

int main(void)
{
	const struct CMUnitTest tests[] = {
		MOUNTED(test_full_and_engine_away),
		MOUNTED(test_full_before),
		MOUNTED(test_full_after),
		MOUNTED(test_read_only),
		CASE(test_no_state_directory),
		CASE(test_full_table),
		CASE(test_engine_away),
		CASE(test_spool_full),
		CASE(test_engine_refuses),
		CASE(test_engine_cannot_store),
		CASE(test_count_survives),
		CASE(test_slow_engine),
		CASE(test_spool_stuck),
		CASE(test_wrong_files),
		CASE(test_pin_is_nowhere),
	};

	return cmocka_run_group_tests(tests, own_mounts, NULL);
}
