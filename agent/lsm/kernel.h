/* As much of the kernel's structures as guard.bpf.c looks at. Where a member lies the loader finds
 * in the kernel that runs (BTF, CO-RE): these say names alone. */
#ifndef SEKISHO_LSM_KERNEL_H
#define SEKISHO_LSM_KERNEL_H

#include <linux/bpf.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	__u32 val;
} kuid_t;

struct kernfs_node {
	struct kernfs_node *parent;
	const char *name;
};

/* Linux 6.15 calls it __parent. */
struct kernfs_node___newer {
	struct kernfs_node *__parent;
};

struct cgroup {
	int level;
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct task_struct {
	__u32 tgid;
	kuid_t loginuid;
	__u32 sessionid;
	char comm[16];
	struct css_set *cgroups;
};

struct inode {
	__u16 i_mode;
	__u32 i_rdev;
};

struct file {
	__u32 f_mode;
	__u32 f_flags;
	struct inode *f_inode;
};

struct file_system_type {
	const char *name;
};

struct super_block {
	struct file_system_type *s_type;
	char s_id[32];
};

struct io_uring_cmd {
	struct file *file;
};

struct filename {
	const char *name;
};

#pragma clang attribute pop

struct path;
struct open_flags;

#endif
