#include "tokenserve.h"

#include "cleanup.h"
#include "cryptolib.h"
#include "tokenverbs.h"

#include <errno.h>
#include <openssl/ec.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>

#define TIMEOUT_MAX_MS 300000
#define SEND_MS	       2000
#define HOLD_MS	       100 /* for what follows at once: a token takes long to be opened */

struct verb {
	enum token_verb verb;
	tokenverb_fn *run;
	bool followed; /* a question, behind which another one may come; nothing follows what was
			  signed */
};

static const struct verb verbs[] = {
	{TOKEN_OPEN, tokenverb_open, true},	      {TOKEN_INFO, tokenverb_info, true},
	{TOKEN_PREFLIGHT, tokenverb_preflight, true}, {TOKEN_ASSERT, tokenverb_assert, false},
	{TOKEN_MAKE, tokenverb_make, false},
};

struct server {
	int fd;
	const char *path;
	const fido_dev_io_t *io;
	uint32_t verb; /* under way */
	struct tokendevice device;
	bool prepared;
};

static void tell_busy(void *user)
{
	const struct server *server = user;
	const struct token_reply reply = {.verb = server->verb, .status = TOKEN_BUSY};

	wire_send(server->fd, &token_reply_layout, &reply, wire_now() + SEND_MS);
}

static enum token_status ready(struct server *server, uint32_t timeout_ms)
{
	if (server->device.dev)
		return tokendevice_again(&server->device, timeout_ms);
	return tokendevice_open(server->path, server->io, timeout_ms, tell_busy, server,
				&server->device);
}

static void serve(struct server *server, const struct token_request *request,
		  struct token_reply *reply)
{
	const struct verb *verb = NULL;
	enum token_status status;

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if ((uint32_t)verbs[i].verb == request->verb)
			verb = &verbs[i];
	*reply = (struct token_reply){.verb = request->verb, .status = TOKEN_UNSUPPORTED};
	if (!verb || request->timeout_ms == 0 || request->timeout_ms > TIMEOUT_MAX_MS)
		return;
	server->verb = request->verb;
	status = ready(server, request->timeout_ms);
	if (status == TOKEN_OK)
		status = verb->run(&server->device, request, reply);
	if (status != TOKEN_OK || tokendevice_stopped() || !verb->followed)
		tokendevice_close(&server->device, status);
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

/* What a PIN needs of the cryptographic library takes longer to be set up than to be used: that is
 * done while the person is asked, not while a request waits, which for a touch is the next one.
 * Before anybody logs in it would be a megabyte for nothing. */
static void prepare(struct server *server)
{
	if (server->prepared)
		return;
	EVP_PKEY_free(EVP_EC_gen("P-256"));
	server->prepared = true;
}

/* Waits for the next request with the token open for a moment, then with it closed. */
static void rest(struct server *server)
{
	struct pollfd next = {.fd = server->fd, .events = POLLIN};

	if (server->device.dev && poll(&next, 1, HOLD_MS) != 1)
		tokendevice_close(&server->device, TOKEN_OK);
}

static void no_log(const char *line)
{
	(void)line;
}

int tokenserve_run(int fd, const char *device_path, const fido_dev_io_t *io)
{
	struct server server = {.fd = fd, .path = device_path, .io = io};
	int r;

	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return -errno;
	r = tokendevice_arm();
	if (r == 0)
		r = cryptolib_begin();
	if (r < 0)
		return r;
	/* libfido2 writes what is said to the token to standard error if FIDO_DEBUG is in the
	 * environment, whatever the flags are. */
	fido_init(FIDO_DISABLE_U2F_FALLBACK);
	fido_set_log_handler(no_log);
	while (r == 0) {
		_cleanup_token_request_ struct token_request request = {};
		struct token_reply reply;

		rest(&server);
		r = wire_receive(fd, &token_request_layout, &request, WIRE_NO_DEADLINE);
		if (r < 0 || tokendevice_stopped())
			break;
		serve(&server, &request, &reply);
		if (tokendevice_stopped())
			break;
		r = wire_send(fd, &token_reply_layout, &reply, wire_now() + SEND_MS);
		/* No PIN is asked for before this. */
		if (reply.informed)
			prepare(&server);
	}
	tokendevice_close(&server.device, TOKEN_OK);
	return r == -ECONNRESET || tokendevice_stopped() ? 0 : r;
}
