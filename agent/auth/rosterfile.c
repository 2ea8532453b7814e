#include "rosterfile.h"

#include "cleanup.h"
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

void rosterfile_release(struct rosterfile *roster)
{
	free(roster->entries);
	*roster = (struct rosterfile){};
}

static int make_room(struct rosterfile *roster)
{
	size_t room = roster->room ? roster->room * 2 : 16;
	struct roster_entry *grown;

	if (roster->count < roster->room)
		return 0;
	grown = reallocarray(roster->entries, room, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	roster->entries = grown;
	roster->room = room;
	return 0;
}

static int parse_line(struct rosterfile *roster, const char *line, size_t length,
		      const char **ret_wrong)
{
	struct roster_entry *entry;
	int r;

	*ret_wrong = strerror(ENOMEM);
	r = make_room(roster);
	if (r < 0)
		return r;
	entry = &roster->entries[roster->count];
	r = roster_parse(line, length, entry, ret_wrong);
	if (r < 0)
		return r;
	*ret_wrong = "the line is out of order: sort by the bytes of the user's name";
	if (roster->count > 0 && strcmp(entry[-1].user, entry->user) > 0)
		return -EINVAL;
	roster->count++;
	return 0;
}

static int parse(struct rosterfile *roster, const char *path, const char *text, size_t length,
		 struct config_error *error)
{
	const char *end = text + length;
	const char *at = text;
	const char *wrong;
	unsigned int line = 1;
	int r;

	if (length < sizeof(ROSTER_HEADER) - 1 ||
	    memcmp(text, ROSTER_HEADER, sizeof(ROSTER_HEADER) - 1) != 0)
		return config_fail(error, -EINVAL, path, 1,
				   "the first line must be \"# sekisho-roster 1\"");
	for (at += sizeof(ROSTER_HEADER) - 1; at < end; at++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		line++;
		if (!newline)
			return config_fail(error, -EINVAL, path, line, "the line has no newline");
		r = parse_line(roster, at, (size_t)(newline - at), &wrong);
		if (r < 0)
			return config_fail(error, r, path, line, "%s", wrong);
		at = newline;
	}
	return 0;
}

int rosterfile_load(const char *path, uid_t owner, struct rosterfile *ret_roster,
		    struct config_error *ret_error)
{
	_cleanup_rosterfile_ struct rosterfile roster = {};
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;
	size_t length = 0;
	int r;

	ret_error->text[0] = '\0';
	r = file_open_trusted(AT_FDCWD, path, owner, &fd);
	if (r == -ENOENT) {
		*ret_roster = roster;
		return 0;
	}
	if (r == -EPERM)
		return config_fail(ret_error, r, path, 0,
				   "must be owned by root and writable by nobody else: "
				   "chown root: and chmod go-w it");
	if (r == 0)
		r = file_read_all(fd, ROSTERFILE_MAX, &text, &length);
	if (r < 0)
		return config_fail(ret_error, r, path, 0, "%s", strerror(-r));
	r = parse(&roster, path, text, length, ret_error);
	if (r < 0)
		return r;
	*ret_roster = roster;
	roster = (struct rosterfile){};
	return 0;
}

/* What goes in must come out the same: a label from the command line is anybody's bytes. */
static int check(const struct roster_entry *entry)
{
	char line[ROSTER_LINE_MAX] = "";
	struct roster_entry back;
	const char *wrong;
	int r;

	r = roster_format(entry, line, sizeof(line));
	if (r == 0)
		r = roster_parse(line, strlen(line) - 1, &back, &wrong);
	if (r < 0)
		return r;
	return strcmp(back.user, entry->user) == 0 && strcmp(back.label, entry->label) == 0 &&
			       strcmp(back.category, entry->category) == 0
		       ? 0
		       : -EINVAL;
}

/* The user's line that was revoked first, out of the @count before @end. NULL: none is. */
static struct roster_entry *oldest_revoked(struct roster_entry *end, size_t count)
{
	struct roster_entry *oldest = NULL;

	for (struct roster_entry *entry = end - count; entry < end; entry++)
		if (entry->revoked && (!oldest || entry->revoked < oldest->revoked))
			oldest = entry;
	return oldest;
}

int rosterfile_add(struct rosterfile *roster, const struct roster_entry *entry)
{
	size_t at = 0;
	size_t mine = 0;
	int r;

	r = check(entry);
	if (r < 0)
		return r;
	for (; at < roster->count && strcmp(roster->entries[at].user, entry->user) <= 0; at++) {
		const struct roster_entry *other = &roster->entries[at];

		if (strcmp(other->user, entry->user) != 0)
			continue;
		mine++;
		if (other->credential_length == entry->credential_length &&
		    memcmp(other->credential, entry->credential, entry->credential_length) == 0)
			return -EEXIST;
	}
	if (mine >= ROSTER_PER_USER) {
		struct roster_entry *oldest = oldest_revoked(roster->entries + at, mine);

		if (!oldest)
			return -E2BIG;
		memmove(oldest, oldest + 1,
			(size_t)(roster->entries + roster->count - oldest - 1) * sizeof(*oldest));
		roster->count--;
		at--;
	}
	r = make_room(roster);
	if (r < 0)
		return r;
	memmove(roster->entries + at + 1, roster->entries + at,
		(roster->count - at) * sizeof(*entry));
	roster->entries[at] = *entry;
	roster->count++;
	return 0;
}

/* The folder, opened, and the name in it. */
static int split(const char *path, int *ret_dirfd, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	char folder[1024];
	int length;
	int fd;

	/* The slash stays: "/roster" lies in "/". */
	length = snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash + 1 - path) : 1,
			  slash ? path : ".");
	if (length < 0 || (size_t)length >= sizeof(folder))
		return -ENAMETOOLONG;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret_dirfd = fd;
	*ret_name = slash ? slash + 1 : path;
	return 0;
}

int rosterfile_save(const char *path, const struct rosterfile *roster)
{
	_cleanup_free_ char *whole = NULL;
	_cleanup_fclose_ FILE *stream = NULL;
	_cleanup_close_ int dirfd = -1;
	char text[ROSTER_LINE_MAX] = "";
	const char *name = NULL;
	size_t length = 0;
	int r;

	stream = open_memstream(&whole, &length);
	if (!stream)
		return -ENOMEM;
	fputs(ROSTER_HEADER, stream);
	for (size_t i = 0; i < roster->count; i++) {
		r = roster_format(&roster->entries[i], text, sizeof(text));
		if (r < 0)
			return r;
		fputs(text, stream);
	}
	if (fflush(stream) != 0)
		return -ENOMEM;
	if (length > ROSTERFILE_MAX)
		return -EFBIG;
	r = split(path, &dirfd, &name);
	if (r < 0)
		return r;
	return file_write_atomic(dirfd, name, whole, length, 0644);
}

int rosterfile_lock(const char *path, int *ret_fd)
{
	_cleanup_close_ int dirfd = -1;
	_cleanup_close_ int fd = -1;
	const char *name = NULL;
	char lock[300];
	int r;

	r = split(path, &dirfd, &name);
	if (r < 0)
		return r;
	r = snprintf(lock, sizeof(lock), ".%s.lock", name);
	if (r < 0 || (size_t)r >= sizeof(lock))
		return -ENAMETOOLONG;
	fd = openat(dirfd, lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX) < 0)
		return -errno;
	*ret_fd = steal_fd(&fd);
	return 0;
}
