/* What the kernel refuses by BPF LSM: mounts of types that no list names, raw commands to disks,
 * writing to block devices past the file systems, sockets of radios. Each refusal, and each
 * device's node that something else kept shut, is told to sekishod through a ring.
 *
 * It holds for root too, in whatever session or service, and for who is in a user name space: the
 * user here is the kernel's own. Whoever may is a service of the list by its place among control
 * groups, which only root makes in /system.slice. */
#include "kernel.h"

#include "attempt.h"

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define EPERM  1
#define EACCES 13

#define MAY_BE_WRITTEN 0x2 /* FMODE_WRITE */
#ifdef __TARGET_ARCH_arm64
#define OPEN_DIRECT 0200000 /* O_DIRECT */
#else
#define OPEN_DIRECT 040000
#endif
#define S_IFMT	      00170000
#define S_IFCHR	      0020000
#define S_IFBLK	      0060000
#define MAJOR(device) ((device) >> 20)
#define NULL_DEVICE   (1u << 20 | 3)
#define MAJOR_RAM     1
#define MAJOR_LOOP    7
#define MAJOR_SG      21

/* MS_REMOUNT, MS_BIND, MS_MOVE, and the four of propagation: these have no type. */
#define MOUNT_IS_NONE (32 | 4096 | 8192 | 1 << 17 | 1 << 18 | 1 << 19 | 1 << 20)

#define AF_UNIX 1

/* linux/cgroup-defs.h has no limit; deeper ones are nobody's. */
#define LEVELS_MAX 24

/* Set by the loader. */
const volatile __u64 refused_families; /* 1 << AF_... */

__u64 attempts; /* so far */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, ATTEMPT_BYTES);
} ring SEC(".maps");

/* What each service may: 1 << ATTEMPT_... */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, char[ATTEMPT_SERVICE_MAX]);
	__type(value, __u32);
} services SEC(".maps");

/* Types that may be mounted. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 128);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, char[ATTEMPT_TYPE_MAX]);
	__type(value, __u32);
} types SEC(".maps");

static struct kernfs_node *parent_of(struct kernfs_node *node)
{
	struct kernfs_node___newer *newer = (void *)node;

	if (bpf_core_field_exists(node->parent))
		return BPF_CORE_READ(node, parent);
	return BPF_CORE_READ(newer, __parent);
}

static bool is_word(const char *text, const char *word, int size)
{
	for (int i = 0; i < size; i++)
		if (text[i] != word[i])
			return false;
	return true;
}

/* systemd's unit of a swap device, which swapon(2) and swapoff(2) open for writing. By its end: one
 * by UUID, as Debian's installer writes it, is longer than a service's name. */
static __attribute__((noinline)) bool is_swap(struct kernfs_node *node)
{
	const char *kernels = BPF_CORE_READ(node, name);
	char name[256], tail[6] = {}; /* NAME_MAX */
	long length = bpf_probe_read_kernel_str(name, sizeof(name), kernels);

	if (length < (long)sizeof(tail))
		return false;
	bpf_probe_read_kernel(tail, sizeof(tail), kernels + length - sizeof(tail));
	return is_word(tail, ".swap", 6);
}

/* What the service that we are in may; 0 outside of the list. */
static __u32 allowed_here(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct cgroup *group = BPF_CORE_READ(task, cgroups, dfl_cgrp);
	struct kernfs_node *node = BPF_CORE_READ(group, kn);
	int level = BPF_CORE_READ(group, level);
	char name[ATTEMPT_SERVICE_MAX] = {};
	char above[16] = {};
	const __u32 *may;

	if (level < 2 || level >= LEVELS_MAX)
		return 0;
	for (int i = 0; i < LEVELS_MAX; i++) {
		if (level <= 2)
			break;
		node = parent_of(node);
		level--;
	}
	bpf_probe_read_kernel_str(above, sizeof(above), BPF_CORE_READ(parent_of(node), name));
	if (!is_word(above, "system.slice", 13))
		return 0;
	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(node, name));
	may = bpf_map_lookup_elem(&services, name);
	if (may)
		return *may;
	return is_swap(node) ? 1u << ATTEMPT_BLOCK_WRITE : 0;
}

static bool may(enum attempt_action action)
{
	return allowed_here() & 1u << action;
}

/* A look of `sekisho check exits`, who is root, is no attempt. */
static bool is_probe(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	char name[16] = {};

	bpf_probe_read_kernel_str(name, sizeof(name),
				  BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, name));
	return (__u32)bpf_get_current_uid_gid() == 0 &&
	       is_word(name, ATTEMPT_PROBE_GROUP, sizeof(ATTEMPT_PROBE_GROUP));
}

