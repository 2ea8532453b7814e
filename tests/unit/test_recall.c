/* A request to send again that came over the network: the collector's alone, for this journal
 * alone, obeyed once. */
#include "letter_fixture.h"

#include "agent/forward/recall.h"
#include "resend.h"

struct scene {
	struct sender sender;
	struct collectors collectors;
	struct recall recall;
	struct journal_header header;
	struct acknowledged acknowledged;
};

static int set_up_scene(void **state)
{
	const struct journal_segment first = {.first = 1};
	struct scene *scene = calloc(1, sizeof(*scene));

	if (!scene || sender_begin(state, &scene->sender) < 0)
		return -1;
	snprintf(scene->collectors.name, sizeof(scene->collectors.name), "%s", NAME);
	snprintf(scene->collectors.authority, sizeof(scene->collectors.authority),
		 "%s/authority.pem", directory);
	scene->recall = (struct recall){&scene->collectors, scene->sender.journal->dirfd,
					open(output, O_RDONLY | O_DIRECTORY | O_CLOEXEC), NULL};
	assert_int_equal(
		journal_segment_header(scene->sender.journal->dirfd, &first, &scene->header), 0);
	scene->acknowledged.head.sequence = 300;
	scene->acknowledged.generation = 7;
	*state = scene;
	return 0;
}

static int tear_down_scene(void **state)
{
	struct scene *scene = *state;
	int r;

	close(scene->recall.state);
	r = sender_end(state, &scene->sender);
	free(scene);
	return r;
}

static struct resend_request request_for(const struct scene *scene, uint64_t first,
					 unsigned int hour)
{
	struct resend_request request = {.letter = {.terminal = "pc-01"}, .first = first};

	memcpy(request.letter.host, scene->header.host, sizeof(request.letter.host));
	memcpy(request.letter.epoch, scene->header.epoch, sizeof(request.letter.epoch));
	snprintf(request.letter.time, sizeof(request.letter.time), "2026-11-25T%02u:35:00.000000Z",
		 hour % 24);
	return request;
}

static int give(const struct scene *scene, const struct resend_request *request,
		struct acknowledged *position)
{
	size_t length;
	char *text;
	int r;

	assert_int_equal(resend_sign(request, scene->sender.pem, scene->sender.key, &text, &length),
			 0);
	r = recall_take(&scene->recall, &scene->header, &scene->acknowledged, text, position);
	free(text);
	return r;
}

static int ask(const struct scene *scene, uint64_t first, unsigned int hour,
	       struct acknowledged *position)
{
	const struct resend_request request = request_for(scene, first, hour);

	return give(scene, &request, position);
}

/* From every place of the journal it is the place before, with its hash. */
static void the_place_is_the_one_before(void **state)
{
	struct scene *scene = *state;
	struct journal_cursor *cursor = malloc(sizeof(*cursor));
	uint8_t hash[JOURNAL_HASH_SIZE] = {};
	struct journal_record record;
	struct journal_span line;

	assert_non_null(cursor);
	journal_cursor_begin(cursor, scene->sender.journal->dirfd, false);
	while (journal_cursor_next(cursor, &record, &line) == 1 && record.sequence <= 300) {
		struct acknowledged position = {};

		assert_int_equal(ask(scene, record.sequence, (unsigned int)record.sequence % 2 + 1,
				     &position),
				 1);
		assert_int_equal(position.head.sequence, record.sequence - 1);
		assert_string_equal(position.epoch, scene->header.epoch);
		assert_int_equal(position.generation, 7);
		if (record.sequence > 1)
			assert_memory_equal(position.head.hash, hash, sizeof(hash));
		memcpy(hash, record.hash, sizeof(hash));
		unlinkat(scene->recall.state, RECALL_FILE, 0);
	}
	journal_cursor_end(cursor);
	free(cursor);
}

static void it_is_obeyed_once(void **state)
{
	struct scene *scene = *state;
	struct acknowledged position;

	assert_int_equal(ask(scene, 10, 5, &position), 1);
	/* The same, the same of another night, an older one. */
	assert_int_equal(ask(scene, 10, 5, &position), 0);
	assert_int_equal(ask(scene, 10, 6, &position), 0);
	assert_int_equal(ask(scene, 20, 5, &position), 0);
	assert_int_equal(ask(scene, 20, 4, &position), 0);
	assert_int_equal(ask(scene, 20, 6, &position), 1);
	assert_int_equal(ask(scene, 10, 5, &position), 0);
	/* What was kept is damaged: the request counts. */
	put(output, RECALL_FILE, "nonsense", 0600);
	assert_int_equal(ask(scene, 20, 6, &position), 1);
}

/* What comes anyway needs no going back. */
static void it_never_goes_forward(void **state)
{
	struct scene *scene = *state;
	struct acknowledged position;

	scene->acknowledged.head.sequence = 9;
	assert_int_equal(ask(scene, 10, 5, &position), 0);
	assert_int_equal(faccessat(scene->recall.state, RECALL_FILE, F_OK, 0), -1);
	assert_int_equal(ask(scene, 9, 5, &position), 1);
}

static void what_is_wrong_is_refused(void **state)
{
	struct scene *scene = *state;
	struct resend_request request = request_for(scene, 10, 5);
	struct acknowledged position;

	request.letter.epoch[0] = request.letter.epoch[0] == '0' ? '1' : '0';
	assert_int_equal(give(scene, &request, &position), -EXDEV);
	assert_int_equal(recall_take(&scene->recall, &scene->header, &scene->acknowledged,
				     "nonsense", &position),
			 -EKEYREJECTED);
	scene->acknowledged.head.sequence = 100000;
	assert_int_equal(ask(scene, 90000, 5, &position), -ENODATA);
	scene->recall.state = -1;
	assert_true(ask(scene, 10, 5, &position) < 0);
	snprintf(scene->collectors.name, sizeof(scene->collectors.name), "log2.example.lg.jp");
	assert_int_equal(ask(scene, 10, 5, &position), -EKEYREJECTED);
	scene->collectors.authority[0] = '\0';
	assert_true(ask(scene, 10, 5, &position) < 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_scene, tear_down_scene)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_place_is_the_one_before),
		TEST(it_is_obeyed_once),
		TEST(it_never_goes_forward),
		TEST(what_is_wrong_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
