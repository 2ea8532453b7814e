/* 10,000 people with 20,000 keys: a log-in reads next to nothing more than with ten people. What it
 * costs is told, not judged: `test_large 40` tells it of so many log-ins each. By the processes
 * that it names tests/host/roster-cost counts instructions. */
#include "terminal.h"

#include "cleanup.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANY	 10000
#define READ_MAX 65536 /* bytes of the roster */

static size_t log_ins = 2;

/* Bytes that a process has read, which has ended and was not waited for. */
static uint64_t bytes_read(pid_t pid)
{
	char path[32], line[64];
	char *end = NULL;
	uint64_t bytes;
	siginfo_t info;
	FILE *file;

	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	snprintf(path, sizeof(path), "/proc/%d/io", pid);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	assert_int_equal(fclose(file), 0);
	bytes = strtoull(line + strlen("rchar: "), &end, 10);
	assert_int_equal(*end, '\n');
	return bytes;
}

/* Writes a roster of @count people with a period and two keys each, and the person's key in the
 * middle. */
static void write_roster(const struct terminal *terminal, unsigned int count)
{
	_cleanup_rosterfile_ struct rosterfile roster = {};
	struct roster_person *person = calloc(1, sizeof(*person));
	char path[128];

	assert_non_null(person);
	for (unsigned int i = 0; i <= count; i++) {
		person->n_periods = 1;
		person->n_entries = i == count / 2 ? 1 : 2;
		for (size_t key = 0; key < 2; key++) {
			struct roster_entry *entry = &person->entries[key];

			*entry = terminal->entries[0];
			memcpy(entry->credential + 8, &i, sizeof(i));
			entry->credential[0] = (uint8_t)key;
			snprintf(entry->user, sizeof(entry->user), "u%05u", i);
		}
		if (i == count / 2)
			person->entries[0] = terminal->entries[0];
		person->periods[0] = (struct roster_period){.from = 20260401};
		snprintf(person->periods[0].user, ROSTER_USER_MAX, "%s", person->entries[0].user);
		assert_int_equal(rosterfile_append(&roster, person), 0);
	}
	free(person);
	assert_int_equal(roster.count, 2 * count + 1);
	snprintf(path, sizeof(path), "%s/roster", terminal->folder);
	assert_int_equal(rosterfile_save(path, &roster), 0);
}

static int64_t processor_us(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_CHILDREN, &usage), 0);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL +
	       usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

/* Logs in so many times; the bytes that the last one read. */
static uint64_t log_in(struct terminal *terminal, const char *what)
{
	const struct visit visit = {.user = terminal->entries[0].user, .pin = PIN};
	const int64_t before = processor_us();
	uint64_t bytes = 0;

	for (size_t i = 0; i < log_ins; i++) {
		struct attempt attempt = terminal_begin(terminal, &visit);
		struct outcome outcome = terminal_talk(terminal, &visit, &attempt);

		close(attempt.fd);
		bytes = bytes_read(attempt.pid);
		outcome.exit_status = terminal_exit(attempt.pid);
		assert_verdict(&outcome, VERDICT_GRANTED);
		print_message("%s: process %d\n", what, attempt.pid);
	}
	print_message("%s: %lld us of the processor each\n", what,
		      (long long)(processor_us() - before) / (long long)log_ins);
	return bytes;
}

static void test_many_people(void **state)
{
	struct terminal *terminal = *state;
	uint64_t few, many;

	PLUG(terminal, 0);
	terminal_enrol(terminal, 0, "u00005", PIN);
	write_roster(terminal, 10);
	few = log_in(terminal, "10 people");
	snprintf(terminal->entries[0].user, ROSTER_USER_MAX, "u%05u", MANY / 2);
	write_roster(terminal, MANY);
	many = log_in(terminal, "10,000 people");
	print_message("bytes read: %llu with 10 people, %llu with 10,000\n",
		      (unsigned long long)few, (unsigned long long)many);
	/* Its children's count too, and one more writes the spool where this machine is busy. */
	assert_in_range(few, 1, UINT32_MAX);
	assert_in_range(many, 1, few + READ_MAX);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {CASE(test_many_people)};

	if (argc > 1)
		log_ins = strtoul(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