/* NULL where the ring is full: the next one's number tells. */
static struct attempt *begin(enum attempt_action action)
{
	__u64 count = __sync_fetch_and_add(&attempts, 1) + 1;
	struct attempt *attempt = bpf_ringbuf_reserve(&ring, sizeof(*attempt), 0);
	struct task_struct *task = (void *)bpf_get_current_task();

	if (!attempt)
		return NULL;
	__builtin_memset(attempt, 0, sizeof(*attempt));
	attempt->count = count;
	attempt->action = action;
	attempt->uid = (__u32)bpf_get_current_uid_gid();
	attempt->login_uid = bpf_core_field_exists(task->loginuid)
				     ? BPF_CORE_READ(task, loginuid.val)
				     : ATTEMPT_NOBODY;
	attempt->session = bpf_core_field_exists(task->sessionid) ? BPF_CORE_READ(task, sessionid)
								  : ATTEMPT_NOBODY;
	attempt->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(attempt->program, sizeof(attempt->program));
	return attempt;
}

static void end(struct attempt *attempt)
{
	bpf_ringbuf_submit(attempt, 0);
}

static int refuse_type(const char type[ATTEMPT_TYPE_MAX], const char *source)
{
	struct attempt *attempt;

	if (bpf_map_lookup_elem(&types, type))
		return 0;
	if (is_word(type, ATTEMPT_PROBE_TYPE, sizeof(ATTEMPT_PROBE_TYPE)))
		return -EPERM;
	attempt = begin(ATTEMPT_MOUNT);
	if (attempt) {
		__builtin_memcpy(attempt->text, type, ATTEMPT_TYPE_MAX);
		if (source)
			bpf_probe_read_kernel_str(attempt->source, sizeof(attempt->source), source);
		end(attempt);
	}
	return -EPERM;
}

/* Before anything of it is done: a server is not asked. */
SEC("lsm/sb_mount")
int BPF_PROG(guard_mount, const char *source, const struct path *where, const char *type,
	     unsigned long flags, void *data, int before)
{
	char key[ATTEMPT_TYPE_MAX] = {};

	if (before != 0)
		return before;
	if (!type || (flags & MOUNT_IS_NONE))
		return 0;
	bpf_probe_read_kernel_str(key, sizeof(key), type);
	/* "fuse.sshfs" is fuse: get_fs_type(), fs/filesystems.c. */
	for (int i = 0, cut = 0; i < ATTEMPT_TYPE_MAX; i++) {
		cut = cut || key[i] == '.';
		if (cut)
			key[i] = '\0';
	}
	return refuse_type(key, source);
}

/* By whatever system call, fsopen(2) too, before anybody can use it. */
SEC("lsm/sb_kern_mount")
int BPF_PROG(guard_super, struct super_block *super, int before)
{
	char key[ATTEMPT_TYPE_MAX] = {};

	if (before != 0)
		return before;
	bpf_probe_read_kernel_str(key, sizeof(key), BPF_CORE_READ(super, s_type, name));
	return refuse_type(key, super->s_id);
}

static int refuse_device(enum attempt_action action, struct inode *inode, __u32 number)
{
	struct attempt *attempt;

	if (may(action))
		return 0;
	attempt = begin(action);
	if (attempt) {
		attempt->device = inode->i_rdev;
		attempt->block = (inode->i_mode & S_IFMT) == S_IFBLK;
		attempt->number = number;
		end(attempt);
	}
	return -EPERM;
}

/* Commands to a device as they are, which the kernel takes without the file being open for writing:
 * SCSI's, ATA's (linux/hdreg.h), NVMe's, and those of cards. The first means nothing where there is
 * no SCSI, so nobody is asked what the file is. */
static bool is_raw(__u32 command, __u16 mode)
{
	switch (command) {
	case 0x2285: /* SG_IO */
	case 0x5393: /* CDROM_SEND_PACKET */
	case 0xc0484e41: /* NVME_IOCTL_ADMIN_CMD */
	case 0x40304e42: /* NVME_IOCTL_SUBMIT_IO */
	case 0x402c4e42: /* NVME_IOCTL_SUBMIT_IO32 */
	case 0xc0484e43: /* NVME_IOCTL_IO_CMD */
	case 0xc0504e47: /* NVME_IOCTL_ADMIN64_CMD */
	case 0xc0504e48: /* NVME_IOCTL_IO64_CMD */
	case 0xc0504e49: /* NVME_IOCTL_IO64_CMD_VEC */
	case 0xc048b300: /* MMC_IOC_CMD */
	case 0xc008b301: /* MMC_IOC_MULTI_CMD */
		return true;
	case 1: /* SCSI_IOCTL_SEND_COMMAND */
	case 0x031d: /* HDIO_DRIVE_TASKFILE */
	case 0x031e: /* HDIO_DRIVE_TASK */
	case 0x031f: /* HDIO_DRIVE_CMD */
		return (mode & S_IFMT) == S_IFBLK || (mode & S_IFMT) == S_IFCHR;
	default:
		return false;
	}
}

