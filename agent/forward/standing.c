#include "standing.h"

#include "cleanup.h"
#include "file.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WRITE_MS 1000

static const char *const names[] = {
	[STANDING_NONE] = "none", [STANDING_CONNECTING] = "connecting", [STANDING_OPEN] = "open",
	[STANDING_AWAY] = "away", [STANDING_STOPPED] = "stopped",
};
_Static_assert(ARRAY_SIZE(names) == STANDING_STATE_COUNT, "a name for each state");

void standing_begin(struct standing *standing, const char *directory)
{
	*standing = (struct standing){
		.directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.written_at = -WRITE_MS,
	};
}

void standing_set(struct standing *standing, enum standing_state state, const char *host,
		  const char *port, const char *error)
{
	char server[STANDING_PLACE_MAX];

	snprintf(server, sizeof(server), "%s%s%s", host, *host ? ":" : "", port);
	/* While it is tried again, what went wrong last is still what matters. */
	if (state == STANDING_CONNECTING && standing->state == STANDING_AWAY)
		return;
	if (standing->since > 0 && standing->state == state &&
	    strcmp(standing->server, server) == 0 && strcmp(standing->error, error) == 0)
		return;
	if (standing->since == 0 || standing->state != state)
		standing->since = time(NULL);
	standing->state = state;
	memcpy(standing->server, server, sizeof(server));
	snprintf(standing->error, sizeof(standing->error), "%s", error);
	standing->changed = true;
}

void standing_letters(struct standing *standing, const char *error)
{
	if (strcmp(standing->letters, error) == 0)
		return;
	snprintf(standing->letters, sizeof(standing->letters), "%s", error);
	standing->changed = true;
}

int64_t standing_due(const struct standing *standing)
{
	if (standing->directory < 0)
		return INT64_MAX;
	if (!standing->changed && standing->acknowledged == standing->told)
		return INT64_MAX;
	return standing->written_at + WRITE_MS;
}

void standing_write(struct standing *standing, int64_t now)
{
	_cleanup_free_ char *text = NULL;
	json_t *object;

	if (now < standing_due(standing) || standing->directory < 0)
		return;
	standing->written_at = now;
	standing->changed = false;
	standing->told = standing->acknowledged;
	object = json_pack("{s:i, s:s, s:s, s:s, s:I, s:I, s:b, s:I, s:I, s:s}", "pid",
			   (int)getpid(), "state", names[standing->state], "server",
			   standing->server, "error", standing->error, "since",
			   (json_int_t)standing->since, "acknowledged",
			   (json_int_t)standing->acknowledged, "confirmed", !standing->unconfirmed,
			   "set_aside", (json_int_t)standing->set_aside, "passed_over",
			   (json_int_t)standing->passed_over, "letters", standing->letters);
	if (object)
		text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	if (text)
		file_write_atomic(standing->directory, STANDING_FILE, text, strlen(text), 0644);
}
