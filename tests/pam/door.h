/* What the module's tests share: a door (a PAM service in a folder of its own) with the built
 * module in it, a person in front of it, and the log. No PAM file of the host is read. */
#ifndef SEKISHO_DOOR_H
#define SEKISHO_DOOR_H

#include "lying_authd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <security/pam_appl.h>
#include <stdbool.h>

#define DOOR_LOG_MAX 16384

/* Steps that most scripts have: authd asks for the PIN, which must be the answer unless that is
 * NULL; gives a verdict without a word; is done. */
#define PROMPT(answer)                                                                             \
	{                                                                                          \
		LIE_PROMPT, 0, "PIN: ", answer                                                     \
	}
#define SAY(which)                                                                                 \
	{                                                                                          \
		LIE_VERDICT, which, NULL, NULL                                                     \
	}
#define END                                                                                        \
	{                                                                                          \
		LIE_END, 0, NULL, NULL                                                             \
	}

/* What the person and the program do, and what was shown. */
struct person {
	const char *answer; /* NULL: the program's conversation gives no answer */
	uint8_t key; /* .answer is kept xored with this, so that it is nowhere in clear */
	int code; /* what the conversation function returns */
	bool as_sshd; /* sshd's password authentication: hidden questions alone are answered */
	bool no_response; /* PAM_SUCCESS, but nothing handed over */
	unsigned int sleep_ms; /* before each answer, and at each notice */
	unsigned int prompts;
	unsigned int notices;
	char last[4096];
	int last_style;
	char styles[64]; /* of all that was shown: hidden and open questions "hq", errors "e", "i"
			  */
};

extern char door_folder[64];
extern char door_module[4096];

/* Setup and teardown of a test. Setup makes us root in a user namespace of our own if we are not
 * root: the module trusts a socket of root's alone. */
int door_setup(void **state);
int door_teardown(void **state);

/* Finds the module beside the test: BUILD/MODE/tests/pam/test_NAME -> BUILD/MODE. 0 or -1. */
int door_find_module(const char *program);

/* Writes the service "door": @before, our four lines with @arguments, @after. */
void door_write(const char *before, const char *arguments, const char *after);

/* The same with arguments of their own for authentication and account management. */
void door_write_parts(const char *before, const char *auth, const char *account, const char *after);

/* A log-in of hanako at the door. End it with pam_end. */
pam_handle_t *door_begin(struct person *person);

/* The same for anybody (NULL: the program names nobody). */
pam_handle_t *door_begin_as(struct person *person, const char *user);

/* One authentication with an authd that lies, in a log-in that goes on. Fails if authd's script was
 * not followed. */
int door_ask(pam_handle_t *pamh, const struct lying_step *script);

/* One authentication with an authd that lies. Fails if authd's script was not followed. */
int door_authenticate(struct person *person, const struct lying_step *script, int flags);

/* The same, for scripts that the module is meant to break off. */
int door_authenticate_broken(struct person *person, const struct lying_step *script, int flags);

/* The delay in microseconds that pam_fail_delay asked for in the last authentication. */
unsigned int door_delay(void);

/* What the module logged since the last door_begin. */
const char *door_log(void);

#endif
