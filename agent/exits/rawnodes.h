/* Raw device nodes: what no session may open, and whether a process in a control group may. */
#ifndef SEKISHO_RAWNODES_H
#define SEKISHO_RAWNODES_H

#include <stddef.h>
#include <sys/types.h>

#define RAW_NODES_MAX 1024

struct raw_node {
	const char *name; /* of the driver, for people; static */
	mode_t type; /* S_IFCHR: neither to be read nor to be written; S_IFBLK: not to be written */
	unsigned int major, minor;
};

struct raw_nodes {
	struct raw_node list[RAW_NODES_MAX];
	size_t count;
};

/* What there is below @root ("/"), and the first node of each driver that may come. -E2BIG beyond
 * the maximum; -errno if /proc or /sys can't be read. */
int rawnodes_list(int root, struct raw_nodes *nodes);

/* Asks the kernel, from inside, whether a process in @cgroup may open one of them: 0 if it may open
 * none, 1 and *@ret_open if it may open that one, -errno if that can't be found out, -ENOTSUP if
 * the answers make no sense. Nothing is opened, and no node is made that anybody else sees. For the
 * time of the question @cgroup has another one below it. @top: the control group above all, where
 * no policy keeps us from making nodes. */
int rawnodes_try(int top, int cgroup, const struct raw_nodes *nodes, size_t *ret_open);

#endif
