/* A journal with a seal, and what the collector says of it. */
#ifndef SEKISHO_CHECKPOINT_FIXTURE_H
#define SEKISHO_CHECKPOINT_FIXTURE_H

#include "agent/collector/audit.h"
#include "agent/collector/marks.h"
#include "agent/engine/checkpoint.h"
#include "journal_fixture.h"

#include "number.h"
#include "wire.h"

#include <sys/stat.h>

#define ARRIVED	     1795595712 /* 2026-11-25T08:35:12Z */
#define ANOTHER_HOST "ffffffffffffffffffffffffffffffff"
#define LINES_MAX    4096

struct terminal_keys {
	uint8_t private_key[SEAL_KEY_SIZE], ratchet[SEAL_KEY_SIZE];
};

struct scene {
	struct fixture *journal;
	char path[80]; /* of the seal */
	struct checkpoint checkpoint;
	int64_t now;
	struct terminal list[2];
	struct terminals terminals;
	char *lines[LINES_MAX]; /* as the collector has them */
	size_t n_lines;
	char found[1024];
	int days; /* so long after the lines arrived it is judged */
};

static inline void write_seal(const char *path, unsigned int seed, struct terminal *ret_terminal)
{
	struct terminal_keys keys;
	char private_key[2 * SEAL_KEY_SIZE + 1], ratchet[2 * SEAL_KEY_SIZE + 1];
	FILE *file;

	memset(keys.private_key, (int)seed, sizeof(keys.private_key));
	memset(keys.ratchet, (int)seed + 100, sizeof(keys.ratchet));
	hex_format(keys.private_key, SEAL_KEY_SIZE, private_key);
	hex_format(keys.ratchet, SEAL_KEY_SIZE, ratchet);
	unlink(path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fchmod(fileno(file), 0600), 0);
	fprintf(file, "# Sekisho: the seal of NAME.\n[Seal]\nSigning=%s\nPeriod=0\nRatchet=%s\n",
		private_key, ratchet);
	assert_int_equal(fclose(file), 0);
	snprintf(ret_terminal->name, sizeof(ret_terminal->name), "counter-%u", seed);
	assert_int_equal(seal_public_key(keys.private_key, ret_terminal->public_key), 0);
	seal_key_id(ret_terminal->public_key, ret_terminal->key_id);
	memcpy(ret_terminal->first_key, keys.ratchet, SEAL_KEY_SIZE);
	ret_terminal->has_first_key = true;
}

/* The one key of a seal, as seal.pub has it. */
static inline struct sealkeys fixture_keys(const uint8_t *public_key)
{
	struct sealkeys keys = {.count = 1};

	memcpy(keys.list[0].public_key, public_key, SEAL_KEY_SIZE);
	seal_key_id(public_key, keys.list[0].id);
	return keys;
}

static inline int by_key(const void *left, const void *right)
{
	return strcmp(((const struct terminal *)left)->key_id,
		      ((const struct terminal *)right)->key_id);
}

static inline void load_seal(struct scene *scene)
{
	struct config_error error;

	if (sealer_open(scene->path, &scene->checkpoint.sealer, &error) < 0)
		fail_msg("%s", error.text);
}

static inline int setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	char other[80];

	if (!scene || fixture_setup((void **)&scene->journal) < 0)
		return -1;
	snprintf(scene->path, sizeof(scene->path), "%s.seal", scene->journal->path);
	snprintf(other, sizeof(other), "%s.other", scene->journal->path);
	write_seal(other, 2, &scene->list[1]);
	unlink(other);
	write_seal(scene->path, 1, &scene->list[0]);
	qsort(scene->list, 2, sizeof(scene->list[0]), by_key);
	scene->terminals = (struct terminals){.list = scene->list, .count = 2};
	fixture_open(scene->journal);
	scene->checkpoint.journal = scene->journal->journal;
	scene->now = 1000;
	load_seal(scene);
	*state = scene;
	return 0;
}

static inline int teardown(void **state)
{
	struct scene *scene = *state;

	sealer_close(&scene->checkpoint.sealer);
	unlink(scene->path);
	for (size_t i = 0; i < scene->n_lines; i++)
		free(scene->lines[i]);
	for (size_t i = 0; i < 2; i++)
		free(scene->list[i].stops);
	fixture_teardown((void **)&scene->journal);
	free(scene);
	return 0;
}

