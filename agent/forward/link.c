#include "link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEAD_MS 60000 /* without an acknowledgement of TCP's the connection ends */

static const char *openssl_reason(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	return reason ? reason : "unknown error";
}

static int fail(struct link *link, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static int fail(struct link *link, int code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start is the line before */
	vsnprintf(link->error, sizeof(link->error), format, arguments);
	va_end(arguments);
	link->secure = false; /* after an error OpenSSL allows no farewell */
	link->trouble = trouble_of_error(code);
	return code;
}

/* Where more is known than the code says. */
static int because(struct link *link, enum trouble trouble, int code)
{
	link->trouble = trouble;
	return code;
}

SSL_CTX *link_context(const struct link_identity *identity, char error[static LINK_ERROR_MAX])
{
	const char *file = identity->authority;
	SSL_CTX *context;

	ERR_clear_error();
	context = SSL_CTX_new(TLS_client_method());
	if (context && SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_load_verify_file(context, file) == 1 &&
	    SSL_CTX_use_certificate_chain_file(context, file = identity->certificate) == 1 &&
	    SSL_CTX_use_PrivateKey_file(context, file = identity->key, SSL_FILETYPE_PEM) == 1 &&
	    SSL_CTX_check_private_key(context) == 1) {
		SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
		SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
		SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
						  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
						  SSL_MODE_RELEASE_BUFFERS);
		return context;
	}
	snprintf(error, LINK_ERROR_MAX, "%s: can't be used: %s", file,
		 access(file, R_OK) < 0 ? strerror(errno) : openssl_reason());
	SSL_CTX_free(context);
	return NULL;
}

bool link_forge(SSL_CTX *context)
{
	X509 *forged = X509_dup(SSL_CTX_get0_certificate(context));
	EVP_PKEY *key = EVP_EC_gen("P-256");
	bool well = forged && key && X509_set_pubkey(forged, key) == 1 &&
		    X509_sign(forged, key, EVP_sha256()) > 0 &&
		    SSL_CTX_use_certificate(context, forged) == 1 &&
		    SSL_CTX_use_PrivateKey(context, key) == 1;

	EVP_PKEY_free(key);
	X509_free(forged);
	return well;
}

/* libcurl sets the flag in a store that it fills, and puts in place, only later. */
static int verify_to_root(X509_STORE_CTX *verification, void *unused)
{
	(void)unused;
	X509_VERIFY_PARAM_clear_flags(X509_STORE_CTX_get0_param(verification),
				      X509_V_FLAG_PARTIAL_CHAIN);
	return X509_verify_cert(verification);
}

void link_tighten(SSL_CTX *context)
{
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(context, verify_to_root, NULL);
}

static void close_socket(struct link *link)
{
	if (link->fd >= 0)
		close(link->fd);
	link->fd = -1;
}

