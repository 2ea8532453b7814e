#include "probe.h"

#include "driver.h"
#include "link.h"
#include "relp.h"
#include "request.h"

#include "cleanup.h"
#include "wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A collector that refuses our certificate says so after TLS 1.3 let us send. */
#define SETTLE_MS 2000
#define PAUSE_MS  100

const char *const probe_stages[PROBE_STAGE_COUNT] = {
	[PROBE_FILES] = "files", [PROBE_NAME] = "name",		[PROBE_CONNECTION] = "connection",
	[PROBE_TLS] = "tls",	 [PROBE_PROTOCOL] = "protocol",
};

static bool fail(struct probe *probe, enum probe_stage stage, enum trouble trouble,
		 const char *error)
{
	probe->failed = stage;
	probe->trouble = trouble;
	snprintf(probe->error, sizeof(probe->error), "%s", error);
	return false;
}

static struct link_identity identity_of(const struct collectors *collectors)
{
	return (struct link_identity){
		.authority = collectors->authority,
		.certificate = collectors->certificate,
		.key = collectors->key,
	};
}

static void wait_for(const struct link *link, int64_t until)
{
	struct pollfd fd = {.fd = link->fd, .events = link_events(link)};
	const int64_t pause = until - wire_now();

	poll(&fd, 1, pause < 0 ? 0 : pause < PAUSE_MS ? (int)pause : PAUSE_MS);
}

static int64_t seconds_of(const ASN1_TIME *time)
{
	struct tm parts;

	return time && ASN1_TIME_to_tm(time, &parts) == 1 ? timegm(&parts) : 0;
}

static void note_certificate(const struct link *link, struct probe *probe)
{
	X509 *certificate = SSL_get1_peer_certificate(link->ssl);

	if (certificate)
		probe->until = seconds_of(X509_get0_notAfter(certificate));
	X509_free(certificate);
}

/* How far it is. Once OpenSSL holds the collector's certificate it was found good: with TLS 1.3
 * what the collector minds in ours comes behind that, at any moment. */
static enum probe_stage stage_of(const struct link *link)
{
	if (!link->connected)
		return PROBE_CONNECTION;
	return link->ssl && SSL_get0_peer_certificate(link->ssl) ? PROBE_PROTOCOL : PROBE_TLS;
}

/* Name, TCP, TLS. */
static bool secure(struct probe *probe, struct link *link, SSL_CTX *context,
		   const struct collectors *collectors, const struct collector *server)
{
	int64_t until;

	if (link_begin(link, context, server->host, server->port,
		       collectors_name(collectors, server)) < 0)
		return fail(probe,
			    link->trouble == TROUBLE_UNRESOLVED ? PROBE_NAME : PROBE_CONNECTION,
			    link->trouble, link->error);
	until = wire_now() + DRIVER_CONNECT_MS;
	for (;;) {
		const int r = link_work(link);

		if (r < 0 && link->was_secure && link->trouble == TROUBLE_BROKEN)
			return fail(probe, PROBE_PROTOCOL, TROUBLE_CERTIFICATE, TROUBLE_UNANSWERED);
		if (r < 0)
			return fail(probe, stage_of(link), link->trouble, link->error);
		if (link->secure)
			break;
		if (wire_now() >= until) {
			if (link_try_next(link) < 0)
				return fail(probe, stage_of(link), TROUBLE_SILENT,
					    "no answer in time");
			until = wire_now() + DRIVER_CONNECT_MS;
		}
		wait_for(link, until);
	}
	note_certificate(link, probe);
	return true;
}

/* Takes what came. 1: our open was answered. 0: not yet. -ECONNRESET: it goes. -errno: it is no
 * RELP. */
static int take_answer(struct link *link, struct relp *relp)
{
	enum relp_event event;
	struct relp_frame frame;
	size_t used;
	int r = relp_parse(link->in, link->in_length, &frame, &used);

	if (r <= 0)
		return r;
	r = relp_take(relp, &frame, &event);
	if (r < 0)
		return r;
	link_used(link, used);
	if (event == RELP_SERVER_CLOSES)
		return -ECONNRESET;
	return event == RELP_OPENED ? 1 : -EPROTO;
}

static bool open_relp(struct probe *probe, struct link *link, int64_t until)
{
	char frame[512];
	struct relp relp;
	int r = 0;

	relp_begin(&relp);
	link_put(link, frame, relp_open(&relp, frame, sizeof(frame)));
	while (r == 0 && wire_now() < until) {
		/* What it said before it went counts. */
		const int broken = link_flush(link) < 0 || link_work(link) < 0;

		r = take_answer(link, &relp);
		if (r == -ECONNRESET || (r == 0 && broken && link->trouble == TROUBLE_BROKEN))
			return fail(probe, PROBE_PROTOCOL, TROUBLE_CERTIFICATE, TROUBLE_UNANSWERED);
		if (r < 0)
			return fail(probe, PROBE_PROTOCOL, TROUBLE_PROTOCOL,
				    r == -EOPNOTSUPP ? "the collector does not take syslog messages"
						     : "the collector does not keep to RELP");
		if (r == 0 && broken)
			return fail(probe, PROBE_PROTOCOL, link->trouble, link->error);
		if (r == 0)
			wait_for(link, until);
	}
	if (r == 0)
		return fail(probe, PROBE_PROTOCOL, TROUBLE_SILENT, "no answer in time");
	link_put(link, frame, relp_close(&relp, frame, sizeof(frame)));
	link_flush(link);
	return true;
}

/* There is nothing to open: a collector that minds our certificate ends the connection. */
static bool stay(struct probe *probe, struct link *link, int64_t until)
{
	while (wire_now() < until) {
		if (link_work(link) < 0)
			return fail(probe, PROBE_PROTOCOL, link->trouble, link->error);
		link_used(link, link->in_length);
		wait_for(link, until);
	}
	return true;
}