static inline void tick(struct scene *scene, int64_t milliseconds)
{
	scene->now += milliseconds;
	checkpoint_tick(&scene->checkpoint, scene->now);
}

static inline uint64_t head(const struct scene *scene)
{
	struct journal_head end;

	journal_head(scene->journal->journal, &end);
	return end.sequence;
}

/* Takes the journal to the collector, under the name of @host. */
static inline void send(struct scene *scene, const char *host)
{
	struct journal_segment *segments;
	struct journal_header header;
	struct journal_cursor *cursor = malloc(sizeof(*cursor));
	struct journal_record record;
	struct journal_span line;
	size_t count;

	assert_non_null(cursor);
	assert_int_equal(journal_segment_list(scene->journal->dirfd, &segments, &count, NULL), 0);
	assert_int_equal(journal_segment_header(scene->journal->dirfd, segments, &header), 0);
	free(segments);
	journal_cursor_begin(cursor, scene->journal->dirfd, false);
	while (journal_cursor_next(cursor, &record, &line) == 1) {
		assert_true(scene->n_lines < LINES_MAX);
		assert_true(asprintf(&scene->lines[scene->n_lines++],
				     "2026-11-25T08:35:12Z 192.0.2.7 [sekisho@32473 h=\"%s\" "
				     "e=\"%s\" n=\"%" PRIu64 "\" x=\"%.64s\"] %.*s",
				     host, header.epoch, record.sequence, line.bytes,
				     (int)line.length - 65, line.bytes + 65) > 0);
	}
	journal_cursor_end(cursor);
	free(cursor);
}

static inline void note(void *user, const struct audit_finding *finding)
{
	struct scene *scene = user;
	size_t used = strlen(scene->found);

	snprintf(scene->found + used, sizeof(scene->found) - used, "%s%s %llu-%llu",
		 used ? ", " : "", audit_damage_name(finding->damage),
		 (unsigned long long)finding->sequence, (unsigned long long)finding->last);
}

static inline void keep(void *user, const struct audit_chain *chain)
{
	*(struct audit_chain *)user = *chain;
}

/* Judges lines @first to @last, both counted from 1. */
static inline struct audit_chain expect_of(struct scene *scene, size_t first, size_t last,
					   const char *findings)
{
	struct audit_chain chain = {};
	struct audit audit;

	scene->found[0] = '\0';
	assert_int_equal(audit_begin(&audit, &scene->terminals, "/tmp", note, scene), 0);
	audit.now = ARRIVED + 60 + (time_t)scene->days * 24 * 3600;
	for (size_t i = first; i <= last; i++)
		assert_int_equal(
			audit_line(&audit, scene->lines[i - 1], strlen(scene->lines[i - 1])), 0);
	assert_int_equal(audit_end(&audit), 0);
	audit_each(&audit, keep, &chain);
	audit_release(&audit);
	assert_string_equal(scene->found, findings);
	return chain;
}

static inline struct audit_chain expect(struct scene *scene, const char *findings)
{
	return expect_of(scene, 1, scene->n_lines, findings);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* Judges lines @first to @last with the marks in @path, and keeps what is verified by then there.
 */
static inline struct audit_chain expect_with_marks(struct scene *scene, const char *path,
						   size_t first, size_t last, const char *findings)
{
	struct audit_chain chain = {};
	struct audit audit;
	uint64_t count;

	scene->found[0] = '\0';
	assert_int_equal(audit_begin(&audit, &scene->terminals, "/tmp", note, scene), 0);
	audit.now = ARRIVED + 60;
	assert_int_equal(marks_load(path, getuid(), &audit, &count), 0);
	for (size_t i = first; i <= last; i++)
		assert_int_equal(
			audit_line(&audit, scene->lines[i - 1], strlen(scene->lines[i - 1])), 0);
	assert_int_equal(audit_end(&audit), 0);
	audit_each(&audit, keep, &chain);
	assert_int_equal(marks_save(path, &audit), 0);
	audit_release(&audit);
	assert_string_equal(scene->found, findings);
	return chain;
}

#endif
