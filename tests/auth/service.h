/* sekisho-authd as systemd runs it, at a terminal of its own. */
#ifndef TESTS_SERVICE_H
#define TESTS_SERVICE_H

#include "terminal.h"

#include <sys/types.h>

#define SERVICE_CHILDREN 4

struct service {
	struct terminal *terminal;
	char socket[128];
	pid_t pid;
};

int service_setup(void **state);

/* With every descriptor below AUTHD_POLLED in use from the beginning. */
int service_setup_crowded(void **state);

/* Fails where authd does not end well, or a session that waited stays behind. */
int service_teardown(void **state);

#define SERVED(function) cmocka_unit_test_setup_teardown(function, service_setup, service_teardown)

/* A connection to authd's socket, or -1. */
int service_call(const struct service *service);

struct outcome service_log_in(struct service *service, const char *user);

/* Plugs key 0 in, hanako's. */
void service_enrol(struct service *service);

/* The children of a process, 0 where there are fewer. */
void service_children(pid_t parent, pid_t ret_pids[static SERVICE_CHILDREN]);

/* Waits until a process has ended and was reaped. */
void service_assert_gone(pid_t pid);

#endif
