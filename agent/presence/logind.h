/* The sessions of this machine, as logind tells them to anybody (org.freedesktop.login1(5)). */
#ifndef SEKISHO_LOGIND_H
#define SEKISHO_LOGIND_H

#include "lockproto.h"
#include "protocol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#define LOGIND_SESSIONS_MAX 256 /* of people; jobs of cron are not kept */

struct session {
	char name[LOCK_SESSION_MAX]; /* "3", "c1" */
	char user[PROTOCOL_USER_MAX];
	char service[PROTOCOL_SERVICE_MAX]; /* of PAM, by which it came */
	char tty[PROTOCOL_ID_MAX];
	uint32_t leader; /* the process that opened it */
	int64_t since_ms; /* CLOCK_MONOTONIC */
	bool graphical; /* x11, wayland, mir: what may have a lock */
	bool remote;
	bool person; /* a user's; not a log-in screen's or a job's */
	bool closing; /* it has ended, and something in it runs on */
	bool locked; /* its desktop says so */
};

struct logind {
	sd_bus *bus; /* NULL: not connected */
	struct session sessions[LOGIND_SESSIONS_MAX];
	size_t count;
	bool known; /* .sessions were read at least once */
	bool stale; /* something changed since they were read */
};

/* Connects if it is not, takes in what changed and, if @now asks for it or something did, reads all
 * sessions. 0, or -errno: they are as they were. */
int logind_look(struct logind *logind, bool now);

/* For poll(2). -1: not connected. */
int logind_fd(const struct logind *logind);
short logind_events(const struct logind *logind);

void logind_close(struct logind *logind);

const struct session *logind_find(const struct logind *logind, const char *name);

#endif
