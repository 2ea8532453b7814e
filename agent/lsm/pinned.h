/* What hangs at a pin, as the kernel has it: a name below /sys/fs/bpf says nothing, for pins can be
 * renamed. bpf(2) alone, no library. */
#ifndef SEKISHO_PINNED_H
#define SEKISHO_PINNED_H

#include <stdint.h>

#define PINNED_NAME_MAX 16 /* BPF_OBJ_NAME_LEN */

struct pinned {
	uint32_t program; /* the kernel's number of it, given once */
	char name[PINNED_NAME_MAX]; /* as it was loaded; for who has no CAP_SYS_ADMIN "" */
};

/* The program of the link that is pinned at @path. -EMEDIUMTYPE: it is no link to a program;
 * -errno. */
int pinned_link(const char *path, struct pinned *ret_pinned);

/* The number of the map that is pinned at @path; errors as above. */
int pinned_map(const char *path, uint32_t *ret_map);

#endif
