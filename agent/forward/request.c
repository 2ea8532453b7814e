#include "request.h"

#include "escape.h"
#include "link.h"
#include "wire.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY_MAX  65536 /* bytes of an answer that is not wanted; more is none */
#define IDLE_MS	  100 /* libcurl waits for something that poll(2) can't see */
#define PLACE_MAX (COLLECTORS_HOST + COLLECTORS_PORT + 8)

static int fail(struct request *request, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static int fail(struct request *request, int code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start is the line before */
	vsnprintf(request->error, sizeof(request->error), format, arguments);
	va_end(arguments);
	request->trouble = trouble_of_error(code);
	return code;
}

int request_prepare(void)
{
	/* libcurl would write the keys of all connections there. */
	unsetenv("SSLKEYLOGFILE");
	return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -ENOMEM;
}

void request_end(struct request *request)
{
	if (request->under_way)
		curl_multi_remove_handle(request->multi, request->easy);
	curl_easy_cleanup(request->easy);
	curl_multi_cleanup(request->multi);
	curl_url_cleanup(request->url);
	curl_slist_free_all(request->headers);
	curl_slist_free_all(request->connect_to);
	memset(request, 0, offsetof(struct request, error));
}

static size_t take_body(char *bytes, size_t size, size_t count, void *user)
{
	struct request *request = user;
	size_t length = size * count, room = sizeof(request->answer) - request->answer_length;

	if (length > request->body_max - request->answer_total)
		return 0;
	if (request->body)
		memcpy(request->body + request->answer_total, bytes, length);
	request->answer_total += length;
	if (room > length)
		room = length;
	memcpy(request->answer + request->answer_length, bytes, room);
	request->answer_length += room;
	return length;
}

static CURLcode tighten(CURL *easy, void *context, void *user)
{
	const struct request *request = user;

	(void)easy;
	link_tighten(context);
	return request->forged && !link_forge(context) ? CURLE_OUT_OF_MEMORY : CURLE_OK;
}

/* NAME as a host in a URL. */
static void host_text(const char *name, char text[static PLACE_MAX])
{
	snprintf(text, PLACE_MAX, strchr(name, ':') ? "[%s]" : "%s", name);
}

/* The URL has the name that the certificate must have; .connect_to says where that is. */
static bool set_place(struct request *request, const struct collectors *collectors,
		      const struct collector *server, const char *name)
{
	char host[PLACE_MAX], place[2 * PLACE_MAX];

	host_text(server->host, host);
	snprintf(place, sizeof(place), "::%s:%s", host, server->port);
	host_text(name, host);
	request->connect_to = curl_slist_append(NULL, place);
	request->url = curl_url();
	return request->url && request->connect_to &&
	       curl_url_set(request->url, CURLUPART_SCHEME, "https", 0) == CURLUE_OK &&
	       curl_url_set(request->url, CURLUPART_HOST, host, 0) == CURLUE_OK &&
	       curl_url_set(request->url, CURLUPART_PORT, server->port, 0) == CURLUE_OK &&
	       curl_url_set(request->url, CURLUPART_URL, collectors->path, 0) == CURLUE_OK;
}

#define SET(option, value) (curl_easy_setopt(request->easy, option, value) == CURLE_OK)

/* As with link.c: TLS 1.2 or newer, the pinned authority alone, the name, our certificate. */
static bool set_tls(struct request *request, const struct collectors *collectors)
{
	return SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
	       SET(CURLOPT_CAINFO, collectors->authority) && SET(CURLOPT_CAPATH, NULL) &&
	       SET(CURLOPT_SSLCERT, collectors->certificate) &&
	       SET(CURLOPT_SSLKEY, collectors->key) && SET(CURLOPT_SSL_VERIFYPEER, 1L) &&
	       SET(CURLOPT_SSL_VERIFYHOST, 2L) && SET(CURLOPT_SSL_SESSIONID_CACHE, 0L) &&
	       SET(CURLOPT_SSL_CTX_FUNCTION, tighten) && SET(CURLOPT_SSL_CTX_DATA, request);
}

/* No proxy of the environment, no redirect, no password of any file: where it goes and who we are
 * is said by collector.conf and the certificate. */
static bool set_request(struct request *request, int64_t answer_ms)
{
	return SET(CURLOPT_CURLU, request->url) && SET(CURLOPT_CONNECT_TO, request->connect_to) &&
	       SET(CURLOPT_HTTPHEADER, request->headers) &&
	       SET(CURLOPT_USERAGENT, "sekisho-forward/" SEKISHO_VERSION) &&
	       SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
	       SET(CURLOPT_PROTOCOLS_STR, "https") && SET(CURLOPT_FOLLOWLOCATION, 0L) &&
	       SET(CURLOPT_PROXY, "") && SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) &&
	       SET(CURLOPT_POST, 1L) && SET(CURLOPT_NOSIGNAL, 1L) && SET(CURLOPT_QUICK_EXIT, 1L) &&
	       SET(CURLOPT_CONNECTTIMEOUT_MS, (long)DRIVER_CONNECT_MS) &&
	       SET(CURLOPT_TIMEOUT_MS, (long)answer_ms) && SET(CURLOPT_WRITEFUNCTION, take_body) &&
	       SET(CURLOPT_WRITEDATA, request) && SET(CURLOPT_ERRORBUFFER, request->words);
}

