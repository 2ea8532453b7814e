/* what a log-in leaves for sekisho-presence, with the real session and software keys, and
 * that without it nobody is let in where the key is to be watched. */
#include "second_fixture.h"

#include "loginnote.h"
#include "notefile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define WATCHED	   PATIENT "[Removal]\nAction=lock\n"
#define INSTANCE   "0003:1209:0001.0007"
#define DEVICE_DIR "devices/virtual/misc/uhid/" INSTANCE

static void make(const struct terminal *terminal, const char *path)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "%s/%s", terminal->folder, path);
	for (char *slash = strchr(whole + strlen(terminal->folder) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(whole, 0755);
		*slash = '/';
	}
	mkdir(whole, 0755);
}

static void link_to(const struct terminal *terminal, const char *target, const char *path)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "%s/%s", terminal->folder, path);
	assert_int_equal(symlink(target, whole), 0);
}

static void put(const struct terminal *terminal, const char *path, const char *text)
{
	char whole[256];
	FILE *file;

	snprintf(whole, sizeof(whole), "%s/%s", terminal->folder, path);
	file = fopen(whole, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* hidraw0 as the kernel shows it. */
static void make_sysfs(const struct terminal *terminal)
{
	make(terminal, "sys/class/hidraw");
	make(terminal, "sys/" DEVICE_DIR "/hidraw/hidraw0");
	put(terminal, "sys/" DEVICE_DIR "/uevent", "HID_NAME=Key\n");
	put(terminal, "sys/" DEVICE_DIR "/report_descriptor", "FIDO");
	link_to(terminal, "../../../" INSTANCE, "sys/" DEVICE_DIR "/hidraw/hidraw0/device");
	link_to(terminal, "../../" DEVICE_DIR "/hidraw/hidraw0", "sys/class/hidraw/hidraw0");
}

static int open_notes(const struct terminal *terminal)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/notes", terminal->folder);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static size_t count_notes(const struct terminal *terminal)
{
	DIR *directory = fdopendir(open_notes(terminal));
	const struct dirent *entry;
	size_t count = 0;

	assert_non_null(directory);
	while ((entry = readdir(directory)))
		count += entry->d_name[0] != '.';
	closedir(directory);
	return count;
}

static struct login_note note_of(const struct terminal *terminal, const char *event, bool opened)
{
	struct login_note note;
	char name[NOTEFILE_NAME_MAX];
	int directory = open_notes(terminal);

	snprintf(name, sizeof(name), "%.50s%s", event, opened ? NOTEFILE_OPENED : "");
	assert_int_equal(loginnote_read(directory, name, &note), 0);
	close(directory);
	assert_int_equal(note.opened, opened);
	return note;
}

static struct outcome log_in(struct terminal *terminal, const char *service, bool passes)
{
	return terminal_visit(terminal, &(struct visit){.user = "hanako",
							.service = service,
							.pin = PIN,
							.tty = "/dev/tty2",
							.passes = passes});
}

static void assert_process(const struct process *process, pid_t pid)
{
	struct process now;

	assert_int_equal(process_find(pid, &now), 0);
	assert_int_equal(process->pid, pid);
	assert_int_equal(process->started, now.started);
}

static void test_left(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	struct login_note note;

	make_sysfs(terminal);
	terminal_configure(terminal, WATCHED);
	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	outcome = log_in(terminal, NULL, true);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(count_notes(terminal), 1);
	note = note_of(terminal, outcome.event, true);
	assert_string_equal(note.user, "hanako");
	assert_string_equal(note.service, "login");
	assert_string_equal(note.tty, "/dev/tty2");
	assert_process(&note.asked, getpid());
	assert_process(&note.parent, getppid());
	assert_string_equal(note.rp_id, RP);
	assert_int_equal(note.key_id_length, terminal->entries[0].credential_length);
	assert_memory_equal(note.key_id, terminal->entries[0].credential, note.key_id_length);
	assert_string_equal(note.key.instance, INSTANCE);
	assert_int_equal(strlen(note.key.identity), 64);
	/* A wrong password behind it: the note says no more than that the key was right. */
	outcome = log_in(terminal, NULL, false);
	assert_verdict(&outcome, VERDICT_GRANTED);
	note = note_of(terminal, outcome.event, false);
	assert_string_equal(note.user, "hanako");
}

/* Pulled out before we could look: it counts as gone, not as unknown. */
static void test_gone_already(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	struct login_note note;

	terminal_configure(terminal, WATCHED);
	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	outcome = log_in(terminal, NULL, true);
	assert_verdict(&outcome, VERDICT_GRANTED);
	note = note_of(terminal, outcome.event, true);
	assert_string_equal(note.key.instance, "");
	assert_int_not_equal(strlen(note.credential), 0);
}

static void test_not_left(void **state)
{
	static const char *const within[] = {"sudo", "su", "polkit-1"};
	struct terminal *terminal = *state;
	struct outcome outcome;

	make_sysfs(terminal);
	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	terminal_configure(terminal, PATIENT);
	outcome = log_in(terminal, NULL, true);
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(count_notes(terminal), 0);
	terminal_configure(terminal, WATCHED);
	for (size_t i = 0; i < sizeof(within) / sizeof(*within); i++) {
		outcome = log_in(terminal, within[i], true);
		assert_verdict(&outcome, VERDICT_GRANTED);
	}
	/* A wrong PIN leaves nothing either. */
	outcome = terminal_visit(terminal, &(struct visit){.user = "hanako", .pin = "9999"});
	assert_verdict(&outcome, VERDICT_WRONG);
	assert_int_equal(count_notes(terminal), 0);
}

static void take_notes_away(const struct terminal *terminal)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/notes", terminal->folder);
	assert_int_equal(rmdir(path), 0);
}

/* The removal would go unseen. */
static void test_no_room(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;

	take_notes_away(terminal);
	terminal_configure(terminal, WATCHED);
	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	outcome = log_in(terminal, NULL, false);
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_non_null(strstr(outcome.text, "[S-2201]"));
	assert_event(terminal, "\"reason\":\"presence\"");
	outcome = log_in(terminal, "sudo", true);
	assert_verdict(&outcome, VERDICT_GRANTED);
}

/* What is refused after all takes its note back. */
static void test_withdrawn(void **state)
{
	struct terminal *terminal = *state;
	const struct visit person = {
		.user = "hanako", .pin = PIN, .at_verdict = terminal_release_spool};
	struct outcome outcome;

	make_sysfs(terminal);
	terminal_configure(terminal, WATCHED);
	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	/* The engine will never take the event: nothing is granted. */
	terminal_engine(terminal, false);
	terminal->engine_error = EBADMSG;
	terminal_engine(terminal, true);
	terminal_hold_spool(terminal);
	outcome = terminal_visit(terminal, &person);
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_int_equal(count_notes(terminal), 0);
}

static int64_t now_on(clockid_t clock)
{
	struct timespec now;

	assert_int_equal(clock_gettime(clock, &now), 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct outcome come_without_key(struct terminal *terminal, const char *service)
{
	const char *const answers[] = {"substitute", "hanako", COLLEAGUE_PIN, NULL};

	return terminal_visit(terminal, &(struct visit){.user = "taro",
							.service = service,
							.answers = answers,
							.passes = true});
}

/* what a colleague vouched for is over with the day, whatever is done about keys. */
static void test_substitute(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	struct login_note note;
	int64_t end;

	forget_key(terminal, PATIENT "Substitute=login, sudo\n");
	outcome = come_without_key(terminal, "login");
	assert_verdict(&outcome, VERDICT_GRANTED);
	note = note_of(terminal, outcome.event, true);
	assert_string_equal(note.user, "taro");
	assert_int_equal(note.last_day, roster_today());
	/* hanako may pull her key out. */
	assert_string_equal(note.credential, "");
	end = (int64_t)roster_day_end(roster_today()) * 1000 - now_on(CLOCK_REALTIME);
	assert_in_range(note.ends_at_ms - now_on(CLOCK_BOOTTIME), end - 2000, end + 2000);
	/* Within a session it begins none. */
	outcome = come_without_key(terminal, "sudo");
	assert_verdict(&outcome, VERDICT_GRANTED);
	assert_int_equal(count_notes(terminal), 1);
	notefile_remove(open_notes(terminal), note.id);
	take_notes_away(terminal);
	outcome = come_without_key(terminal, "login");
	assert_verdict(&outcome, VERDICT_BROKEN);
	assert_event(terminal, "\"reason\":\"presence\"");
}

/* the own key at the lock lifts the end, also where nobody asks for keys that are pulled out:
 * then the note has none. It is no reason to refuse anybody. */
static void test_lifted(void **state)
{
	struct terminal *terminal = *state;
	struct outcome outcome;
	struct login_note note = {.id = "0123", .key_id_length = 0, .ends_at_ms = 1};
	int directory = open_notes(terminal);

	make_sysfs(terminal);
	terminal_configure(terminal, PATIENT);
	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "hanako", PIN);
	assert_int_equal(loginnote_write(directory, &note), 0);
	outcome = log_in(terminal, "swaylock", true);
	assert_verdict(&outcome, VERDICT_GRANTED);
	note = note_of(terminal, outcome.event, true);
	assert_string_equal(note.user, "hanako");
	assert_string_equal(note.credential, "");
	assert_string_equal(note.key.instance, "");
	assert_int_equal(note.ends_at_ms, 0);
	notefile_remove(directory, note.id);
	notefile_remove(directory, "0123");
	close(directory);
	take_notes_away(terminal);
	outcome = log_in(terminal, "swaylock", true);
	assert_verdict(&outcome, VERDICT_GRANTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_left),    CASE(test_gone_already), CASE(test_not_left),
		CASE(test_no_room), CASE(test_withdrawn),    CASE(test_substitute),
		CASE(test_lifted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
