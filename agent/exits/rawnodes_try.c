/* Asking the kernel what a control group's device policy lets through. The programs that systemd
 * attaches can be counted by anybody but say nothing of what they do, so a process goes there and
 * asks.
 *
 * access(2) runs them as open(2) does (fs/namei.c, inode_permission(), which calls
 * devcgroup_inode_permission()) and opens nothing: no driver is loaded, no disk woken, no tape
 * wound. */
#include "rawnodes.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#define GROUP	  "sekisho-probe"
#define ALLOWED	  "allowed" /* the name of a node that every policy of systemd's lets through */
#define NAME_SIZE 24

/* What a process in another group does and finds, in memory that both see. */
struct errand {
	int (*run)(struct errand *errand);
	int place;
	const struct raw_nodes *nodes;
	size_t open;
	int result;
};

/* Runs it in another group. */
static int run_in(int cgroup, struct errand *errand)
{
	struct clone_args arguments = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)cgroup,
	};
	pid_t pid;

	errand->result = -EIO; /* it died before it had an answer */
	pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		errand->result = errand->run(errand);
		_exit(0);
	}
	while (waitpid(pid, NULL, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return errand->result;
}

/* A file system that is nowhere to be found and goes with its descriptor. */
static int make_place(int *ret_fd)
{
	_cleanup_close_ int fs = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);

	if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	*ret_fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	return *ret_fd < 0 ? -errno : 0;
}

static void name_of(size_t i, char name[static NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "%zu", i);
}

static int make_nodes(struct errand *errand)
{
	const struct raw_nodes *nodes = errand->nodes;
	const int place = errand->place;
	char name[NAME_SIZE];

	if (mknodat(place, ALLOWED, S_IFCHR | 0600, makedev(1, 3)) < 0)
		return -errno;
	for (size_t i = 0; i < nodes->count; i++) {
		const struct raw_node *node = &nodes->list[i];

		name_of(i, name);
		if (mknodat(place, name, node->type | 0600, makedev(node->major, node->minor)) < 0)
			return -errno;
	}
	return 0;
}

/* 1 if this process might open it so, 0 if it is refused, -errno if it is neither. */
static int may(int place, const char *name, int access_mode)
{
	if (faccessat(place, name, access_mode, 0) == 0)
		return 1;
	return errno == EPERM ? 0 : -errno;
}

static int ask_all(struct errand *errand)
{
	const struct raw_nodes *nodes = errand->nodes;
	const int place = errand->place;
	char name[NAME_SIZE];
	int r;

	/* Who is refused this one is refused by something else than a policy of devices. */
	r = may(place, ALLOWED, W_OK);
	if (r <= 0)
		return r < 0 ? r : -ENOTSUP;
	for (size_t i = 0; i < nodes->count; i++) {
		name_of(i, name);
		r = may(place, name, W_OK);
		if (r == 0 && nodes->list[i].type == S_IFCHR)
			r = may(place, name, R_OK);
		if (r != 0) {
			errand->open = i;
			return r;
		}
	}
	return 0;
}

/* In a group of our own below @cgroup: in one that has controllers for those below it no process
 * may be, and in a user's that user could stop us. */
static int ask_below(int cgroup, struct errand *errand)
{
	_cleanup_close_ int group = -1;
	int r;

	/* One that a killed look left behind serves as well. */
	if (mkdirat(cgroup, GROUP, 0755) < 0 && errno != EEXIST)
		return -errno;
	errand->run = ask_all;
	group = openat(cgroup, GROUP, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = group < 0 ? -errno : run_in(group, errand);
	unlinkat(cgroup, GROUP, AT_REMOVEDIR);
	return r;
}

int rawnodes_try(int top, int cgroup, const struct raw_nodes *nodes, size_t *ret_open)
{
	_cleanup_close_ int place = -1;
	struct errand *errand;
	int r = make_place(&place);

	if (r < 0)
		return r;
	errand = mmap(NULL, sizeof(*errand), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (errand == MAP_FAILED)
		return -errno;
	*errand = (struct errand){.run = make_nodes, .place = place, .nodes = nodes};
	r = run_in(top, errand);
	if (r == 0)
		r = ask_below(cgroup, errand);
	if (r == 1)
		*ret_open = errand->open;
	munmap(errand, sizeof(*errand));
	return r;
}
