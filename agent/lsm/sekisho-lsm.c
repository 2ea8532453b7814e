/* sekisho-lsm load: hands the programs of guard.bpf.c to the kernel, fills in the policy, pins them
 * and ends. sekisho-lsm hand: hands the ring of the attempts to the one who connected (standard
 * input), which is sekishod, and ends. sekisho-lsm release: takes the pins away.
 *
 * The new programs are there before the old ones go: each pin is renamed over its predecessor. */
#include "attempt.h"
#include "lsmpolicy.h"
#include "pins.h"

#include "cleanup.h"
#include "file.h"
#include "paths.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define LSM_LIST "/sys/kernel/security/lsm"
#define NEW	 "-new"

/* object.S */
extern const char guard_object[];
extern const uint64_t guard_object_size;

static int fail(const char *what, int error)
{
	fprintf(stderr, "sekisho-lsm: %s: %s\n", what, strerror(-error));
	return 1;
}

/* Does the kernel ask BPF programs? */
static bool is_offered(void)
{
	char list[256], *words;

	if (file_read_line(AT_FDCWD, LSM_LIST, list, sizeof(list)) < 0)
		return false;
	for (const char *word = strtok_r(list, ",", &words); word;
	     word = strtok_r(NULL, ",", &words))
		if (strcmp(word, "bpf") == 0)
			return true;
	return false;
}

struct filling {
	int map;
	size_t key_size;
	uint32_t add;
};

static int fill(void *user, const char *word)
{
	const struct filling *filling = user;
	char key[ATTEMPT_SERVICE_MAX] = {};
	uint32_t value = 0;

	memcpy(key, word, strlen(word));
	bpf_map_lookup_elem(filling->map, key, &value);
	value |= filling->add;
	return bpf_map_update_elem(filling->map, key, &value, BPF_ANY);
}

/* What nobody changes any more, root neither. */
static int fill_maps(struct bpf_object *object, const struct lsmpolicy *policy)
{
	int services = bpf_object__find_map_fd_by_name(object, "services");
	int types = bpf_object__find_map_fd_by_name(object, "types"), r;

	if (services < 0 || types < 0)
		return -ENOENT;
	r = lsmpolicy_words(policy->types, ATTEMPT_TYPE_MAX, fill,
			    &(struct filling){types, ATTEMPT_TYPE_MAX, 1});
	if (r == 0)
		r = lsmpolicy_words(policy->commands, ATTEMPT_SERVICE_MAX, fill,
				    &(struct filling){services, ATTEMPT_SERVICE_MAX,
						      1U << ATTEMPT_RAW_COMMAND});
	if (r == 0)
		r = lsmpolicy_words(policy->writes, ATTEMPT_SERVICE_MAX, fill,
				    &(struct filling){services, ATTEMPT_SERVICE_MAX,
						      1U << ATTEMPT_BLOCK_WRITE});
	if (r == 0)
		r = bpf_map_freeze(services);
	return r == 0 ? bpf_map_freeze(types) : r;
}

static int set_families(struct bpf_object *object, uint64_t refused)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
	{
		size_t size;
		const void *value = bpf_map__initial_value(map, &size);

		if (value && strstr(bpf_map__name(map), ".rodata") && size == sizeof(refused))
			return bpf_map__set_initial_value(map, &refused, sizeof(refused));
	}
	return -ENOENT;
}

/* Renames a pin over the one before; what has a point in its name the kernel keeps for itself. */
static int put_in_place(const char *name)
{
	char new[128], old[128];

	snprintf(new, sizeof(new), ATTEMPT_PINS "/%s" NEW, name);
	snprintf(old, sizeof(old), ATTEMPT_PINS "/%s", name);
	return rename(new, old) < 0 ? -errno : 0;
}

static const char *new_pin(const char *name, char path[static 128])
{
	snprintf(path, 128, ATTEMPT_PINS "/%s" NEW, name);
	unlink(path);
	return path;
}

static int pin_program(struct bpf_object *object, const struct pin_row *row)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object, row->name);
	struct bpf_link *link;
	char path[128];
	int r;

	if (!program)
		return -ENOENT;
	if (!bpf_program__autoload(program))
		return 0;
	link = bpf_program__attach(program);
	if (!link)
		return -errno;
	r = bpf_link__pin(link, new_pin(row->name, path));
	bpf_link__destroy(link);
	return r == 0 ? put_in_place(row->name) : r;
}

/* The ring first: nothing is told into one that nobody can reach. */
static int pin_all(struct bpf_object *object)
{
	struct bpf_map *ring = bpf_object__find_map_by_name(object, "ring");
	char path[128];
	int r;

	if (mkdir(ATTEMPT_PINS, 0755) < 0 && errno != EEXIST)
		return -errno;
	if (chmod(ATTEMPT_PINS, 0755) < 0)
		return -errno;
	r = ring ? bpf_map__pin(ring, new_pin(ATTEMPT_RING, path)) : -ENOENT;
	if (r == 0)
		r = put_in_place(ATTEMPT_RING);
	for (size_t i = 0; r == 0 && i < pin_count; i++)
		r = pin_program(object, &pin_rows[i]);
	return r;
}

