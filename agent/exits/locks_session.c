/* What a session may open, and whether everybody's session is where that is decided. */
#include "exits.h"

#include "cleanup.h"
#include "file.h"
#include "gettext.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>

#define GROUPS	  "sys/fs/cgroup"
#define SLICE	  GROUPS "/user.slice"
#define NOBODY	  "4294967295" /* no log-in was before this process: proc(5), loginuid */
#define GROUP_MAX 512 /* bytes of a line of /proc/PID/cgroup */

/* bpf(2), BPF_PROG_QUERY: attached in this group itself. */
int session_device_programs(int cgroup)
{
	uint32_t ids[64];
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.query.target_fd = (uint32_t)cgroup;
	attributes.query.attach_type = BPF_CGROUP_DEVICE;
	attributes.query.prog_ids = (uint64_t)(uintptr_t)ids;
	attributes.query.prog_cnt = ARRAY_SIZE(ids);
	if (syscall(SYS_bpf, BPF_PROG_QUERY, &attributes, sizeof(attributes)) < 0)
		return -errno;
	return (int)attributes.query.prog_cnt;
}

void look_session_devices(const struct machine *machine, struct lock_finding *finding)
{
	_cleanup_close_ int slice =
		openat(machine->root, SLICE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int count;

	/* systemd makes it with the first session. */
	if (slice < 0 && errno == ENOENT) {
		lock_found(finding, LOCK_HOLDS, "%s", _("nobody is logged in"));
		return;
	}
	count = slice < 0 ? -errno : machine->device_programs(slice);
	if (count < 0)
		lock_found(finding, LOCK_UNSEEN, "/" SLICE ": %s", strerror(-count));
	else if (count == 0)
		lock_found(finding, LOCK_BROKEN,
			   _("/%s has no device policy; 'systemctl daemon-reload' sets it"), SLICE);
	else
		lock_found(finding, LOCK_HOLDS, _("/%s has a device policy"), SLICE);
}

/* 1 if a device policy holds in @group ("/system.slice/cron.service") or above it, 0 if none does,
 * -errno if that can't be seen. */
static int has_policy(const struct machine *machine, const char *group)
{
	char path[sizeof(GROUPS) + GROUP_MAX];
	char *end;

	snprintf(path, sizeof(path), "%s%s", GROUPS, group);
	while ((end = strrchr(path, '/')) >= path + strlen(GROUPS)) {
		_cleanup_close_ int fd =
			openat(machine->root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		int count = fd < 0 ? 0 : machine->device_programs(fd);

		if (count != 0)
			return count < 0 ? count : 1;
		*end = '\0';
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
static int judge_process(const struct machine *machine, int processes, const char *pid,
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
	return has_policy(machine, group);
}

void look_session_place(const struct machine *machine, struct lock_finding *finding)
{
	int fd = openat(machine->root, "proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 1;
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	char group[GROUP_MAX], pid[24] = "";
	const struct dirent *entry;

	if (!directory) {
		lock_found(finding, LOCK_UNSEEN, "/proc: %s", strerror(errno));
		return;
	}
	while (r == 1 && (entry = readdir(directory))) {
		snprintf(pid, sizeof(pid), "%.20s", entry->d_name);
		if (pid[0] >= '1' && pid[0] <= '9')
			r = judge_process(machine, fd, pid, group);
	}
	if (r == 1)
		lock_found(finding, LOCK_HOLDS, "%s",
			   _("every process of a log-in has a device policy"));
	else if (r == 0)
		lock_found(finding, LOCK_BROKEN, _("process %s came of a log-in and has none: %s"),
			   pid, group);
	else
		lock_found(finding, LOCK_UNSEEN, "/proc/%s: %s", pid, strerror(-r));
	closedir(directory);
}
