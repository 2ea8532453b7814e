/* Where events go, and how: section [Collector] of collector.conf(5). */
#ifndef SEKISHO_COLLECTORS_H
#define SEKISHO_COLLECTORS_H

#include "config.h"

#define COLLECTORS_MAX	       8
#define COLLECTORS_HOST	       256
#define COLLECTORS_PORT	       8
#define COLLECTORS_PATH	       512
#define COLLECTORS_LIST	       2304
#define COLLECTORS_RETRY_MAX   3600 /* seconds */
#define COLLECTORS_LETTER      32 /* bytes of the name of a letter, at most */
#define COLLECTORS_LETTERS_MAX 604800 /* seconds */

enum collectors_protocol {
	COLLECTORS_RELP,
	COLLECTORS_SYSLOG, /* RFC 5425 */
	COLLECTORS_HTTPS,
	COLLECTORS_PROTOCOL_COUNT
};

/* As they are written; NULL at the end. */
extern const char *const collectors_protocols[COLLECTORS_PROTOCOL_COUNT + 1];

struct collector {
	char host[COLLECTORS_HOST]; /* name or address */
	char port[COLLECTORS_PORT];
};

struct collectors {
	struct collector servers[COLLECTORS_MAX]; /* in the order in which they are tried */
	size_t count; /* 0: none is named */
	char list[COLLECTORS_LIST]; /* the same as it was written */
	char name[COLLECTORS_HOST]; /* that their certificates must have; "": the host's */
	uint32_t protocol; /* enum collectors_protocol */
	char path[COLLECTORS_PATH]; /* of HTTPS */
	char authority[COLLECTORS_PATH]; /* PEM files */
	char certificate[COLLECTORS_PATH];
	char key[COLLECTORS_PATH];
	uint32_t retry; /* seconds: at most so long until the next try */
	uint32_t answer; /* seconds: an answer that takes longer does not come */
	uint32_t rate; /* events a second, at most */
	uint32_t lost_after; /* seconds: nothing taken for so long is told as an event */
	char letters[COLLECTORS_PATH]; /* URL of the folder with the collector's letters; "": none
					*/
	struct collector letters_server; /* the same in parts */
	char letters_path[COLLECTORS_PATH]; /* "/" at both ends */
	uint32_t letters_within; /* seconds: they are asked for again */
};

/* Reads @path over the defaults. The errors of config_load, a missing file among them; -EINVAL for
 * a server that can't be one. */
int collectors_load(const char *path, uid_t owner, struct collectors *ret_collectors,
		    struct config_error *ret_error);

/* The same with a drop-in that is not there yet. */
int collectors_load_staged(const char *path, uid_t owner, const struct config_staged *staged,
			   struct collectors *ret_collectors, struct config_error *ret_error);

/* The name that the certificate must have which signs the collector's letters; "" if none is
 * named. */
const char *collectors_signer(const struct collectors *collectors);

/* The name that @server's certificate must have. */
const char *collectors_name(const struct collectors *collectors, const struct collector *server);

#endif