/* What an older kernel does not have. */
static void leave_out(struct bpf_object *object)
{
	for (size_t i = 0; i < pin_count; i++) {
		struct bpf_program *program =
			bpf_object__find_program_by_name(object, pin_rows[i].name);
		const char *section = program ? bpf_program__section_name(program) : "";
		const char *slash = strchr(section, '/');
		char symbol[96];

		if (!pin_rows[i].optional || !slash)
			continue;
		snprintf(symbol, sizeof(symbol), "%s%s",
			 strncmp(section, "lsm/", 4) == 0 ? "bpf_lsm_" : "", slash + 1);
		if (libbpf_find_vmlinux_btf_id(slash + 1,
					       bpf_program__expected_attach_type(program)) < 0)
			bpf_program__set_autoload(program, false);
	}
}

static int load(const char *path)
{
	struct lsmpolicy policy;
	struct config_error error;
	struct bpf_object *object;
	uint64_t families = 0;
	_cleanup_close_ int loaded = -1;
	int wrong, r;

	if (!is_offered()) {
		fprintf(stderr,
			"sekisho-lsm: the kernel asks no BPF programs: its command line has "
			"no \"bpf\" in lsm=; see sekisho-exits(7)\n");
		return 0;
	}
	wrong = lsmpolicy_load(path, &policy, &error);
	if (wrong < 0)
		fprintf(stderr, "sekisho-lsm: %s; the defaults hold\n", error.text);
	lsmpolicy_families(policy.families, &families);
	object = bpf_object__open_mem(guard_object, guard_object_size, NULL);
	if (!object)
		return fail("the programs", -errno);
	leave_out(object);
	r = set_families(object, families);
	if (r == 0)
		r = bpf_object__load(object);
	if (r == 0)
		r = fill_maps(object, &policy);
	if (r == 0)
		r = pin_all(object);
	bpf_object__close(object);
	if (r < 0)
		return fail(ATTEMPT_PINS, r);
	loaded = open(ATTEMPT_LOADED, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (loaded < 0)
		fail(ATTEMPT_LOADED, -errno);
	return wrong < 0 ? 1 : 0;
}

static bool is_whole(void)
{
	char path[128];

	for (size_t i = 0; i < pin_count; i++) {
		snprintf(path, sizeof(path), ATTEMPT_PINS "/%s", pin_rows[i].name);
		if (!pin_rows[i].optional && access(path, F_OK) < 0)
			return false;
	}
	return access(ATTEMPT_PINS "/" ATTEMPT_RING, F_OK) == 0;
}

/* "y" with the ring and the folder of the pins; "n": there are none. */
static int hand(int connection)
{
	/* Somebody took them away. After an installation they come with the next start. */
	int r = access(ATTEMPT_LOADED, F_OK) < 0 || is_whole() ? 0 : load(SEKISHO_LSM_CONF);
	_cleanup_close_ int ring = bpf_obj_get(ATTEMPT_PINS "/" ATTEMPT_RING);
	_cleanup_close_ int pins = open(ATTEMPT_PINS, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int descriptors[2] = {ring, pins};
	union {
		char bytes[CMSG_SPACE(sizeof(descriptors))];
		struct cmsghdr header;
	} control = {};
	const char *answer = ring >= 0 && pins >= 0 ? "y" : "n";
	struct iovec part = {(void *)(uintptr_t)answer, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	if (*answer == 'y') {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control.bytes);
		control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(descriptors)),
						  .cmsg_level = SOL_SOCKET,
						  .cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(&control.header), descriptors, sizeof(descriptors));
	}
	return sendmsg(connection, &message, MSG_NOSIGNAL) < 0 ? fail("hand", -errno) : r;
}

static int release(void)
{
	char path[128];

	for (size_t i = 0; i < pin_count; i++) {
		snprintf(path, sizeof(path), ATTEMPT_PINS "/%s", pin_rows[i].name);
		unlink(path);
	}
	unlink(ATTEMPT_PINS "/" ATTEMPT_RING);
	if (rmdir(ATTEMPT_PINS) < 0 && errno != ENOENT)
		return fail(ATTEMPT_PINS, -errno);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "load") == 0)
		return load(SEKISHO_LSM_CONF);
	if (argc == 2 && strcmp(argv[1], "hand") == 0)
		return hand(STDIN_FILENO);
	if (argc == 2 && strcmp(argv[1], "release") == 0)
		return release();
	fputs("usage: sekisho-lsm load | hand | release\n", stderr);
	return 2;
}
