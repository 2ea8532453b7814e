/* An engine in a thread that has one answer to all that it is asked to record. */
#ifndef SEKISHO_ANSWERING_FIXTURE_H
#define SEKISHO_ANSWERING_FIXTURE_H

#include "journal_fixture.h"

#include "wire.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>

struct answering {
	char folder[64], path[96];
	int directory, listener;
	uint32_t answer;
	unsigned int asked;
	struct record_request last;
	pthread_t thread;
};

static inline void *answering_serve(void *user)
{
	struct answering *engine = user;

	for (;;) {
		int fd = accept(engine->listener, NULL, NULL);
		const struct record_reply reply = {.error = engine->answer, .sequence = 1};

		if (fd < 0)
			return NULL;
		if (wire_receive(fd, &record_request_layout, &engine->last, WIRE_NO_DEADLINE) ==
		    0) {
			engine->asked++;
			if (engine->answer != ETIMEDOUT)
				wire_send(fd, &record_reply_layout, &reply, WIRE_NO_DEADLINE);
			else
				wire_receive(fd, &record_reply_layout, &(struct record_reply){},
					     WIRE_NO_DEADLINE);
		}
		close(fd);
	}
}

static inline int answering_setup(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct answering *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return -1;
	snprintf(engine->folder, sizeof(engine->folder), "/tmp/sekisho-answering-XXXXXX");
	if (!mkdtemp(engine->folder))
		return -1;
	snprintf(engine->path, sizeof(engine->path), "%s/socket", engine->folder);
	memcpy(address.sun_path, engine->path, strlen(engine->path) + 1);
	engine->directory = open(engine->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	engine->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (bind(engine->listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(engine->listener, 4) < 0 ||
	    pthread_create(&engine->thread, NULL, answering_serve, engine) != 0)
		return -1;
	*state = engine;
	return 0;
}

static inline int answering_teardown(void **state)
{
	struct answering *engine = *state;

	shutdown(engine->listener, SHUT_RDWR);
	pthread_join(engine->thread, NULL);
	close(engine->listener);
	unlinkat(engine->directory, "socket", 0);
	close(engine->directory);
	rmdir(engine->folder);
	free(engine);
	return 0;
}

/* Of the last that was asked for. */
static inline const char *field(const struct answering *engine, const char *name)
{
	static char value[512];
	json_t *fields = json_loads(engine->last.fields, 0, NULL);

	snprintf(value, sizeof(value), "%s", json_string_value(json_object_get(fields, name)));
	json_decref(fields);
	return value;
}

#endif