int request_begin(struct request *request, const struct collectors *collectors,
		  const struct collector *server, const char *name, int64_t answer_ms)
{
	memset(request, 0, sizeof(*request));
	request->body_max = BODY_MAX;
	request->multi = curl_multi_init();
	request->easy = curl_easy_init();
	request->headers = curl_slist_append(NULL, "Content-Type: application/x-ndjson");
	/* Else libcurl may wait a second whether the body is welcome. */
	if (request->headers)
		curl_slist_append(request->headers, "Expect:");
	if (!request->multi || !request->easy || !request->headers ||
	    !set_place(request, collectors, server, name) || !set_tls(request, collectors) ||
	    !set_request(request, answer_ms))
		return fail(request, -EINVAL, "libcurl does not take the settings");
	return 0;
}

size_t request_watch(const struct request *request, struct pollfd fds[static DRIVER_FDS])
{
	fd_set in, out, other;
	size_t count = 0;
	int last = -1;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&other);
	if (request->under_way)
		curl_multi_fdset(request->multi, &in, &out, &other, &last);
	for (int fd = 0; fd <= last && count < DRIVER_FDS; fd++) {
		int events = FD_ISSET(fd, &in) ? POLLIN : 0;

		if (FD_ISSET(fd, &out))
			events |= POLLOUT;
		if (events)
			fds[count++] = (struct pollfd){.fd = fd, .events = (short)events};
	}
	return count;
}

int64_t request_due(const struct request *request)
{
	struct pollfd fds[DRIVER_FDS];
	long pause = -1;

	if (!request->under_way)
		return INT64_MAX;
	if (request->running == 0)
		return 0;
	curl_multi_timeout(request->multi, &pause);
	if (request_watch(request, fds) == 0 && (pause < 0 || pause > IDLE_MS))
		pause = IDLE_MS;
	return pause < 0 ? INT64_MAX : wire_now() + pause;
}

/* The words are libcurl's, and may quote the other side. */
static int fail_transfer(struct request *request, CURLcode result)
{
	const char *words = request->words[0] ? request->words : curl_easy_strerror(result);
	char text[4 * CURL_ERROR_SIZE];

	escape_text(words, strlen(words), text, sizeof(text));
	switch (result) {
	case CURLE_PEER_FAILED_VERIFICATION:
		return fail(request, -EKEYREJECTED, "the collector's certificate is refused: %s",
			    text);
	case CURLE_OPERATION_TIMEDOUT:
		return fail(request, -ETIMEDOUT, "the collector did not answer in time: %s", text);
	case CURLE_WRITE_ERROR:
		return fail(request, -EPROTO, "the collector's answer is too long");
	default:
		return fail(request, -ECONNRESET, "the connection broke: %s", text);
	}
}

