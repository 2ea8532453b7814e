#include "keys.h"

#include "cleanup.h"
#include "digest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#define QUESTION_MS  2000
#define OVERDUE_MS   3000 /* a child that is late by so much is killed */
#define READS_A_TURN 16

static bool is_node(const char *name)
{
	size_t length = strlen(name);

	return strncmp(name, "hidraw", 6) == 0 && length > 6 &&
	       length < sizeof(((struct key *)0)->name) &&
	       strspn(name + 6, "0123456789") == length - 6;
}

/* udev puts the nodes of FIDO keys, and only those, into our group: no descriptor is read here. */
static bool is_ours(const struct keys *keys, const char *name)
{
	struct stat status;

	return fstatat(keys->dirfd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       status.st_gid == (keys->user ? keys->user->gid : getegid());
}

static void give_up(struct key *key)
{
	tokenchild_stop(&key->child);
	key->state = KEY_USELESS;
	key->busy = false;
}

static struct key *find(struct keys *keys, const char *name)
{
	for (size_t i = 0; i < KEYS_MAX; i++)
		if (keys->key[i].state != KEY_NONE && strcmp(keys->key[i].name, name) == 0)
			return &keys->key[i];
	return NULL;
}

static int send_verb(struct key *key, const struct token_request *request)
{
	int r;

	memset(&key->reply, 0, sizeof(key->reply));
	r = tokenchild_ask(&key->child, request);
	if (r < 0) {
		give_up(key);
		return r;
	}
	key->state = KEY_ASKED;
	key->verb = request->verb;
	key->deadline = wire_now() + request->timeout_ms + OVERDUE_MS;
	return 0;
}

static void open_key(struct key *key)
{
	const struct token_request request = {.verb = TOKEN_OPEN, .timeout_ms = QUESTION_MS};

	key->changed = false;
	send_verb(key, &request);
}

/* Unless it is known and works: that needs no second look when its node's mode changes. */
static void begin(struct keys *keys, const char *name)
{
	struct key *key = find(keys, name);
	char path[512];

	if (key && key->state != KEY_USELESS)
		return;
	for (size_t i = 0; !key && i < KEYS_MAX; i++)
		if (keys->key[i].state == KEY_NONE)
			key = &keys->key[i];
	if (!key || !is_ours(keys, name))
		return;
	memset(key, 0, sizeof(*key));
	key->arrival = ++keys->arrivals;
	snprintf(key->name, sizeof(key->name), "%.15s", name);
	snprintf(path, sizeof(path), "%s/%s", keys->directory, name);
	key->state = KEY_USELESS;
	if (tokenchild_start(keys->program, path, keys->user, &key->child) < 0)
		return;
	key->state = KEY_KNOWN;
	if (keys->begun)
		open_key(key);
}

static int scan(struct keys *keys)
{
	int fd = openat(keys->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!directory) {
		int r = -errno;

		if (fd >= 0)
			close(fd);
		return r;
	}
	while ((entry = readdir(directory)))
		if (is_node(entry->d_name))
			begin(keys, entry->d_name);
	closedir(directory);
	return 0;
}

int keys_open(const char *directory, const char *program, const struct tokenchild_user *user,
	      struct keys *keys)
{
	memset(keys, 0, sizeof(*keys));
	keys->directory = directory;
	keys->program = program;
	keys->user = user;
	keys->inotify = -1;
	keys->dirfd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (keys->dirfd < 0)
		return -errno;
	/* A node is made by the kernel and given to us by udev a moment later: IN_ATTRIB. */
	keys->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (keys->inotify < 0 ||
	    inotify_add_watch(keys->inotify, directory, IN_CREATE | IN_ATTRIB | IN_DELETE) < 0)
		return -errno;
	return scan(keys);
}

void keys_quiet(struct keys *keys)
{
	for (size_t i = 0; i < KEYS_MAX; i++)
		if (keys->key[i].state == KEY_ASKED && keys->key[i].verb == TOKEN_ASSERT)
			give_up(&keys->key[i]);
}

void keys_close(struct keys *keys)
{
	if (!keys->directory)
		return;
	for (size_t i = 0; i < KEYS_MAX; i++)
		tokenchild_stop(&keys->key[i].child);
	if (keys->inotify >= 0)
		close(keys->inotify);
	if (keys->dirfd >= 0)
		close(keys->dirfd);
	*keys = (struct keys){};
}

int keys_ask(struct key *key, const struct token_request *request)
{
	if (key->state != KEY_READY)
		return -EBUSY;
	return send_verb(key, request);
}

int keys_inform(struct key *key)
{
	const struct token_request request = {.verb = TOKEN_INFO, .timeout_ms = QUESTION_MS};

	return keys_ask(key, &request);
}

void keys_cancel(struct key *key)
{
	give_up(key);
}

static void take_changes(struct keys *keys)
{
	char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t length;

	for (int i = 0; i < READS_A_TURN; i++) {
		length = read(keys->inotify, buffer, sizeof(buffer));
		if (length <= 0)
			return;
		for (ssize_t at = 0; at < length;) {
			const struct inotify_event *event = (const void *)(buffer + at);
			struct key *key;

			at += (ssize_t)(sizeof(*event) + event->len);
			if (event->mask & IN_Q_OVERFLOW) {
				scan(keys);
				continue;
			}
			if (event->len == 0 || !is_node(event->name))
				continue;
			key = find(keys, event->name);
			if (!(event->mask & IN_DELETE)) {
				/* Should what it is asked fail, it was perhaps tried too early. */
				if (key && key->state == KEY_ASKED)
					key->changed = true;
				begin(keys, event->name);
				continue;
			}
			if (key) {
				/* Whoever waits for its answer sees it as pulled out. */
				give_up(key);
				key->reply.status = TOKEN_GONE;
				key->state = KEY_NONE;
			}
		}
	}
}

void keys_follow(struct keys *keys)
{
	take_changes(keys);
}

void keys_begin(struct keys *keys)
{
	keys->begun = true;
	for (size_t i = 0; i < KEYS_MAX; i++) {
		struct key *key = &keys->key[i];

		if (key->state != KEY_KNOWN)
			continue;
		if (is_ours(keys, key->name)) {
			open_key(key);
		} else {
			give_up(key);
			key->state = KEY_NONE;
		}
	}
	/* What could not be followed while we waited: messages lost, no place or no process for one
	 * more, a child that was ended. */
	scan(keys);
}

/* The key could not be opened. */
static void look_again(struct keys *keys, struct key *key)
{
	char name[sizeof(key->name)];

	if (!key->changed)
		return;
	memcpy(name, key->name, sizeof(name));
	begin(keys, name);
}

static void take_reply(struct keys *keys, struct key *key)
{
	struct token_reply reply;

	if (tokenchild_answer(&key->child, &reply, wire_now()) < 0) {
		give_up(key);
		key->reply.status = TOKEN_FAULT;
		return;
	}
	if (reply.status == TOKEN_BUSY) {
		/* With another one ready, nobody waits for what this one is. */
		if (!key->busy && (reply.verb != TOKEN_OPEN || keys->first == 0))
			keys->busy = true;
		key->busy = true;
		/* The first wait has a deadline of its own and goes on as long as that; what is
		 * asked later waits for the other program no longer than for an answer. */
		if (reply.verb == TOKEN_OPEN)
			key->deadline = WIRE_NO_DEADLINE;
		return;
	}
	key->busy = false;
	if (reply.verb != TOKEN_OPEN) {
		if (reply.informed)
			key->info = reply;
		key->reply = reply;
		key->state = KEY_READY;
		return;
	}
	if (reply.status != TOKEN_OK) {
		give_up(key);
		look_again(keys, key);
		return;
	}
	key->info = reply;
	key->state = KEY_READY;
	if (keys->first == 0)
		keys->first = wire_now();
}

static void drop_overdue(struct keys *keys)
{
	for (size_t i = 0; i < KEYS_MAX; i++) {
		struct key *key = &keys->key[i];

		if (key->state == KEY_ASKED && wire_now() >= key->deadline) {
			key->reply.status = key->busy ? TOKEN_BUSY : TOKEN_SILENT;
			give_up(key);
		}
	}
}

int keys_wait(struct keys *keys, const struct person *person, int64_t deadline)
{
	struct pollfd fds[KEYS_MAX + 2] = {
		{.fd = person->fd, .events = POLLIN | POLLRDHUP},
		{.fd = keys->inotify, .events = POLLIN},
	};
	int64_t until = deadline;
	int64_t left;
	int r;

	for (size_t i = 0; i < KEYS_MAX; i++) {
		const struct key *key = &keys->key[i];

		fds[i + 2].fd = key->state == KEY_ASKED ? key->child.fd : -1;
		fds[i + 2].events = POLLIN;
		if (key->state == KEY_ASKED && key->deadline < until)
			until = key->deadline;
	}
	left = until - wire_now();
	r = poll(fds, KEYS_MAX + 2, left < 0 ? 0 : left > 60000 ? 60000 : (int)left);
	if (r < 0 && errno != EINTR)
		return -errno;
	if (r > 0 && fds[0].revents) {
		r = person_check(person);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < KEYS_MAX; i++)
		if (fds[i + 2].fd >= 0 && fds[i + 2].revents)
			take_reply(keys, &keys->key[i]);
	if (fds[1].revents)
		take_changes(keys);
	drop_overdue(keys);
	return wire_now() >= deadline ? -ETIMEDOUT : 0;
}

uint32_t keys_instance(const struct keys *keys, const struct key *key)
{
	struct stat status;
	uint8_t digest[DIGEST_SIZE];
	uint32_t instance;

	if (fstatat(keys->dirfd, key->name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	/* Not the time of its last change, which logind sets with each session that comes to the
	 * front. */
	const uint64_t facts[] = {status.st_dev, status.st_ino, (uint64_t)status.st_mtim.tv_sec,
				  (uint64_t)status.st_mtim.tv_nsec};
	if (digest_of(facts, sizeof(facts), digest) < 0)
		return 0;
	memcpy(&instance, digest, sizeof(instance));
	return instance;
}

enum token_status keys_status(const struct key *key, enum token_verb verb)
{
	/* An answer to something else: the place was given to another key meanwhile. */
	if (key->reply.status == TOKEN_OK && key->reply.verb != (uint32_t)verb)
		return TOKEN_GONE;
	return (enum token_status)key->reply.status;
}

size_t keys_count(const struct keys *keys, enum key_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < KEYS_MAX; i++)
		count += keys->key[i].state == state;
	return count;
}
