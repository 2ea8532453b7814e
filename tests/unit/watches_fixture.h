/* Log-ins in their files, sessions as logind would tell them, and what is watched of them. */
#ifndef TESTS_WATCHES_FIXTURE_H
#define TESTS_WATCHES_FIXTURE_H

#include "agent/presence/watches.h"
#include "notefile.h"
#include "tree_fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define NOBODY_RUNS 2147483646 /* beyond any process id of the kernel's */
#define LINGER	    60000

struct scene {
	char root[64];
	struct watches watches;
	struct logind logind;
	int64_t now;
	bool unsaved; /* the turn is cut short before it is saved */
};

static inline int open_below(const struct scene *scene, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", scene->root, name);
	if (mkdir(path, 0755) < 0)
		assert_int_equal(errno, EEXIST);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static inline int setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	snprintf(scene->root, sizeof(scene->root), "/tmp/sekisho-watches-XXXXXX");
	assert_non_null(mkdtemp(scene->root));
	scene->watches.notes = open_below(scene, "notes");
	scene->watches.run = open_below(scene, "run");
	scene->now = 1000000;
	*state = scene;
	return 0;
}

static inline int teardown(void **state)
{
	struct scene *scene = *state;

	watches_release(&scene->watches);
	close(scene->watches.notes);
	close(scene->watches.run);
	assert_int_equal(tree_remove(scene->root), 0);
	free(scene);
	return 0;
}

static inline void put(const struct scene *scene, const char *id, const char *user,
		       const char *service, const char *tty, int32_t pid)
{
	struct login_note note = {
		.asked.pid = pid, .at_ms = scene->now, .at_boottime_ms = scene->now};

	snprintf(note.id, sizeof(note.id), "%s", id);
	snprintf(note.user, sizeof(note.user), "%s", user);
	snprintf(note.service, sizeof(note.service), "%s", service);
	snprintf(note.tty, sizeof(note.tty), "%s", tty);
	snprintf(note.credential, sizeof(note.credential), "credential-%s", id);
	snprintf(note.key.instance, sizeof(note.key.instance), "0003:1050:0407.%s", id);
	note.key_id_length = 2;
	assert_int_equal(loginnote_write(scene->watches.notes, &note), 0);
}

/* The program went on with it. */
static inline void go_on(const struct scene *scene, const char *id)
{
	assert_int_equal(notefile_open(scene->watches.notes, id), 0);
}

static inline void put_opened(const struct scene *scene, const char *id, const char *user,
			      const char *service, const char *tty, int32_t pid)
{
	put(scene, id, user, service, tty, pid);
	go_on(scene, id);
}

/* hanako's without a key that is watched: by a code, by a substitute. @ends_at_ms: 0, it may go on.
 */
static inline void put_keyless(const struct scene *scene, const char *id, const char *service,
			       const char *tty, int32_t pid, int64_t ends_at_ms)
{
	struct login_note note = {.asked.pid = pid,
				  .at_ms = scene->now,
				  .at_boottime_ms = scene->now,
				  .ends_at_ms = ends_at_ms};

	snprintf(note.id, sizeof(note.id), "%s", id);
	snprintf(note.user, sizeof(note.user), "hanako");
	snprintf(note.service, sizeof(note.service), "%s", service);
	snprintf(note.tty, sizeof(note.tty), "%s", tty);
	assert_int_equal(loginnote_write(scene->watches.notes, &note), 0);
}

/* Good for an hour, and it went on. */
static inline void put_end(const struct scene *scene, const char *id, const char *service,
			   const char *tty, int32_t pid)
{
	put_keyless(scene, id, service, tty, pid, scene->now + 3600000);
	go_on(scene, id);
}

static inline struct session *add(struct scene *scene, const char *name, const char *user,
				  const char *service, uint32_t leader)
{
	struct session *session = &scene->logind.sessions[scene->logind.count++];

	*session = (struct session){
		.leader = leader, .since_ms = scene->now, .graphical = true, .person = true};
	snprintf(session->name, sizeof(session->name), "%s", name);
	snprintf(session->user, sizeof(session->user), "%s", user);
	snprintf(session->service, sizeof(session->service), "%s", service);
	snprintf(session->tty, sizeof(session->tty), "tty2");
	return session;
}

static inline void settle(struct scene *scene, int64_t later)
{
	scene->now += later;
	watches_settle(&scene->watches, &scene->logind, true, scene->now);
	if (!scene->unsaved)
		assert_int_equal(watches_save(&scene->watches), 0);
}

static inline struct watched *watched(struct scene *scene, const char *session)
{
	for (size_t i = 0; i < WATCHES_MAX; i++)
		if (strcmp(scene->watches.list[i].session, session) == 0)
			return &scene->watches.list[i];
	return NULL;
}

static inline void assert_watched(struct scene *scene, const char *session, const char *id)
{
	const struct watched *found = watched(scene, session);

	if (!found)
		fail_msg("session %s is not watched", session);
	assert_string_equal(found->note.id, id);
}

static inline bool is_left(const struct scene *scene, const char *name)
{
	return faccessat(scene->watches.notes, name, F_OK, 0) == 0;
}

static inline void remove_key(struct scene *scene, const char *session)
{
	struct watched *found = watched(scene, session);

	found->watch.state = WATCH_REMOVED;
	found->watch.removed_at = scene->now;
	found->watch.locked = true;
}

static inline void begin_desktop(struct scene *scene)
{
	put(scene, "aa", "hanako", "gdm-password", "/dev/tty1", getpid());
	add(scene, "3", "hanako", "gdm-password", (uint32_t)getpid());
	settle(scene, 0);
	assert_watched(scene, "3", "aa");
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

#endif
