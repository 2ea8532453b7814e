/* Doors that PAM doesn't guard: each is looked at while the machine runs. */
#ifndef SEKISHO_OTHERDOORS_H
#define SEKISHO_OTHERDOORS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define OTHERDOOR_TEXT_MAX 256

enum otherdoor_state {
	OTHERDOOR_CLOSED,
	OTHERDOOR_ABSENT,
	OTHERDOOR_WARNING, /* nobody gets in by it, but it should be put right */
	OTHERDOOR_OPEN,
	OTHERDOOR_UNSEEN, /* counts as open */
	OTHERDOOR_STATES
};

#define OTHERDOOR_NOBODY ((uid_t)-1)

struct otherdoor_scene {
	int root; /* a descriptor of "/" */
	bool key_passes; /* PAM's account management of sshd lets in without our verdict */
	/* What `sshd -T` says; NULL: it couldn't be run. */
	const char *sshd;
	/* What sudodoor_program says; NULL: it couldn't be run, or not be read. */
	const char *sudoers;
	/* Who sits at the seat, whom systemd gives nodes of keys; OTHERDOOR_NOBODY: nobody. */
	uid_t seated;
};

struct otherdoor {
	const char *name;
	const char *title; /* English, translated where it is shown */
	const char *next; /* what to do where it is open */
	enum otherdoor_state (*look)(const struct otherdoor_scene *scene,
				     char text[static OTHERDOOR_TEXT_MAX]);
};

extern const struct otherdoor otherdoors[];
extern const size_t otherdoor_count;

#endif
