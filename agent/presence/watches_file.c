/* What has to be known of the watched sessions after a restart. */
#include "watches.h"

#include "cleanup.h"
#include "file.h"
#include "notefile.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define FILE_NAME "watches"
#define FILE_MAX  65536

static json_t *pack(const struct watched *watched)
{
	const struct watch *watch = &watched->watch;

	return json_pack("{s:s, s:b, s:s, s:s, s:s, s:i, s:I, s:b, s:b, s:b, s:b}", "id",
			 watched->note.id, "opened", watched->note.opened, "session",
			 watched->session, "instance", watched->key.instance, "identity",
			 watched->key.identity, "state", (int)watch->state, "removed_at",
			 (json_int_t)watch->removed_at, "locked", watch->locked, "again",
			 watch->again, "exposed", watch->exposed, "ended", watch->ended);
}

static int save(struct watches *watches)
{
	json_t *list = json_array();
	char *text;
	int r;

	for (size_t i = 0; list && i < WATCHES_MAX; i++)
		if (watches->list[i].session[0])
			json_array_append_new(list, pack(&watches->list[i]));
	text = list ? json_dumps(list, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	json_decref(list);
	if (!text)
		return -ENOMEM;
	if (watches->saved && strcmp(text, watches->saved) == 0) {
		free(text);
		return 0;
	}
	r = file_write_atomic(watches->run, FILE_NAME, text, strlen(text), 0600);
	free(watches->saved);
	watches->saved = r < 0 ? NULL : text;
	if (r < 0)
		free(text);
	return r;
}

void watches_retire(struct watches *watches, const char *id)
{
	if (watches->n_retired == WATCHES_MAX) {
		notefile_remove(watches->notes, id);
		return;
	}
	memcpy(watches->retired[watches->n_retired++], id, PROTOCOL_ID_MAX);
}

bool watches_is_retired(const struct watches *watches, const char *id)
{
	for (size_t i = 0; i < watches->n_retired; i++)
		if (strcmp(watches->retired[i], id) == 0)
			return true;
	return false;
}

int watches_save(struct watches *watches)
{
	int r = save(watches);

	if (r < 0)
		return r;
	while (watches->n_retired > 0)
		notefile_remove(watches->notes, watches->retired[--watches->n_retired]);
	return 0;
}

static void unpack(struct watches *watches, json_t *object)
{
	const char *id, *session, *instance, *identity;
	struct watched watched = {};
	struct watched *place = watches_find_free(watches);
	int opened, state, locked, again, exposed, ended;
	char name[NOTEFILE_NAME_MAX];
	json_int_t removed_at;

	if (!place ||
	    json_unpack(object, "{s:s, s:b, s:s, s:s, s:s, s:i, s:I, s:b, s:b, s:b, s:b}", "id",
			&id, "opened", &opened, "session", &session, "instance", &instance,
			"identity", &identity, "state", &state, "removed_at", &removed_at, "locked",
			&locked, "again", &again, "exposed", &exposed, "ended", &ended) < 0 ||
	    strlen(session) >= sizeof(watched.session) ||
	    strlen(instance) >= sizeof(watched.key.instance) ||
	    strlen(identity) >= sizeof(watched.key.identity) || state < WATCH_PRESENT ||
	    state > WATCH_REMOVED)
		return;
	/* Its name may have changed since. */
	snprintf(name, sizeof(name), "%.60s" NOTEFILE_OPENED, id);
	if (loginnote_read(watches->notes, name, &watched.note) < 0 &&
	    loginnote_read(watches->notes, id, &watched.note) < 0)
		return;
	memcpy(watched.session, session, strlen(session));
	memcpy(watched.key.instance, instance, strlen(instance));
	memcpy(watched.key.identity, identity, strlen(identity));
	/* One that was missing is missed anew. */
	watched.watch = (struct watch){
		.state = state == WATCH_REMOVED ? WATCH_REMOVED : WATCH_PRESENT,
		.removed_at = removed_at,
		.locked = locked != 0,
		.again = again != 0,
		.exposed = exposed != 0,
		.ended = ended != 0,
	};
	*place = watched;
}

void watches_load(struct watches *watches)
{
	_cleanup_close_ int fd = openat(watches->run, FILE_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_free_ char *text = NULL;
	json_t *list;
	size_t length;

	/* Without it each log-in's file finds its session by who leads it. */
	if (fd < 0 || file_read_all(fd, FILE_MAX, &text, &length) < 0)
		return;
	list = json_loads(text, 0, NULL);
	for (size_t i = 0; i < json_array_size(list); i++)
		unpack(watches, json_array_get(list, i));
	json_decref(list);
}
