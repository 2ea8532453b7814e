#include "tokenserve.h"

#include "cleanup.h"
#include "tokenverbs.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>

#define TIMEOUT_MAX_MS 300000
#define SEND_MS	       2000

static const struct {
	enum token_verb verb;
	tokenverb_fn *run;
} verbs[] = {
	{TOKEN_INFO, tokenverb_info},
	{TOKEN_PREFLIGHT, tokenverb_preflight},
	{TOKEN_ASSERT, tokenverb_assert},
	{TOKEN_MAKE, tokenverb_make},
};

struct waiting {
	int fd;
	uint32_t verb;
};

static void tell_busy(void *user)
{
	const struct waiting *waiting = user;
	const struct token_reply reply = {.verb = waiting->verb, .status = TOKEN_BUSY};

	wire_send(waiting->fd, &token_reply_layout, &reply, wire_now() + SEND_MS);
}

static void serve(int fd, const char *path, const fido_dev_io_t *io,
		  const struct token_request *request, struct token_reply *reply)
{
	struct waiting waiting = {.fd = fd, .verb = request->verb};
	struct tokendevice device;
	enum token_status status = TOKEN_UNSUPPORTED;
	tokenverb_fn *run = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if ((uint32_t)verbs[i].verb == request->verb)
			run = verbs[i].run;
	*reply = (struct token_reply){.verb = request->verb, .status = TOKEN_UNSUPPORTED};
	if (!run || request->timeout_ms == 0 || request->timeout_ms > TIMEOUT_MAX_MS)
		return;
	status = tokendevice_open(path, io, request->timeout_ms, tell_busy, &waiting, &device);
	if (status == TOKEN_OK)
		status = run(&device, request, reply);
	tokendevice_close(&device, status);
	if (status != TOKEN_OK) {
		/* Nothing of a failed verb but its name and the tries left. */
		*reply = (struct token_reply){
			.verb = request->verb,
			.pin_retries = reply->pin_retries,
			.retries_known = reply->retries_known,
		};
	}
	reply->status = status;
}

static void no_log(const char *line)
{
	(void)line;
}

int tokenserve_run(int fd, const char *device_path, const fido_dev_io_t *io)
{
	int r;

	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return -errno;
	r = tokendevice_arm();
	if (r < 0)
		return r;
	/* libfido2 writes what is said to the token to standard error if FIDO_DEBUG is in the
	 * environment, whatever the flags are. */
	fido_init(FIDO_DISABLE_U2F_FALLBACK);
	fido_set_log_handler(no_log);
	for (;;) {
		_cleanup_token_request_ struct token_request request = {};
		struct token_reply reply;

		r = wire_receive(fd, &token_request_layout, &request, WIRE_NO_DEADLINE);
		if (r == -ECONNRESET || tokendevice_stopped())
			return 0;
		if (r < 0)
			return r;
		serve(fd, device_path, io, &request, &reply);
		if (tokendevice_stopped())
			return 0;
		r = wire_send(fd, &token_reply_layout, &reply, wire_now() + SEND_MS);
		if (r < 0)
			return r;
	}
}
