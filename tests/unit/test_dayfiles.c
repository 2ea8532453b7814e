/* L-03: what is stored is on the disk, in a line of its own, under its name; what can't be leaves
 * nothing behind and is stored at the next try. */
#include "agent/collector/dayfiles.h"
#include "audit_fixture.h"
#include "tree_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY   "2026-11-29"
#define TODAY "2026-11-30"

static int flush_error;
static unsigned int flushes;

/* In place of the C library's. */
int fdatasync(int fd)
{
	flushes++;
	if (flush_error) {
		errno = flush_error;
		return -1;
	}
	return fsync(fd);
}

struct place {
	char folder[64];
	struct dayfiles files;
};

static int begin(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	if (!place)
		return -1;
	snprintf(place->folder, sizeof(place->folder), "/tmp/sekisho-dayfiles-XXXXXX");
	if (!mkdtemp(place->folder))
		return -1;
	place->files = (struct dayfiles){.folder = place->folder, .max = 8};
	flush_error = 0;
	*state = place;
	return 0;
}

static int end(void **state)
{
	struct place *place = *state;
	int r;

	dayfiles_close(&place->files);
	r = tree_remove(place->folder);
	free(place);
	return r;
}

static int store_bytes(struct place *place, const char *text, size_t length)
{
	struct dayfiles_record record;

	dayfiles_split(text, length, TODAY, &record);
	return dayfiles_store(&place->files, &record);
}

static int store(struct place *place, const char *text)
{
	return store_bytes(place, text, strlen(text));
}

static const char *path_of(const struct place *place, const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", place->folder, name);
	return path;
}

static void write_file(const struct place *place, const char *name, const char *text)
{
	FILE *file = fopen(path_of(place, name), "we");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void holds(const struct place *place, const char *name, const char *text)
{
	char found[4096] = "";
	FILE *file = fopen(path_of(place, name), "re");

	if (!text) {
		assert_null(file);
		return;
	}
	assert_non_null(file);
	found[fread(found, 1, sizeof(found) - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(found, text);
}

static unsigned int descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned int count = 0;

	assert_non_null(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static void records_are_told_apart(void **state)
{
	static const struct {
		const char *text, *day, *name, *line;
	} rows[] = {
		{DAY " pc-01 a b\n", DAY, "pc-01.log", "a b\n"},
		{DAY " . a\n", DAY, "..log", "a\n"},
		{DAY " ..  a\n", DAY, "...log", " a\n"},
		{DAY " \xff\x01 a\n", DAY, "\xff\x01.log", "a\n"},
		{DAY "  a\n", DAY, DAYFILES_UNKNOWN, "a\n"},
		{DAY " ../x a\n", DAY, DAYFILES_UNKNOWN, "a\n"},
		{DAY " pc-01\n", TODAY, DAYFILES_UNKNOWN, DAY " pc-01\n"},
		{DAY " \n", TODAY, DAYFILES_UNKNOWN, DAY " \n"},
		{DAY, TODAY, DAYFILES_UNKNOWN, DAY},
		{"2026-11-2/ pc-01 a\n", TODAY, DAYFILES_UNKNOWN, "2026-11-2/ pc-01 a\n"},
		{"\n", TODAY, DAYFILES_UNKNOWN, "\n"},
	};
	struct dayfiles_record record;
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		dayfiles_split(rows[i].text, strlen(rows[i].text), TODAY, &record);
		assert_string_equal(record.day, rows[i].day);
		assert_string_equal(record.name, rows[i].name);
		assert_int_equal(record.length, strlen(rows[i].line));
		assert_memory_equal(record.line, rows[i].line, record.length);
	}
	dayfiles_split(DAY " a\0b c\n", sizeof(DAY " a\0b c\n") - 1, TODAY, &record);
	assert_string_equal(record.name, DAYFILES_UNKNOWN);
	for (int length = 250; length < 300; length++) {
		int size = snprintf(text, sizeof(text), DAY " %0*d x\n", length, 0);

		dayfiles_split(text, (size_t)size, TODAY, &record);
		assert_int_equal(strcmp(record.name, DAYFILES_UNKNOWN) == 0, length > 251);
		assert_int_equal(record.length, 2);
	}
}

static void each_file_has_its_own(void **state)
{
	struct place *place = *state;
	unsigned int before = descriptors();
	struct stat status;
	char text[64], name[64];

	umask(0);
	assert_int_equal(store(place, DAY " pc-01 a\n"), 0);
	assert_int_equal(store(place, DAY " pc-02 b\n"), 0);
	assert_int_equal(store_bytes(place, DAY " pc-01 \0\xff\n", 20), 0);
	assert_int_equal(stat(path_of(place, DAY), &status), 0);
	assert_int_equal(status.st_mode, S_IFDIR | 0750);
	assert_int_equal(stat(path_of(place, DAY "/pc-01.log"), &status), 0);
	assert_int_equal(status.st_mode, S_IFREG | 0640);
	assert_int_equal(status.st_size, 5);
	holds(place, DAY "/pc-02.log", "b\n");
	/* No more than so many at a time, and none of another day. */
	for (int i = 0; i < 20; i++) {
		snprintf(text, sizeof(text), DAY " many-%d a\n", i);
		assert_int_equal(store(place, text), 0);
		assert_true(descriptors() <= before + 8);
	}
	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), DAY "/many-%d.log", i);
		holds(place, name, "a\n");
	}
	assert_int_equal(store(place, TODAY " pc-01 c\n"), 0);
	assert_int_equal(descriptors(), before + 1);
	holds(place, TODAY "/pc-01.log", "c\n");
}