/* Tries the present address and those after it, until one begins to connect. */
static int connect_next(struct link *link)
{
	const int yes = 1;
	const unsigned int dead = DEAD_MS;

	for (; link->address; link->address = link->address->ai_next) {
		close_socket(link);
		link->fd = socket(link->address->ai_family,
				  SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (link->fd < 0)
			continue;
		setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
		setsockopt(link->fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
		setsockopt(link->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &dead, sizeof(dead));
		if (connect(link->fd, link->address->ai_addr, link->address->ai_addrlen) == 0 ||
		    errno == EINPROGRESS)
			return 0;
	}
	return fail(link, -errno, "no connection: %s", strerror(errno));
}

/* The name, or address, that the certificate must be for. */
static int expect_name(SSL *ssl, const char *name)
{
	X509_VERIFY_PARAM *parameters = SSL_get0_param(ssl);
	unsigned char address[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(parameters, name);
	X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return X509_VERIFY_PARAM_set1_host(parameters, name, 0) == 1 &&
	       SSL_set_tlsext_host_name(ssl, name) == 1;
}

int link_begin(struct link *link, SSL_CTX *context, const char *host, const char *port,
	       const char *name)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	int r;

	memset(link, 0, offsetof(struct link, in));
	link->fd = -1;
	link->error[0] = '\0';
	link->trouble = TROUBLE_NONE;
	link->context = context;
	link->name = name;
	r = getaddrinfo(host, port, &hints, &link->addresses);
	if (r != 0)
		return because(link, TROUBLE_UNRESOLVED,
			       fail(link, -EHOSTUNREACH, "the name can't be resolved: %s",
				    gai_strerror(r)));
	link->address = link->addresses;
	return connect_next(link);
}

void link_end(struct link *link)
{
	if (link->secure)
		SSL_shutdown(link->ssl);
	SSL_free(link->ssl);
	link->ssl = NULL;
	close_socket(link);
	if (link->addresses)
		freeaddrinfo(link->addresses);
	link->addresses = NULL;
	link->connected = link->secure = false;
}

short link_events(const struct link *link)
{
	if (!link->connected)
		return POLLOUT;
	if (link->wants_write || (link->secure && link->out_length > 0))
		return POLLIN | POLLOUT;
	return POLLIN;
}

static int start_tls(struct link *link)
{
	ERR_clear_error();
	link->ssl = SSL_new(link->context);
	if (!link->ssl || SSL_set_fd(link->ssl, link->fd) != 1 ||
	    !expect_name(link->ssl, link->name))
		return fail(link, -ENOMEM, "TLS can't be started: %s", openssl_reason());
	SSL_set_connect_state(link->ssl);
	return 0;
}

/* 1: connected. 0: not yet. */
static int finish_connect(struct link *link)
{
	struct pollfd poll_fd = {.fd = link->fd, .events = POLLOUT};
	socklen_t length = sizeof(int);
	int error = 0;

	if (poll(&poll_fd, 1, 0) <= 0)
		return 0;
	if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
		error = errno;
	if (error == 0) {
		link->connected = true;
		return 1;
	}
	link->address = link->address->ai_next;
	if (!link->address)
		return fail(link, -error, "no connection: %s", strerror(error));
	return connect_next(link);
}

/* What a call of OpenSSL's that did not succeed means: 0, it waits; -errno. */
static int judge(struct link *link, int result)
{
	const int error = SSL_get_error(link->ssl, result);
	const int system_error = errno;
	long verified;

	link->wants_write = error == SSL_ERROR_WANT_WRITE;
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		return 0;
	if (error == SSL_ERROR_ZERO_RETURN)
		return fail(link, -ECONNRESET, "the collector closed the connection");
	if (error == SSL_ERROR_SYSCALL)
		return fail(link, system_error ? -system_error : -ECONNRESET,
			    "the connection broke: %s",
			    system_error ? strerror(system_error) : "end of file");
	verified = SSL_get_verify_result(link->ssl);
	if (verified != X509_V_OK)
		return because(link, trouble_of_verification(verified),
			       fail(link, -EKEYREJECTED,
				    "the collector's certificate is refused: %s",
				    X509_verify_cert_error_string(verified)));
	if (ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return fail(link, -ECONNRESET, "the collector closed the connection");
	return because(link, trouble_of_tls(ERR_peek_last_error()),
		       fail(link, -EPROTO, "TLS: %s", openssl_reason()));
}

static int read_bytes(struct link *link)
{
	while (link->in_length < sizeof(link->in)) {
		int count = SSL_read(link->ssl, link->in + link->in_length,
				     (int)(sizeof(link->in) - link->in_length));

		if (count <= 0)
			return judge(link, count);
		link->in_length += (size_t)count;
	}
	return 0;
}

static int write_bytes(struct link *link)
{
	size_t written = 0;
	int r = 0;

	while (written < link->out_length) {
		int count = SSL_write(link->ssl, link->out + written,
				      (int)(link->out_length - written));

		if (count <= 0) {
			r = judge(link, count);
			break;
		}
		written += (size_t)count;
	}
	link->out_length -= written;
	memmove(link->out, link->out + written, link->out_length);
	return r;
}

int link_work(struct link *link)
{
	int r;

	if (!link->connected) {
		r = finish_connect(link);
		if (r <= 0)
			return r;
		r = start_tls(link);
		if (r < 0)
			return r;
	}
	ERR_clear_error();
	errno = 0;
	link->wants_write = false;
	if (!link->secure) {
		r = SSL_do_handshake(link->ssl);
		if (r != 1)
			return judge(link, r);
		link->secure = link->was_secure = true;
	}
	return read_bytes(link);
}

int link_flush(struct link *link)
{
	if (!link->secure || link->out_length == 0)
		return 0;
	ERR_clear_error();
	errno = 0;
	return write_bytes(link);
}

bool link_has_more(const struct link *link)
{
	return link->secure && SSL_pending(link->ssl) > 0;
}

int link_try_next(struct link *link)
{
	if (link->connected || !link->address || !link->address->ai_next)
		return -ETIMEDOUT;
	link->address = link->address->ai_next;
	return connect_next(link);
}

void link_put(struct link *link, const void *bytes, size_t length)
{
	if (length > sizeof(link->out) - link->out_length)
		return;
	memcpy(link->out + link->out_length, bytes, length);
	link->out_length += length;
}

void link_used(struct link *link, size_t length)
{
	link->in_length -= length;
	memmove(link->in, link->in + length, link->in_length);
}
