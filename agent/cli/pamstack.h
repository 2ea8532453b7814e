/* The PAM configuration of one service, as libpam puts it together: the modules of authentication
 * and of account management, with what each of their results leads to.
 *
 * The grammar is that of pam.conf(5) and pam.d(5); where they say less than the library does, it is
 * Linux-PAM 1.5.2's, libpam/pam_handlers.c and pam_misc.c, with Debian's @include. It is read more
 * strictly: what libpam would cut, guess or let fail is told, and the service is not loaded. */
#ifndef SEKISHO_PAMSTACK_H
#define SEKISHO_PAMSTACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAMSTACK_DIRECTORY    "/etc/pam.d"
#define PAMSTACK_VENDOR	      "/usr/lib/pam.d"
#define PAMSTACK_SINGLE	      "/etc/pam.conf"
#define PAMSTACK_OTHER	      "other"
#define PAMSTACK_ELEMENTS_MAX 64 /* of a chain */
#define PAMSTACK_DEPTH_MAX    16 /* PAM_SUBSTACK_MAX_LEVEL; for includes too */
#define PAMSTACK_FILES_MAX    256 /* opened for one service */
#define PAMSTACK_CODES	      32 /* _PAM_RETURN_VALUES: PAM_SUCCESS to PAM_INCOMPLETE */
#define PAMSTACK_LINE_MAX     1024 /* BUF_SIZE of pam_handlers.c: what is longer is cut there */
#define PAMSTACK_PLACE_MAX    256

/* What a result leads to; above zero: so many modules are jumped over. */
enum pamstack_action {
	PAMSTACK_IGNORE = 0,
	PAMSTACK_OK = -1,
	PAMSTACK_DONE = -2,
	PAMSTACK_BAD = -3,
	PAMSTACK_DIE = -4,
	PAMSTACK_RESET = -5,
	PAMSTACK_UNDEFINED = -6
};

struct pamstack_element {
	char *module; /* as it is written; NULL: here a substack begins */
	char *arguments; /* each followed by a newline, which none of them has; "" for none */
	char place[PAMSTACK_PLACE_MAX]; /* FILE:LINE */
	int16_t actions[PAMSTACK_CODES];
	uint8_t level; /* substacks around it */
};

struct pamstack_chain {
	struct pamstack_element list[PAMSTACK_ELEMENTS_MAX];
	size_t count;
};

enum pamstack_type {
	PAMSTACK_AUTH,
	PAMSTACK_ACCOUNT,
	PAMSTACK_KEPT, /* those before are; the others decide about no way in */
	PAMSTACK_PASSWORD = PAMSTACK_KEPT,
	PAMSTACK_SESSION,
	PAMSTACK_ANY
};

struct pamstack {
	struct pamstack_chain chains[PAMSTACK_KEPT];
};

enum pamstack_reason {
	PAMSTACK_UNREADABLE,
	PAMSTACK_WRITABLE, /* by somebody but root */
	PAMSTACK_LONG,
	PAMSTACK_CHARACTER,
	PAMSTACK_CONTINUATION,
	PAMSTACK_BRACKET,
	PAMSTACK_TYPE,
	PAMSTACK_CONTROL,
	PAMSTACK_MODULE,
	PAMSTACK_INCLUDE,
	PAMSTACK_DEEP,
	PAMSTACK_MANY,
	PAMSTACK_REASONS
};

struct pamstack_trouble {
	enum pamstack_reason reason;
	char place[PAMSTACK_PLACE_MAX]; /* FILE:LINE or FILE */
};

/* What each reason is called: a word, and a sentence in English, translated where it is shown. */
extern const struct pamstack_reason_row {
	const char *word, *text;
} pamstack_reasons[PAMSTACK_REASONS];

/* Where files come from. Tests and fuzzers have no folder. */
struct pamstack_source {
	/* The whole file; -ENOENT, -EPERM (not root's alone to write), -errno. */
	int (*read)(void *user, const char *path, char **ret_text, size_t *ret_length);
	void *user;
	bool single; /* there is no folder, but pam.conf */
};

/* 0; -EBADMSG with @ret_trouble filled where it can't be told what libpam would do, -ENOMEM. The
 * chain that a service lacks is that of "other", as in libpam. To be freed even if it failed. */
int pamstack_load(const struct pamstack_source *source, const char *service, struct pamstack *stack,
		  struct pamstack_trouble *ret_trouble);
void pamstack_free(struct pamstack *stack);

/* A text of [value=action ...] without the brackets, or one of required, requisite, sufficient,
 * optional; as in libpam. -EINVAL for what is none. */
int pamstack_control(const char *text, int16_t actions[static PAMSTACK_CODES]);
int pamstack_bracket(const char *text, int16_t actions[static PAMSTACK_CODES]);

/* "auth_err" for PAM_AUTH_ERR; as in pam.conf(5). */
const char *pamstack_code_name(unsigned int code);

/* The next logical line of a text: without comment, continued lines joined. */
struct pamstack_reader {
	const char *at, *end;
	unsigned int number; /* of the line that was read last, from 1 */
};

/* 1; 0 at the end; -EBADMSG with @ret_reason. */
int pamstack_read_line(struct pamstack_reader *reader, char line[static PAMSTACK_LINE_MAX],
		       enum pamstack_reason *ret_reason);

/* The next word; what is in brackets is one, without them, and *ret_bracket tells. NULL at the end
 * of the line; -EBADMSG in *ret for a bracket that is left open. The line is written to. */
char *pamstack_word(char **line, bool *ret_bracket, int *ret);

#endif
