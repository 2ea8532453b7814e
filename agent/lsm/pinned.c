#include "pinned.h"

#include "cleanup.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int call(enum bpf_cmd command, union bpf_attr *attributes)
{
	long r = syscall(SYS_bpf, command, attributes, sizeof(*attributes));

	return r < 0 ? -errno : (int)r;
}

/* What kind of object it is only the descriptor's name says (kernel/bpf/syscall.c). */
static int expect_kind(int fd, const char *kind)
{
	char path[48], name[64] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (readlink(path, name, sizeof(name) - 1) < 0)
		return -errno;
	return strcmp(name, kind) == 0 ? 0 : -EMEDIUMTYPE;
}

static int open_pin(const char *path, const char *kind)
{
	union bpf_attr attributes;
	_cleanup_close_ int fd = -1;
	int r;

	memset(&attributes, 0, sizeof(attributes));
	attributes.pathname = (uintptr_t)path;
	fd = call(BPF_OBJ_GET, &attributes);
	if (fd < 0)
		return fd;
	r = expect_kind(fd, kind);
	return r < 0 ? r : steal_fd(&fd);
}

static int ask(int fd, void *info, uint32_t size)
{
	union bpf_attr attributes;

	memset(info, 0, size);
	memset(&attributes, 0, sizeof(attributes));
	attributes.info.bpf_fd = (uint32_t)fd;
	attributes.info.info_len = size;
	attributes.info.info = (uintptr_t)info;
	return call(BPF_OBJ_GET_INFO_BY_FD, &attributes);
}

static int name_of(uint32_t program, char name[static PINNED_NAME_MAX])
{
	union bpf_attr attributes;
	_cleanup_close_ int fd = -1;
	struct bpf_prog_info info;
	int r;

	memset(&attributes, 0, sizeof(attributes));
	attributes.prog_id = program;
	fd = call(BPF_PROG_GET_FD_BY_ID, &attributes);
	if (fd < 0)
		return fd;
	r = ask(fd, &info, sizeof(info));
	if (r == 0)
		snprintf(name, PINNED_NAME_MAX, "%.*s", PINNED_NAME_MAX - 1, info.name);
	return r;
}

int pinned_link(const char *path, struct pinned *ret_pinned)
{
	_cleanup_close_ int fd = open_pin(path, "anon_inode:bpf-link");
	struct pinned pinned = {};
	struct bpf_link_info info;
	int r = fd < 0 ? fd : ask(fd, &info, sizeof(info));

	if (r < 0)
		return r;
	if (info.type != BPF_LINK_TYPE_TRACING)
		return -EMEDIUMTYPE;
	pinned.program = info.prog_id;
	r = name_of(pinned.program, pinned.name);
	if (r == -EPERM)
		r = 0;
	if (r == 0)
		*ret_pinned = pinned;
	return r;
}

int pinned_map(const char *path, uint32_t *ret_map)
{
	_cleanup_close_ int fd = open_pin(path, "anon_inode:bpf-map");
	struct bpf_map_info info;
	int r = fd < 0 ? fd : ask(fd, &info, sizeof(info));

	if (r == 0)
		*ret_map = info.id;
	return r;
}