static bool ask_request(struct probe *probe, struct request *request)
{
	struct pollfd fds[DRIVER_FDS];
	int r = request_ask(request);

	while (r == 0) {
		poll(fds, (nfds_t)request_watch(request, fds), PAUSE_MS);
		r = request_work(request);
	}
	if (r < 0)
		return fail(probe, PROBE_PROTOCOL, request->trouble, request->error);
	probe->status = request->status;
	probe->dated = request->date > 0;
	probe->ahead = request->date - time(NULL);
	return true;
}

static bool open_https(struct probe *probe, const struct collectors *collectors,
		       const struct collector *server, bool forged)
{
	struct request *request = calloc(1, sizeof(*request));
	bool well;

	if (!request || request_prepare() < 0) {
		free(request);
		return fail(probe, PROBE_PROTOCOL, TROUBLE_PROTOCOL, "libcurl can't be started");
	}
	if (request_begin(request, collectors, server, collectors_name(collectors, server),
			  INT64_C(2) * DRIVER_CONNECT_MS) == 0) {
		request->forged = forged;
		well = ask_request(probe, request);
	} else {
		well = fail(probe, PROBE_PROTOCOL, request->trouble, request->error);
	}
	request_end(request);
	free(request);
	return well;
}

static void connect_once(struct probe *probe, struct link *link, SSL_CTX *context,
			 const struct collectors *collectors, const struct collector *server)
{
	if (secure(probe, link, context, collectors, server)) {
		if (collectors->protocol == COLLECTORS_RELP)
			open_relp(probe, link, wire_now() + DRIVER_CONNECT_MS);
		if (collectors->protocol == COLLECTORS_SYSLOG)
			stay(probe, link, wire_now() + SETTLE_MS);
	}
	link_end(link);
}

/* Of an HTTPS server that may let anybody connect, and refuse the request: nginx says 400, others
 * 401 or 403. */
static bool is_refusal(long status)
{
	return status == 400 || status == 401 || status == 403;
}

static const char *judge_stranger(const struct probe *probe, const struct probe *stranger)
{
	if (stranger->failed == PROBE_STAGE_COUNT && is_refusal(stranger->status))
		return is_refusal(probe->status) ? "unclear" : "refused";
	if (stranger->failed == PROBE_STAGE_COUNT)
		return "taken";
	return stranger->failed >= PROBE_TLS && stranger->trouble != TROUBLE_SILENT ? "refused"
										    : "unclear";
}

static void connect_as(enum stranger kind, struct probe *stranger, struct link *link,
		       const struct collectors *collectors, const struct collector *server)
{
	const struct link_identity identity = identity_of(collectors);
	char error[LINK_ERROR_MAX] = "";
	SSL_CTX *context = link_context(&identity, error);

	if (context && (kind != STRANGER_FORGED || link_forge(context)))
		connect_once(stranger, link, context, collectors, server);
	else
		fail(stranger, PROBE_FILES, TROUBLE_TLS, error);
	SSL_CTX_free(context);
}

/* That it takes us says nothing of whether it takes everybody. */
static const char *try_stranger(enum stranger kind, const struct probe *probe, struct link *link,
				const struct collectors *collectors, const struct collector *server)
{
	struct probe stranger = {.failed = PROBE_STAGE_COUNT};
	_cleanup_free_ struct collectors *disguised = malloc(sizeof(*disguised));
	int r = disguised ? strangers_disguise(kind, collectors, disguised) : -ENOMEM;

	if (r < 0)
		return r == -ENOENT ? "missing" : r == -EBADMSG ? "unfit" : "unclear";
	if (collectors->protocol == COLLECTORS_HTTPS)
		open_https(&stranger, disguised, server, kind == STRANGER_FORGED);
	else
		connect_as(kind, &stranger, link, disguised, server);
	return judge_stranger(probe, &stranger);
}

static void look(struct probe *probe, struct link *link, SSL_CTX *context,
		 const struct collectors *collectors, const struct collector *server)
{
	connect_once(probe, link, context, collectors, server);
	if (probe->failed == PROBE_STAGE_COUNT && collectors->protocol == COLLECTORS_HTTPS)
		open_https(probe, collectors, server, false);
	for (int kind = 0; kind < STRANGER_COUNT && probe->failed == PROBE_STAGE_COUNT; kind++)
		probe->strangers[kind] =
			try_stranger((enum stranger)kind, probe, link, collectors, server);
}

void probe_run(const struct collectors *collectors, const struct collector *server,
	       struct probe *ret_probe)
{
	const struct link_identity identity = identity_of(collectors);
	struct probe *probe = ret_probe;
	char error[LINK_ERROR_MAX] = "out of memory";
	struct link *link = calloc(1, sizeof(*link));
	SSL_CTX *context = link ? link_context(&identity, error) : NULL;

	*probe = (struct probe){.failed = PROBE_STAGE_COUNT};
	if (context)
		look(probe, link, context, collectors, server);
	else
		fail(probe, PROBE_FILES, TROUBLE_TLS, error);
	SSL_CTX_free(context);
	free(link);
}

void probe_letters(const struct collectors *collectors, struct probe *ret_probe)
{
	struct collectors *letters = malloc(sizeof(*letters));

	*ret_probe = (struct probe){.failed = PROBE_STAGE_COUNT};
	if (!letters) {
		fail(ret_probe, PROBE_PROTOCOL, TROUBLE_PROTOCOL, "out of memory");
		return;
	}
	*letters = *collectors;
	memcpy(letters->path, collectors->letters_path, sizeof(letters->path));
	open_https(ret_probe, letters, &letters->letters_server, false);
	free(letters);
}
