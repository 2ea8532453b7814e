/* Whether this terminal's clock and that of the web server with the collector's letters agree, told
 * as events of our own: clock.differs, clock.agrees. One at the first comparison, then as it
 * changes, once in CLOCKS_PAUSE_MS at most. What the engine does not take is told at the next
 * comparison, if it is still so. */
#ifndef SEKISHO_CLOCKS_H
#define SEKISHO_CLOCKS_H

#include "collectors.h"

#include <stdbool.h>
#include <stdint.h>

#define CLOCKS_DIFFER_S	 60 /* more than this do clocks differ; as sekisho doctor says */
#define CLOCKS_AGREE_S	 30 /* and agree again at this, so that it does not go to and fro */
#define CLOCKS_PAUSE_MS	 3600000
#define CLOCKS_ENGINE_MS 500

struct clocks {
	const char *socket; /* the engine's, borrowed */
	bool compared; /* .differ was told */
	bool differ;
	int64_t again_at; /* monotonic, ms: nothing is told before */
};

void clocks_begin(struct clocks *clocks, const char *socket);

/* @server's clock was so many seconds @ahead of ours at @now (monotonic, ms); negative: behind. The
 * engine is waited for no longer than CLOCKS_ENGINE_MS. */
void clocks_compare(struct clocks *clocks, const struct collector *server, int64_t ahead,
		    int64_t now);

#endif