static int judge_ioctl(struct inode *inode, unsigned int command, int before)
{
	if (before != 0 || !is_raw(command, inode->i_mode))
		return before;
	if (inode->i_rdev == NULL_DEVICE && (inode->i_mode & S_IFMT) == S_IFCHR)
		return -EPERM; /* the probe: nobody is told */
	return refuse_device(ATTEMPT_RAW_COMMAND, inode, command);
}

SEC("lsm/file_ioctl")
int BPF_PROG(guard_ioctl, struct file *file, unsigned int command, unsigned long argument,
	     int before)
{
	return judge_ioctl(file->f_inode, command, before);
}

/* What 32-bit programs ask; a kernel without this hook asks the one above for them. */
SEC("lsm/file_ioctl_compat")
int BPF_PROG(guard_compat, struct file *file, unsigned int command, unsigned long argument,
	     int before)
{
	return judge_ioctl(file->f_inode, command, before);
}

/* Only NVMe's passthrough is such a command (drivers/nvme/host/ioctl.c), where there are any. */
SEC("lsm/uring_cmd")
int BPF_PROG(guard_uring, struct io_uring_cmd *command, int before)
{
	struct inode *inode = command->file->f_inode;

	if (before != 0 || (inode->i_mode & S_IFMT) != S_IFCHR)
		return before;
	return refuse_device(ATTEMPT_RAW_COMMAND, inode, 0);
}

/* A disk is written through file systems, which the kernel opens for itself (blkdev_get_by_path(),
 * no file). Memory and files that pass for disks are no way out. sg takes commands by write(2) as
 * well. */
SEC("lsm/file_open")
int BPF_PROG(guard_open, struct file *file, int before)
{
	struct inode *inode = file->f_inode;
	__u16 kind = inode->i_mode & S_IFMT;
	__u32 major;

	if (before != 0 || (kind != S_IFBLK && kind != S_IFCHR) || !(file->f_mode & MAY_BE_WRITTEN))
		return before;
	major = MAJOR(inode->i_rdev);
	if (kind == S_IFCHR && inode->i_rdev == NULL_DEVICE)
		return file->f_flags & OPEN_DIRECT ? -EPERM : 0; /* the probe: nobody is told */
	if (kind == S_IFCHR)
		return major == MAJOR_SG ? refuse_device(ATTEMPT_RAW_COMMAND, inode, 0) : 0;
	if (major == MAJOR_RAM || major == MAJOR_LOOP)
		return 0;
	return refuse_device(ATTEMPT_BLOCK_WRITE, inode, 0);
}

SEC("lsm/socket_create")
int BPF_PROG(guard_socket, int family, int type, int protocol, int kernels, int before)
{
	struct attempt *attempt;

	if (before != 0 || kernels)
		return before;
	if (family == AF_UNIX && protocol == ATTEMPT_PROBE_PROTOCOL)
		return -EPERM;
	if (family < 0 || family > 63 || !(refused_families & 1ull << family))
		return 0;
	attempt = begin(ATTEMPT_SOCKET);
	if (attempt) {
		attempt->number = family;
		end(attempt);
	}
	return -EPERM;
}

/* What a device policy of control groups refused: sessions have one (user.slice). Asked for nodes
 * of devices alone, so it costs others nothing. */
SEC("fexit/devcgroup_check_permission")
int BPF_PROG(see_policy, short type, __u32 major, __u32 minor, short access, int result)
{
	struct attempt *attempt;

	if (result != -EPERM || is_probe())
		return 0;
	attempt = begin(ATTEMPT_OPEN);
	if (attempt) {
		attempt->device = major << 20 | (minor & 0xfffff);
		attempt->block = type & 1; /* DEVCG_DEV_BLOCK */
		end(attempt);
	}
	return 0;
}

/* What a node's owner and mode refused. Only the path is known here, as it was written. */
SEC("fexit/do_filp_open")
int BPF_PROG(see_mode, int directory, struct filename *name, const struct open_flags *flags,
	     struct file *result)
{
	char path[ATTEMPT_TEXT_MAX] = {};
	struct attempt *attempt;

	if ((long)result != -EACCES)
		return 0;
	bpf_probe_read_kernel_str(path, sizeof(path), name->name);
	if (!is_word(path, "/dev/", 5) || is_word(path, "/dev/shm/", 9) ||
	    is_word(path, "/dev/mqueue/", 12))
		return 0;
	attempt = begin(ATTEMPT_OPEN);
	if (attempt) {
		__builtin_memcpy(attempt->text, path, sizeof(path));
		end(attempt);
	}
	return 0;
}
