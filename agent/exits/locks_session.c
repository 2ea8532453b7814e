/* What a session may open, and whether everybody's session is where that is decided. */
#include "exits.h"

#include "cleanup.h"
#include "file.h"
#include "gettext.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define GROUPS	   "sys/fs/cgroup"
#define SLICE	   "/user.slice"
#define NOBODY	   "4294967295" /* no log-in was before this process: proc(5), loginuid */
#define GROUP_MAX  512 /* bytes of a line of /proc/PID/cgroup */
#define GROUPS_MAX 16 /* remembered */

/* The groups that are known to have a policy: all below them have it too, for a program that
 * systemd attaches to one decides about all below it. */
struct groups {
	const struct machine *machine;
	struct raw_nodes nodes;
	char closed[GROUPS_MAX][GROUP_MAX];
	size_t count;
};

/* As rawnodes_try(), for @group ("/user.slice") of the machine's; -ENOENT: there is none. */
static int try_group(const struct machine *machine, const char *group,
		     const struct raw_nodes *nodes, size_t *ret_open)
{
	_cleanup_close_ int top = openat(machine->root, GROUPS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int fd =
		top < 0 ? -1 : openat(top, group + 1, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : machine->try_nodes(top, fd, nodes, ret_open);
}

void look_session_devices(const struct machine *machine, struct lock_finding *finding)
{
	struct raw_nodes nodes;
	size_t open = 0;
	int r = rawnodes_list(machine->root, &nodes);

	if (r == 0)
		r = try_group(machine, SLICE, &nodes, &open);
	/* systemd makes it with the first session. */
	if (r == -ENOENT && faccessat(machine->root, GROUPS SLICE, F_OK, 0) < 0)
		lock_found(finding, LOCK_HOLDS, "%s", _("nobody is logged in"));
	else if (r < 0)
		lock_found(finding, LOCK_UNSEEN, "/" GROUPS SLICE ": %s", strerror(-r));
	else if (r == 0)
		lock_found(finding, LOCK_HOLDS, _("/%s refuses %zu raw device nodes"), GROUPS SLICE,
			   nodes.count);
	else
		lock_found(finding, LOCK_BROKEN,
			   _("/%s lets sessions open %s (%u:%u); 'systemctl cat user.slice' shows "
			     "its policy, 'systemctl daemon-reload' sets it"),
			   GROUPS SLICE, nodes.list[open].name, nodes.list[open].major,
			   nodes.list[open].minor);
}

static bool is_known(const struct groups *groups, const char *group)
{
	for (size_t i = 0; i < groups->count; i++) {
		size_t length = strlen(groups->closed[i]);

		if (strncmp(group, groups->closed[i], length) == 0 &&
		    (group[length] == '\0' || group[length] == '/'))
			return true;
	}
	return false;
}

/* 1 if a device policy holds in @group ("/system.slice/cron.service") or above it, 0 if none does,
 * -errno if that can't be seen. From the top: what is a user's own is not asked. */
static int has_policy(struct groups *groups, const char *group)
{
	size_t length = 0;

	if (is_known(groups, group))
		return 1;
	while (group[length]) {
		char path[GROUP_MAX];
		size_t open;
		int r;

		length += 1 + strcspn(group + length + 1, "/");
		snprintf(path, sizeof(path), "%.*s", (int)length, group);
		r = try_group(groups->machine, path, &groups->nodes, &open);
		if (r == 0 && groups->count < GROUPS_MAX)
			memcpy(groups->closed[groups->count++], path, sizeof(path));
		if (r == 0)
			return 1;
		if (r < 0 && r != -ENOENT)
			return r;
	}
	return 0;
}

/* Reads a file of process @pid. -ESRCH: it has ended. */
static int read_process(int processes, const char *pid, const char *name,
			char line[static GROUP_MAX])
{
	char path[64];
	int r;

	snprintf(path, sizeof(path), "%.20s/%s", pid, name);
	r = file_read_line(processes, path, line, GROUP_MAX);
	return r == -ENOENT && faccessat(processes, pid, F_OK, 0) < 0 ? -ESRCH : r;
}

/* 1 if a device policy holds for process @pid, or it came of no log-in, or has ended; 0 if none
 * does; -errno if that can't be seen. @group tells where it is. */
static int judge_process(struct groups *groups, int processes, const char *pid,
			 char group[static GROUP_MAX])
{
	static const char version_2[] = "0::/";
	int r;

	snprintf(group, GROUP_MAX, "/proc/%s", pid);
	r = read_process(processes, pid, "loginuid", group);
	if (r == 0 && strcmp(group, NOBODY) == 0)
		return 1;
	if (r == 0)
		r = read_process(processes, pid, "cgroup", group);
	if (r < 0)
		return r == -ESRCH ? 1 : r;
	if (strncmp(group, version_2, strlen(version_2)) != 0)
		return 0;
	memmove(group, group + strlen(version_2) - 1, strlen(group) - strlen(version_2) + 2);
	return has_policy(groups, group);
}

void look_session_place(const struct machine *machine, struct lock_finding *finding)
{
	int fd = openat(machine->root, "proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct groups groups = {.machine = machine};
	char group[GROUP_MAX], pid[24] = "";
	const struct dirent *entry;

	if (!directory) {
		lock_found(finding, LOCK_UNSEEN, "/proc: %s", strerror(errno));
		return;
	}
	r = rawnodes_list(machine->root, &groups.nodes);
	if (r == 0)
		r = 1;
	while (r == 1 && (entry = readdir(directory))) {
		snprintf(pid, sizeof(pid), "%.20s", entry->d_name);
		if (pid[0] >= '1' && pid[0] <= '9')
			r = judge_process(&groups, fd, pid, group);
	}
	if (r == 1)
		lock_found(finding, LOCK_HOLDS, "%s",
			   _("every process of a log-in has a device policy"));
	else if (r == 0)
		lock_found(finding, LOCK_BROKEN,
			   _("process %s came of a log-in and may open raw devices: %s"), pid,
			   group);
	else
		lock_found(finding, LOCK_UNSEEN, "/proc/%s: %s", pid, strerror(-r));
	closedir(directory);
}
