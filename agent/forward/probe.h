/* One look at a collector, for `sekisho doctor`: the forwarder's own name, TLS and protocol, step
 * by step, and no event; then once more with each certificate that it has to refuse. It blocks,
 * some ten seconds a step at most. */
#ifndef SEKISHO_PROBE_H
#define SEKISHO_PROBE_H

#include "collectors.h"
#include "request.h"
#include "strangers.h"
#include "trouble.h"

#include <stdint.h>

enum probe_stage {
	PROBE_FILES, /* authority, certificate and key can be used */
	PROBE_NAME, /* it has an address */
	PROBE_CONNECTION, /* somebody listens there */
	PROBE_TLS, /* it is the one, by the pinned authority and the name */
	PROBE_PROTOCOL, /* it takes us, and speaks what is configured */
	PROBE_STAGE_COUNT
};

extern const char *const probe_stages[PROBE_STAGE_COUNT];

struct probe {
	enum probe_stage failed; /* PROBE_STAGE_COUNT: none of them */
	enum trouble trouble;
	char error[REQUEST_ERROR_MAX];
	int64_t until; /* its certificate ends, seconds since 1970; 0: not known */
	/* "refused", "taken"; not known: "missing" and "unfit" as strangers_disguise() says,
	 * "unclear" by what came; NULL: not tried. */
	const char *strangers[STRANGER_COUNT];
	long status; /* HTTPS: of its answer */
	bool dated; /* HTTPS: it said what time it has, */
	int64_t ahead; /* which is so many seconds more than ours */
};

void probe_run(const struct collectors *collectors, const struct collector *server,
	       struct probe *ret_probe);

/* The web server with its letters: whether it answers, and what time it has. */
void probe_letters(const struct collectors *collectors, struct probe *ret_probe);

/* All of them, each as a line of JSON on standard output. -ENOMEM, -EIO. */
int probe_all(const struct collectors *collectors);

#endif
