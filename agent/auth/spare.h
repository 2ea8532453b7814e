/* The session's program, and one session started ahead, so that the next person need not wait for
 * it. */
#ifndef SEKISHO_SPARE_H
#define SEKISHO_SPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SPARE_ARGUMENTS 32

/* How sekisho-session is started. */
struct session_program {
	char *words[SPARE_ARGUMENTS + 2]; /* program, arguments, room for an option, NULL */
	size_t count; /* without the option */
};

/* A session that waits for its log-in (sekisho-session --wait). */
struct spare {
	pid_t pid; /* 0: none */
	int fd; /* through which it gets the connection, -1: none */
	int64_t renew_at; /* when to start one, if there is none; else when to replace it;
			     wire_now() */
};

/* Starts the program with the option as its last argument (NULL: none) and `fd` as its standard
 * input
 * (-1: the caller's own). Returns 0 with the process in *ret_pid, or -errno of posix_spawn(3). */
int session_start(struct session_program *program, const char *option, int fd, pid_t *ret_pid);

/* Hands the connection `fd` to the session that waits or, where there is none, to a new one, which
 * takes longer. `fd` stays the caller's. Returns 0 with the process in *ret_pid, or -errno. */
int spare_begin(struct spare *spare, struct session_program *program, int fd, pid_t *ret_pid);

/* Starts a session that waits, in place of an older one. Where that fails there is none, until the
 * next time that renew_at tells. */
void spare_renew(struct spare *spare, struct session_program *program);

/* Lets go of the one that waits: it ends when its socket is closed. */
void spare_forget(struct spare *spare);

#endif