/* What libcurl's error means; where it knows more, that. */
static enum trouble find_trouble(const struct request *request, CURLcode result)
{
	long verified = X509_V_OK, error = 0;

	switch (result) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return TROUBLE_UNRESOLVED;
	case CURLE_COULDNT_CONNECT:
		curl_easy_getinfo(request->easy, CURLINFO_OS_ERRNO, &error);
		return error > 0 ? trouble_of_error((int)-error) : TROUBLE_REFUSED;
	case CURLE_PEER_FAILED_VERIFICATION:
		/* libcurl itself compares the name. */
		curl_easy_getinfo(request->easy, CURLINFO_SSL_VERIFYRESULT, &verified);
		return verified == X509_V_OK ? TROUBLE_NAME : trouble_of_verification(verified);
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
		return TROUBLE_PROTOCOL;
	case CURLE_SSL_CONNECT_ERROR:
		return trouble_of_tls(ERR_peek_last_error());
	default:
		return request->trouble;
	}
}

static int perform(struct request *request)
{
	CURLMcode result = curl_multi_perform(request->multi, &request->running);

	return result == CURLM_OK
		       ? 0
		       : fail(request, -EPROTO, "libcurl: %s", curl_multi_strerror(result));
}

static int start(struct request *request, size_t length)
{
	request->length = length;
	request->answer_length = request->answer_total = 0;
	request->words[0] = '\0';
	if (curl_multi_add_handle(request->multi, request->easy) != CURLM_OK)
		return fail(request, -ENOMEM, "libcurl does not take the request");
	request->under_way = true;
	return perform(request);
}

int request_send(struct request *request, const char *bytes, size_t length)
{
	if (!SET(CURLOPT_POSTFIELDS, bytes) ||
	    !SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length))
		return fail(request, -ENOMEM, "libcurl does not take the request");
	return start(request, length);
}

int request_ask(struct request *request)
{
	if (!SET(CURLOPT_NOBODY, 1L))
		return fail(request, -ENOMEM, "libcurl does not take the request");
	return start(request, 0);
}

int request_fetch(struct request *request, char *body, size_t size)
{
	request->body = body;
	request->body_max = size;
	if (!SET(CURLOPT_HTTPGET, 1L) || !SET(CURLOPT_HTTPHEADER, NULL))
		return fail(request, -ENOMEM, "libcurl does not take the request");
	return start(request, 0);
}

/* What the collector's Date says (RFC 9110, 6.6.1). */
static int64_t find_date(const struct request *request)
{
	struct curl_header *header;
	time_t date = -1;

	if (curl_easy_header(request->easy, "Date", 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
		date = curl_getdate(header->value, NULL);
	return date > 0 ? date : 0;
}

static void take_facts(struct request *request)
{
	curl_off_t sent = 0, retry_after = 0;

	request->status = 0;
	curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &request->status);
	curl_easy_getinfo(request->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
	curl_easy_getinfo(request->easy, CURLINFO_RETRY_AFTER, &retry_after);
	request->whole = sent == (curl_off_t)request->length;
	request->retry_after = retry_after;
	request->date = find_date(request);
}

int request_work(struct request *request)
{
	const CURLMsg *message;
	CURLcode result;
	int left, r;

	if (!request->under_way)
		return 0;
	r = perform(request);
	if (r < 0)
		return r;
	message = curl_multi_info_read(request->multi, &left);
	if (!message)
		return 0;
	result = message->data.result;
	take_facts(request);
	curl_multi_remove_handle(request->multi, request->easy);
	request->under_way = false;
	if (result == CURLE_OK)
		return 1;
	r = fail_transfer(request, result);
	request->trouble = find_trouble(request, result);
	return r;
}
