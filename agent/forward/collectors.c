#include "collectors.h"

#include "cleanup.h"
#include "number.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FOLDER "/etc/sekisho/collector/"

const char *const collectors_protocols[COLLECTORS_PROTOCOL_COUNT + 1] = {
	[COLLECTORS_RELP] = "relp",
	[COLLECTORS_SYSLOG] = "syslog",
	[COLLECTORS_HTTPS] = "https",
	[COLLECTORS_PROTOCOL_COUNT] = NULL,
};

/* RELP has no registered one; RFC 5425, 4.1; RFC 9110, 4.2.2. */
static const char *const ports[] = {
	[COLLECTORS_RELP] = "2514",
	[COLLECTORS_SYSLOG] = "6514",
	[COLLECTORS_HTTPS] = "443",
};
_Static_assert(ARRAY_SIZE(ports) == COLLECTORS_PROTOCOL_COUNT, "a port for each protocol");

#define KEY(name, kind, member, min, max)                                                          \
	{                                                                                          \
		"Collector", name, kind, offsetof(struct collectors, member),                      \
			sizeof(((struct collectors *)0)->member), min, max, collectors_protocols   \
	}

static const struct config_key keys[] = {
	KEY("Server", CONFIG_LIST, list, 0, 0),
	KEY("Name", CONFIG_STRING, name, 0, 0),
	KEY("Protocol", CONFIG_CHOICE, protocol, 0, 0),
	KEY("Path", CONFIG_STRING, path, 0, 0),
	KEY("Authority", CONFIG_STRING, authority, 0, 0),
	KEY("Certificate", CONFIG_STRING, certificate, 0, 0),
	KEY("Key", CONFIG_STRING, key, 0, 0),
	KEY("RetrySeconds", CONFIG_NUMBER, retry, 1, COLLECTORS_RETRY_MAX),
	KEY("AnswerSeconds", CONFIG_NUMBER, answer, 1, 600),
	KEY("EventsPerSecond", CONFIG_NUMBER, rate, 1, 100000),
	KEY("LostAfterSeconds", CONFIG_NUMBER, lost_after, 10, 86400),
	KEY("LettersFrom", CONFIG_STRING, letters, 0, 0),
	KEY("LettersSeconds", CONFIG_NUMBER, letters_within, 1, COLLECTORS_LETTERS_MAX),
};

static int copy(char *to, size_t size, const char *from, size_t length)
{
	if (length == 0 || length >= size)
		return -EINVAL;
	memcpy(to, from, length);
	to[length] = '\0';
	return 0;
}

/* HOST, HOST:PORT, [ADDRESS]:PORT; an address of IPv6 only in brackets. */
static int parse_server(const char *text, size_t length, const char *default_port,
			struct collector *ret_server)
{
	const char *colon = memrchr(text, ':', length);
	const char *bracket = memrchr(text, ']', length);
	size_t host = length;
	uint64_t port;

	if (copy(ret_server->port, sizeof(ret_server->port), default_port, strlen(default_port)) <
	    0)
		return -EINVAL;
	if (colon && (!bracket || bracket < colon)) {
		host = (size_t)(colon - text);
		if (copy(ret_server->port, sizeof(ret_server->port), colon + 1, length - host - 1) <
			    0 ||
		    number_parse(ret_server->port, 1, 65535, &port) < 0)
			return -EINVAL;
	}
	if (text[0] == '[') {
		if (host < 3 || text[host - 1] != ']')
			return -EINVAL;
		return copy(ret_server->host, sizeof(ret_server->host), text + 1, host - 2);
	}
	if (memchr(text, ':', host) || memchr(text, ']', host))
		return -EINVAL;
	return copy(ret_server->host, sizeof(ret_server->host), text, host);
}

static int parse_list(struct collectors *collectors)
{
	const char *at = collectors->list;
	size_t length;

	for (at += strspn(at, " ,"); *at; at += length, at += strspn(at, " ,")) {
		length = strcspn(at, " ,");
		if (collectors->count == COLLECTORS_MAX ||
		    parse_server(at, length, ports[collectors->protocol],
				 &collectors->servers[collectors->count]) < 0)
			return -EINVAL;
		collectors->count++;
	}
	return 0;
}

/* What may stand in a request as it is (RFC 3986, 3.3 and 3.4). */
static bool is_path(const char *path)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
		"-._~!$&'()*+,;=:@%/?";

	return path[0] == '/' && path[strspn(path, allowed)] == '\0';
}

/* https://HOST/FOLDER/ or https://HOST:PORT/FOLDER/; the file's name is put behind it. */
static int parse_letters(struct collectors *collectors)
{
	static const char scheme[] = "https://";
	const char *host = collectors->letters + strlen(scheme);
	size_t length;

	if (collectors->letters[0] == '\0')
		return 0;
	if (strncmp(collectors->letters, scheme, strlen(scheme)) != 0)
		return -EINVAL;
	length = strcspn(host, "/");
	if (length == 0 || !is_path(host + length) || strchr(host, '?') ||
	    strlen(host + length) >= COLLECTORS_PATH - COLLECTORS_LETTER ||
	    host[strlen(host) - 1] != '/')
		return -EINVAL;
	snprintf(collectors->letters_path, sizeof(collectors->letters_path), "%s", host + length);
	return parse_server(host, length, ports[COLLECTORS_HTTPS], &collectors->letters_server);
}

int collectors_load(const char *path, uid_t owner, struct collectors *ret_collectors,
		    struct config_error *ret_error)
{
	return collectors_load_staged(path, owner, NULL, ret_collectors, ret_error);
}

int collectors_load_staged(const char *path, uid_t owner, const struct config_staged *staged,
			   struct collectors *ret_collectors, struct config_error *ret_error)
{
	struct collectors collectors = {
		.path = "/sekisho",
		.authority = FOLDER "authority.pem",
		.certificate = FOLDER "terminal.pem",
		.key = FOLDER "terminal.key",
		.retry = 120,
		.answer = 60,
		.rate = 200,
		.lost_after = 600,
		.letters_within = 21600,
	};
	struct config_table table = {
		.keys = keys, .n_keys = ARRAY_SIZE(keys), .values = &collectors};
	int r = config_visit_staged(path, owner, staged, config_table_visit, &table, ret_error);

	if (r == -ENOENT)
		return config_fail(ret_error, r, path, 0,
				   "it is missing; reinstall the package, or make an empty one");
	if (r < 0)
		return r;
	if (parse_list(&collectors) < 0)
		return config_fail(ret_error, -EINVAL, path, 0,
				   "Server: HOST, HOST:PORT or [ADDRESS]:PORT, at most %d of them, "
				   "not '%s'",
				   COLLECTORS_MAX, collectors.list);
	if (!is_path(collectors.path))
		return config_fail(ret_error, -EINVAL, path, 0,
				   "Path: '/' and what may stand in a URL behind a host, other "
				   "characters as %%XX, not '%s'",
				   collectors.path);
	if (parse_letters(&collectors) < 0)
		return config_fail(
			ret_error, -EINVAL, path, 0,
			"LettersFrom: https://HOST/FOLDER/ or https://HOST:PORT/FOLDER/, "
			"not '%s'",
			collectors.letters);
	*ret_collectors = collectors;
	return 0;
}

const char *collectors_name(const struct collectors *collectors, const struct collector *server)
{
	return collectors->name[0] ? collectors->name : server->host;
}

const char *collectors_signer(const struct collectors *collectors)
{
	if (collectors->name[0] == '\0' && collectors->count == 1)
		return collectors->servers[0].host;
	return collectors->name;
}
