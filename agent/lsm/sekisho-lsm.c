/* sekisho-lsm load: hands the programs of guard.bpf.c to the kernel, fills in the policy, pins them
 * and ends. sekisho-lsm hand: hands the ring of the attempts to the one who connected (standard
 * input), which is sekishod, and ends. sekisho-lsm release: takes the pins away.
 *
 * The new programs are there before the old ones go: each pin is renamed over its predecessor. */
#include "attempt.h"
#include "loaded.h"
#include "lsmpolicy.h"
#include "pinned.h"

#include "cleanup.h"
#include "file.h"
#include "paths.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define LSM_LIST "/sys/kernel/security/lsm"
#define NEW	 "-new"
#define PIN_MAX	 128

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
	char new[PIN_MAX], old[PIN_MAX];

	snprintf(new, sizeof(new), ATTEMPT_PINS "/%s" NEW, name);
	snprintf(old, sizeof(old), ATTEMPT_PINS "/%s", name);
	return rename(new, old) < 0 ? -errno : 0;
}

static const char *new_pin(const char *name, char path[static PIN_MAX])
{
	snprintf(path, PIN_MAX, ATTEMPT_PINS "/%s" NEW, name);
	unlink(path);
	return path;
}

static int pin_program(struct bpf_object *object, const struct pin_row *row, uint32_t *ret_number)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object, row->name);
	struct bpf_link *link;
	struct pinned pinned = {};
	char path[PIN_MAX];
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
	if (r == 0)
		r = pinned_link(path, &pinned);
	if (r < 0)
		return r;
	*ret_number = pinned.program;
	return put_in_place(row->name);
}

/* The ring first: nothing is told into one that nobody can reach. */
static int pin_all(struct bpf_object *object, struct loaded *loaded)
{
	struct bpf_map *ring = bpf_object__find_map_by_name(object, "ring");
	char path[PIN_MAX];
	int r;

	if (mkdir(ATTEMPT_PINS, 0755) < 0 && errno != EEXIST)
		return -errno;
	if (chmod(ATTEMPT_PINS, 0755) < 0)
		return -errno;
	r = ring ? bpf_map__pin(ring, new_pin(ATTEMPT_RING, path)) : -ENOENT;
	if (r == 0)
		r = pinned_map(path, &loaded->ring);
	if (r == 0)
		r = put_in_place(ATTEMPT_RING);
	for (size_t i = 0; r == 0 && i < pin_count; i++)
		r = pin_program(object, &pin_rows[i], &loaded->programs[i]);
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

/* Without it the kernel calls none of our programs, though all are in place (kernel/trace/ftrace.c:
 * those of BPF are not among the permanent ones). */
static void turn_calls_on(void)
{
	_cleanup_close_ int fd = -1;
	char value[16];

	if (file_read_line(AT_FDCWD, ATTEMPT_CALLS, value, sizeof(value)) < 0 ||
	    strcmp(value, "0") != 0)
		return;
	fd = open(ATTEMPT_CALLS, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "1", 1) != 1)
		fail(ATTEMPT_CALLS, -errno);
	else
		fputs("sekisho-lsm: " ATTEMPT_CALLS " was 0, and is 1\n", stderr);
}

/* @record: ATTEMPT_LOADED, ours alone; -1 if it can't be written. */
static int load_all(int record, const char *path)
{
	struct loaded loaded = {};
	struct lsmpolicy policy;
	struct config_error error;
	struct bpf_object *object;
	uint64_t families = 0;
	int wrong, r;

	turn_calls_on();
	wrong = lsmpolicy_load(path, &policy, &error);
	if (wrong < 0)
		fprintf(stderr, "sekisho-lsm: %s; the defaults hold\n", error.text);
	lsmpolicy_families(policy.families, &families);
	if (record >= 0 && loaded_begin(record) < 0)
		fail(ATTEMPT_LOADED, -errno);
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
		r = pin_all(object, &loaded);
	bpf_object__close(object);
	if (r < 0)
		return fail(ATTEMPT_PINS, r);
	r = record < 0 ? 0 : loaded_end(record, &loaded);
	if (r < 0)
		return fail(ATTEMPT_LOADED, r);
	return wrong < 0 ? 1 : 0;
}

/* Two at a time would take each other's pins. */
static int open_record(int flags)
{
	int fd = open(ATTEMPT_LOADED, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
	int r = fd < 0 || (fchmod(fd, 0600) == 0 && flock(fd, LOCK_EX) == 0) ? 0 : -errno;

	if (r < 0)
		close(fd);
	if (fd < 0)
		r = -errno;
	return r < 0 ? r : fd;
}

static int load(const char *path)
{
	_cleanup_close_ int record = -1;

	if (!is_offered()) {
		fprintf(stderr,
			"sekisho-lsm: the kernel asks no BPF programs: its command line has "
			"no \"bpf\" in lsm=; see sekisho-exits(7)\n");
		return 0;
	}
	record = open_record(O_CREAT);
	if (record < 0)
		fail(ATTEMPT_LOADED, record);
	return load_all(record, path);
}

/* The first pin that is not what it should be, "" where that is not known; NULL: all is well. */
static const char *find_wrong(int record)
{
	struct loaded loaded;

	if (record < 0 || loaded_read(record, &loaded) < 0 || !loaded.whole)
		return "";
	return loaded_differs(&loaded, ATTEMPT_PINS);
}

/* Somebody took them away, or put others in their place, or they could not be loaded. After an
 * installation they come with the next start. @ret_wrong: what was wrong, NULL if nothing was. 0 or
 * -errno: it still is. */
static int mend(const char **ret_wrong)
{
	_cleanup_close_ int record = open_record(0);

	*ret_wrong = NULL;
	if (record == -ENOENT)
		return -ENOENT;
	turn_calls_on();
	*ret_wrong = find_wrong(record);
	if (!*ret_wrong)
		return 0;
	load_all(record, SEKISHO_LSM_CONF);
	return find_wrong(record) ? -EIO : 0;
}

/* "y" with the ring and the folder of the pins, "n": they are not as they should be; and the pin
 * that was not, if any. */
static int hand(int connection)
{
	const char *wrong;
	int r = mend(&wrong);
	_cleanup_close_ int ring = bpf_obj_get(ATTEMPT_PINS "/" ATTEMPT_RING);
	_cleanup_close_ int pins = open(ATTEMPT_PINS, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int descriptors[2] = {ring, pins};
	union {
		char bytes[CMSG_SPACE(sizeof(descriptors))];
		struct cmsghdr header;
	} control = {};
	char answer[ATTEMPT_ANSWER_MAX];
	struct iovec part = {answer, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	part.iov_len =
		(size_t)snprintf(answer, sizeof(answer), "%s%s",
				 r == 0 && ring >= 0 && pins >= 0 ? "y" : "n", wrong ? wrong : "");
	if (*answer == 'y') {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control.bytes);
		control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(descriptors)),
						  .cmsg_level = SOL_SOCKET,
						  .cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(&control.header), descriptors, sizeof(descriptors));
	}
	return sendmsg(connection, &message, MSG_NOSIGNAL) < 0 ? fail("hand", -errno) : r < 0;
}

static int release(void)
{
	int r = pins_remove(ATTEMPT_PINS);

	return r < 0 ? fail(ATTEMPT_PINS, r) : 0;
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
