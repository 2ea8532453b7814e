/* The terminals between which somebody may vouch by telephone: their names and public keys.
 *
 *     # sekisho-substitutes 1
 *     NAME X25519-PUBLIC-KEY-HEX [answers=yes]
 *
 * Root's file, without secrets, the same on all of them: each finds its own line by its key.
 * Answers count only of those that the file says answer. */
#ifndef SEKISHO_PHONEGROUP_H
#define SEKISHO_PHONEGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PHONEGROUP_HEADER "# sekisho-substitutes 1\n"
#define PHONEGROUP_MAX	  256 /* terminals */
#define PHONEGROUP_NAME	  64 /* bytes with the closing zero */
#define PHONEGROUP_KEY	  32 /* bytes of an X25519 key (RFC 7748) */

struct phonegroup_terminal {
	char name[PHONEGROUP_NAME];
	uint8_t key[PHONEGROUP_KEY];
	bool answers;
};

struct phonegroup {
	struct phonegroup_terminal terminals[PHONEGROUP_MAX];
	size_t count;
};

/* Reads and checks all of it. -ENOENT; -EPERM for a file that is not root's or @owner's alone;
 * -EINVAL, also for a name or a key that is there twice, with @ret_line and what is wrong. */
int phonegroup_load(const char *path, uid_t owner, struct phonegroup *ret_group,
		    unsigned int *ret_line, const char **ret_wrong);

/* NULL: there is none. */
const struct phonegroup_terminal *phonegroup_of_key(const struct phonegroup *group,
						    const uint8_t key[static PHONEGROUP_KEY]);
const struct phonegroup_terminal *phonegroup_of_name(const struct phonegroup *group,
						     const char *name);

#endif
