/* The machine's PAM stack as its distribution's program keeps it: whether it asks for the key, and
 * the switch. Source of the layout: pam-auth-update(8), authselect(8), pam.d(5). */
#ifndef SEKISHO_STACK_H
#define SEKISHO_STACK_H

#include <stdbool.h>

#define STACK_AUTH    "/etc/pam.d/common-auth" /* Debian's */
#define STACK_ACCOUNT "/etc/pam.d/common-account"

struct logins;

/* How one family of distributions switches PAM. The functions return 0 or -errno, where nothing
 * else is said. */
struct stack_keeper {
	const char *name; /* of the program, for messages */
	const char *program; /* where this is, this keeper is the machine's */
	const char *profile; /* what Sekisho has for it */
	const char *package; /* which brings that */
	const char *group; /* whose members may repair the machine */
	const char *files; /* what the program writes, for messages */
	const char *included; /* what a service includes to be asked for, for messages */
	const char *by_hand; /* what to do where that stays as it is, for messages */
	bool linked; /* the files of .asks are links to what it writes */
	struct {
		const char *path, *type;
	} asks[4]; /* every one of them has to ask for the key */

	/* Whether Sekisho's profile could be put in the place of what is there; tells why not, and
	 * returns an enum command_status. NULL: it always can. */
	int (*check)(void);
	/* Tells what will be other than it was, besides the key. NULL: nothing. */
	void (*tell)(void);
	/* Puts into @logins what the stack will be. */
	int (*foresee)(struct logins *logins);
	int (*on)(void);
	/* What was there before on() comes back. @force: files that don't look as they were written
	 * are written all the same. */
	int (*off)(bool force);
	/* What on() kept for off() goes, once what was before is seen to be back and on the disk.
	 * NULL: it keeps nothing. */
	int (*forget)(void);
	/* Whether a switch broke off that off() has yet to take back, although no file names the
	 * module any more. NULL: it can't. */
	bool (*unfinished)(void);
};

/* This machine's; NULL: none that is known is here. */
const struct stack_keeper *stack_keeper(void);

/* Says that there is none; returns an enum command_status. */
int stack_fail_unkept(const char *command);

/* Whether the lines of type @type ("auth", "account") in @text name pam_sekisho.so as `required`
 * before any other module. Pure. */
bool stack_asks(const char *text, const char *type);

/* Whether any line of @text that is not a comment names pam_sekisho.so. Pure. */
bool stack_names(const char *text);

/* Reads the keeper's files. *ret_on: all ask as they should. *ret_traces: one names the module at
 * all. -ENOSYS without a keeper. */
int stack_state(bool *ret_on, bool *ret_traces);

/* Switches the profile by the keeper and reads the outcome back; it is on the disk then. -EBUSY if
 * the files did not change as they should, which is what edited files lead to; -ENOSYS without a
 * keeper. */
int stack_switch_on(void);
int stack_switch_off(bool force);

/* .unfinished of the keeper. */
bool stack_unfinished(void);

#endif
