#include "clocks.h"

#include "cleanup.h"
#include "event.h"
#include "wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void clocks_begin(struct clocks *clocks, const char *socket)
{
	*clocks = (struct clocks){.socket = socket};
}

static bool differ(const struct clocks *clocks, int64_t ahead)
{
	const int64_t limit = clocks->differ ? CLOCKS_AGREE_S : CLOCKS_DIFFER_S;

	return ahead > limit || ahead < -limit;
}

static int tell(const struct clocks *clocks, enum event_kind kind, const struct collector *server,
		int64_t ahead)
{
	_cleanup_event_ struct event event = {};
	struct record_request record;
	char text[COLLECTORS_HOST + COLLECTORS_PORT];
	int r = event_begin(&event, kind);

	if (r < 0)
		return r;
	snprintf(text, sizeof(text), "%s:%s", server->host, server->port);
	event_set(&event, "collector", text);
	snprintf(text, sizeof(text), "%" PRId64, ahead);
	event_set(&event, "ahead", text);
	r = event_to_record(&event, &record);
	return r < 0 ? r : event_send(clocks->socket, &record, wire_now() + CLOCKS_ENGINE_MS);
}

void clocks_compare(struct clocks *clocks, const struct collector *server, int64_t ahead,
		    int64_t now)
{
	const bool apart = differ(clocks, ahead);
	const enum event_kind kind = apart ? EVENT_CLOCK_DIFFERS : EVENT_CLOCK_AGREES;
	int r;

	if (now < clocks->again_at || (clocks->compared && apart == clocks->differ))
		return;
	r = tell(clocks, kind, server, ahead);
	if (r != 0) {
		fprintf(stderr, "%s is not recorded yet: %s\n", event_rows[kind].name,
			strerror(r < 0 ? -r : r));
		return;
	}
	clocks->compared = true;
	clocks->differ = apart;
	clocks->again_at = now + CLOCKS_PAUSE_MS;
}
