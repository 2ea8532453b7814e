/* Whether the kernel refuses what agent/lsm/guard.bpf.c refuses, asked with what nobody uses: no
 * attempt is told. */
#ifndef SEKISHO_GUARDTRY_H
#define SEKISHO_GUARDTRY_H

enum guardtry_probe {
	GUARDTRY_MOUNT,
	GUARDTRY_COMMAND,
	GUARDTRY_WRITE,
	GUARDTRY_SOCKET,
};

/* 1: it is refused, 0: it isn't, -errno: it can't be told. Root's. */
int guardtry(enum guardtry_probe probe);

#endif