/* Each of them would hold up all that comes behind it. */
static void what_can_not_be_a_file_is_kept(void **state)
{
	struct place *place = *state;
	char text[512];

	snprintf(text, sizeof(text), DAY " %0300d long\n", 0);
	assert_int_equal(store(place, text), 1);
	assert_int_equal(store(place, DAY " pc-01 a\n"), 0);
	assert_int_equal(mkdir(path_of(place, DAY "/folder.log"), 0700), 0);
	assert_int_equal(store(place, DAY " folder folder\n"), 1);
	assert_int_equal(symlink("pc-01.log", path_of(place, DAY "/link.log")), 0);
	assert_int_equal(store(place, DAY " link link\n"), 1);
	assert_int_equal(mkfifo(path_of(place, DAY "/fifo.log"), 0600), 0);
	assert_int_equal(store(place, DAY " fifo fifo\n"), 1);
	holds(place, DAY "/unknown.log", "long\nfolder\nlink\nfifo\n");
	holds(place, DAY "/pc-01.log", "a\n");
}

static void what_failed_is_taken_off(void **state)
{
	static const int errors[] = {EIO, ENOSPC, EDQUOT, EROFS};
	struct place *place = *state;

	assert_int_equal(store(place, DAY " pc-01 a\n"), 0);
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		unsigned int before = descriptors();

		flush_error = errors[i];
		flushes = 0;
		assert_int_equal(store(place, DAY " pc-01 b\n"), -errors[i]);
		assert_int_equal(flushes, 1);
		holds(place, DAY "/pc-01.log", "a\n");
		assert_true(descriptors() < before + (i > 0)); /* closed: the first had it open */
		assert_int_equal(store(place, DAY " new n\n"), -errors[i]);
		holds(place, DAY "/new.log", "");
		flush_error = 0;
	}
	assert_int_equal(store(place, DAY " pc-01 b\n"), 0);
	holds(place, DAY "/pc-01.log", "a\nb\n");
}

static void a_torn_end_is_mended(void **state)
{
	struct place *place = *state;
	struct written *written = calloc(1, sizeof(*written));
	char text[4 * LINE_MAX];

	assert_non_null(written);
	write_journal(HOST_A, written);
	assert_int_equal(store(place, DAY " pc-01 a\n"), 0);
	dayfiles_close(&place->files);
	/* What an editor leaves, a whole record without its newline, was acknowledged. */
	write_file(place, DAY "/pc-01.log", written->lines[0]);
	assert_int_equal(store(place, DAY " pc-01 b\n"), 0);
	snprintf(text, sizeof(text), "%s\nb\n", written->lines[0]);
	holds(place, DAY "/pc-01.log", text);
	/* Wherever it was torn; also while we have it open. */
	for (size_t cut = 1; cut < strlen(written->lines[1]); cut += 7) {
		snprintf(text, sizeof(text), "%s\n%.*s", written->lines[0], (int)cut,
			 written->lines[1]);
		write_file(place, DAY "/pc-01.log", text);
		assert_int_equal(store(place, DAY " pc-01 b\n"), 0);
		snprintf(text, sizeof(text), "%s\nb\n", written->lines[0]);
		holds(place, DAY "/pc-01.log", text);
	}
	write_file(place, DAY "/pc-01.log", "torn");
	assert_int_equal(store(place, DAY " pc-01 b\n"), 0);
	holds(place, DAY "/pc-01.log", "b\n");
	free(written);
}

static void what_is_gone_is_made_anew(void **state)
{
	struct place *place = *state;
	char other[512];

	assert_int_equal(store(place, DAY " pc-01 a\n"), 0);
	assert_int_equal(unlink(path_of(place, DAY "/pc-01.log")), 0);
	assert_int_equal(store(place, DAY " pc-01 b\n"), 0);
	holds(place, DAY "/pc-01.log", "b\n");
	snprintf(other, sizeof(other), "%s", path_of(place, "moved"));
	assert_int_equal(rename(path_of(place, DAY "/pc-01.log"), other), 0);
	assert_int_equal(store(place, DAY " pc-01 c\n"), 0);
	holds(place, DAY "/pc-01.log", "c\n");
	snprintf(other, sizeof(other), "%s", path_of(place, "archive"));
	assert_int_equal(rename(path_of(place, DAY), other), 0);
	assert_int_equal(store(place, DAY " pc-01 d\n"), 0);
	holds(place, DAY "/pc-01.log", "d\n");
	assert_int_equal(tree_remove(place->folder), 0);
	assert_int_equal(store(place, DAY " pc-01 e\n"), 0);
	holds(place, DAY "/pc-01.log", "e\n");
}

static void one_writes_at_a_time(void **state)
{
	struct place *place = *state;
	int fd;

	assert_int_equal(store(place, DAY " pc-01 a\n"), 0);
	fd = open(path_of(place, DAY "/pc-01.log"), O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0); /* not kept after a record */
	assert_int_equal(store(place, DAY " pc-01 b\n"), -EWOULDBLOCK);
	holds(place, DAY "/pc-01.log", "a\n");
	close(fd);
	assert_int_equal(store(place, DAY " pc-01 b\n"), 0);
	holds(place, DAY "/pc-01.log", "a\nb\n");
}

#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_told_apart),
		ONE(each_file_has_its_own),
		ONE(what_can_not_be_a_file_is_kept),
		ONE(what_failed_is_taken_off),
		ONE(a_torn_end_is_mended),
		ONE(what_is_gone_is_made_anew),
		ONE(one_writes_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
