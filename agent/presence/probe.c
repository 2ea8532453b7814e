#include "probe.h"

#include "cleanup.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define ASK_MS	   2000
#define OVERDUE_MS 1000 /* a child that is late by so much is killed */

void probe_end(struct probe *probe)
{
	tokenchild_stop(&probe->child);
	*probe = (struct probe){};
}

static int ask(const struct probe *probe, const struct login_note *note)
{
	_cleanup_token_request_ struct token_request request = {
		.verb = TOKEN_PREFLIGHT,
		.timeout_ms = ASK_MS,
		.challenge.length = TOKEN_CHALLENGE,
	};
	int r;

	if (strlen(note->rp_id) >= sizeof(request.rp_id))
		return -EMSGSIZE;
	memcpy(request.rp_id, note->rp_id, strlen(note->rp_id) + 1);
	if (getrandom(request.challenge.data, TOKEN_CHALLENGE, 0) != TOKEN_CHALLENGE)
		return -EIO;
	r = token_list_add(&request.list, note->key_id, note->key_id_length);
	return r < 0 ? r : tokenchild_ask(&probe->child, &request);
}

int probe_begin(struct probe *probe, const char *program, const char *devices, const char *node,
		const struct hidkey *key, const struct login_note *note)
{
	char path[256];
	int r;

	probe_end(probe);
	if (snprintf(path, sizeof(path), "%s/%s", devices, node) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	r = tokenchild_start(program, path, NULL, &probe->child);
	if (r == 0)
		r = ask(probe, note);
	if (r < 0)
		probe_end(probe);
	probe->key = *key;
	probe->state = r < 0 ? PROBE_FAILED : PROBE_ASKED;
	probe->deadline = wire_now() + ASK_MS + OVERDUE_MS;
	return r;
}

/* A key may tell its one credential without naming it (CTAP 2.1, 6.2.2); it was asked for one
 * alone. */
static enum probe_state judge(const struct token_reply *reply)
{
	if (reply->verb != TOKEN_PREFLIGHT)
		return PROBE_FAILED;
	if (reply->status == TOKEN_OK)
		return PROBE_SAME;
	/* One that refuses to say without a PIN doesn't prove that it is the key. */
	return reply->status == TOKEN_NO_CREDENTIAL ? PROBE_OTHER : PROBE_FAILED;
}

enum probe_state probe_look(struct probe *probe, int64_t now)
{
	struct pollfd fd = {.fd = probe->child.fd, .events = POLLIN};
	struct token_reply reply;

	if (probe->state != PROBE_ASKED)
		return probe->state;
	if (poll(&fd, 1, 0) > 0) {
		enum probe_state state = PROBE_FAILED;

		if (tokenchild_answer(&probe->child, &reply, now) == 0) {
			/* Held by another program: the answer follows. */
			if (reply.status == TOKEN_BUSY)
				return PROBE_ASKED;
			state = judge(&reply);
		}
		tokenchild_stop(&probe->child);
		probe->state = state;
	} else if (now >= probe->deadline) {
		tokenchild_stop(&probe->child);
		probe->state = PROBE_FAILED;
	}
	return probe->state;
}
