/* What the kernel refuses by BPF LSM, where it asks such programs. */
#include "exits.h"

#include "agent/lsm/loaded.h"
#include "agent/lsm/lsmpolicy.h"

#include "cleanup.h"
#include "file.h"
#include "gettext.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define LSM_LIST "sys/kernel/security/lsm"

struct guard_row {
	enum guardtry_probe probe;
	const char *pins[4]; /* below ATTEMPT_PINS; optional ones where this kernel has them */
	/* What the file may only take words from, or only add words to. */
	size_t offset;
	bool adds;
};

/* 1: it does, 0: it doesn't, -errno. */
static int asks_programs(const struct machine *machine)
{
	char list[256], *words;
	int r = file_read_line(machine->root, LSM_LIST, list, sizeof(list));

	if (r < 0)
		return r;
	for (const char *word = strtok_r(list, ",", &words); word;
	     word = strtok_r(NULL, ",", &words))
		if (strcmp(word, "bpf") == 0)
			return 1;
	return 0;
}

/* -EEXIST: @word is not in the list @user. */
static int find_word(void *user, const char *word)
{
	const char *list = user;
	size_t length = strlen(word);

	while (*(list += strspn(list, " \t"))) {
		size_t one = strcspn(list, " \t");

		if (one == length && memcmp(list, word, length) == 0)
			return 0;
		list += one;
	}
	return -EEXIST;
}

/* Does the file let through what the defaults refuse? 0: no, -EEXIST: yes, other -errno. */
static int compare(const struct machine *machine, const struct guard_row *row)
{
	struct lsmpolicy policy, defaults;
	struct config_error error;
	char *ours, *given;
	int r = lsmpolicy_load(machine->guard, &policy, &error);

	/* A wrong file: the defaults hold. */
	if (r < 0)
		return 0;
	lsmpolicy_defaults(&defaults);
	ours = (char *)&defaults + row->offset;
	given = (char *)&policy + row->offset;
	return row->adds ? lsmpolicy_words(ours, ATTEMPT_SERVICE_MAX, find_word, given)
			 : lsmpolicy_words(given, ATTEMPT_SERVICE_MAX, find_word, ours);
}

/* Switched off, the kernel calls no program, wherever it hangs. */
static bool are_called(const struct machine *machine)
{
	char value[16];

	return file_read_line(machine->root, &ATTEMPT_CALLS[1], value, sizeof(value)) < 0 ||
	       strcmp(value, "0") != 0;
}

/* What was loaded, from the loader's own list. -ENODATA: it did not come to its end. */
static int read_loaded(const struct machine *machine, struct loaded *ret_loaded)
{
	_cleanup_close_ int fd =
		openat(machine->root, &ATTEMPT_LOADED[1], O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int r = fd < 0 ? -errno : loaded_read(fd, ret_loaded);

	return r == 0 && !ret_loaded->whole ? -ENODATA : r;
}

/* A pin, in @path, is missing: -ENOENT; it is another program's: -EBADMSG. */
static int look_at_pins(const struct machine *machine, const struct guard_row *row,
			char path[static 128])
{
	struct loaded loaded = {};
	int r = 0;

	snprintf(path, 128, ATTEMPT_LOADED);
	r = read_loaded(machine, &loaded);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(row->pins) && row->pins[i]; i++) {
		size_t pin = loaded_row(row->pins[i]);
		struct pinned pinned = {};

		if (pin_rows[pin].optional && loaded.programs[pin] == 0)
			continue;
		snprintf(path, 128, ATTEMPT_PINS "/%s", row->pins[i]);
		r = machine->look_pin(path, &pinned);
		if (r == 0 && (pinned.program != loaded.programs[pin] ||
			       strcmp(pinned.name, row->pins[i]) != 0))
			r = -EBADMSG;
	}
	return r;
}

static void tell_pins(struct lock_finding *finding, const char *path, int error)
{
	if (error == -EPERM || error == -EACCES)
		lock_found(finding, LOCK_UNSEEN, "%s: %s", path, strerror(-error));
	else if (error == -EBADMSG || error == -EMEDIUMTYPE)
		lock_found(finding, LOCK_BROKEN,
			   _("%s: another program is in its place; 'systemctl restart sekisho-lsm' "
			     "loads it anew"),
			   path);
	else if (error == -ENODATA)
		lock_found(finding, LOCK_BROKEN,
			   _("%s: not all programs could be loaded; see 'systemctl status "
			     "sekisho-lsm'"),
			   path);
	else
		lock_found(finding, LOCK_BROKEN,
			   _("%s: %s; 'systemctl restart sekisho-lsm' loads it anew"), path,
			   strerror(-error));
}

static void look(const struct machine *machine, const struct guard_row *row,
		 struct lock_finding *finding)
{
	char path[128] = "";
	int r = asks_programs(machine);

	if (r < 0) {
		lock_found(finding, LOCK_UNSEEN, "/" LSM_LIST ": %s", strerror(-r));
		return;
	}
	if (r == 0) {
		lock_found(finding, LOCK_WEAKER, "%s",
			   _("the kernel asks no BPF programs: lsm= on its command line has no "
			     "\"bpf\""));
		return;
	}
	if (!are_called(machine)) {
		lock_found(finding, LOCK_BROKEN, _("%s is 0: the kernel calls no such program"),
			   ATTEMPT_CALLS);
		return;
	}
	r = look_at_pins(machine, row, path);
	if (r < 0) {
		tell_pins(finding, path, r);
		return;
	}
	r = machine->try_guard(row->probe);
	if (r < 0)
		lock_found(finding, LOCK_UNSEEN, "%s: %s", path, strerror(-r));
	else if (r == 0)
		lock_found(finding, LOCK_BROKEN, _("%s: it refuses nothing"), path);
	else if (compare(machine, row) < 0)
		lock_found(finding, LOCK_WEAKER, _("%s refuses; open by policy: %s"), path,
			   machine->guard);
	else
		lock_found(finding, LOCK_HOLDS, _("%s refuses what it is tried with"), path);
}

void look_guard_mounts(const struct machine *machine, struct lock_finding *finding)
{
	look(machine,
	     &(struct guard_row){GUARDTRY_MOUNT,
				 {"guard_super", "guard_mount"},
				 offsetof(struct lsmpolicy, types),
				 false},
	     finding);
}

void look_guard_commands(const struct machine *machine, struct lock_finding *finding)
{
	look(machine,
	     &(struct guard_row){GUARDTRY_COMMAND,
				 {"guard_open", "guard_compat", "guard_uring", "guard_ioctl"},
				 offsetof(struct lsmpolicy, commands),
				 false},
	     finding);
}

void look_guard_writes(const struct machine *machine, struct lock_finding *finding)
{
	look(machine,
	     &(struct guard_row){
		     GUARDTRY_WRITE, {"guard_open"}, offsetof(struct lsmpolicy, writes), false},
	     finding);
}

void look_guard_sockets(const struct machine *machine, struct lock_finding *finding)
{
	look(machine,
	     &(struct guard_row){
		     GUARDTRY_SOCKET, {"guard_socket"}, offsetof(struct lsmpolicy, families), true},
	     finding);
}
