#include "probe.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>

static json_t *strangers_of(const struct probe *probe)
{
	json_t *object = json_object();

	for (size_t i = 0; i < STRANGER_COUNT; i++)
		if (probe->strangers[i])
			json_object_set_new(object, strangers_words[i],
					    json_string(probe->strangers[i]));
	return object;
}

/* @asks: what it is looked at for. */
static int tell(const char *asks, const struct collectors *collectors,
		const struct collector *server, const struct probe *probe)
{
	const bool well = probe->failed == PROBE_STAGE_COUNT;
	json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:I, s:I}", "asks",
				   asks, "host", server->host, "port", server->port, "name",
				   collectors_name(collectors, server), "failed",
				   well ? "" : probe_stages[probe->failed], "reason",
				   trouble_words[probe->trouble], "error", probe->error,
				   "strangers", strangers_of(probe), "until",
				   (json_int_t)probe->until, "status", (json_int_t)probe->status);
	int r;

	if (!object)
		return -ENOMEM;
	if (probe->dated)
		json_object_set_new(object, "ahead", json_integer(probe->ahead));
	r = json_dumpf(object, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(object);
	return r < 0 || putchar('\n') == EOF || fflush(stdout) == EOF ? -EIO : 0;
}

int probe_all(const struct collectors *collectors)
{
	struct probe probe;
	int r = 0;

	for (size_t i = 0; r == 0 && i < collectors->count; i++) {
		probe_run(collectors, &collectors->servers[i], &probe);
		r = tell("events", collectors, &collectors->servers[i], &probe);
	}
	if (r < 0 || collectors->letters[0] == '\0')
		return r;
	probe_letters(collectors, &probe);
	return tell("letters", collectors, &collectors->letters_server, &probe);
}
