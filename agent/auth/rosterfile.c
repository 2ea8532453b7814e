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
	free(roster->periods);
	*roster = (struct rosterfile){};
}

/* Room for @more behind the @count of @size bytes each. */
static int make_room(void **list, size_t size, size_t count, size_t more, size_t *room)
{
	size_t larger = *room ? *room * 2 : 16;
	void *grown;

	if (count + more <= *room)
		return 0;
	if (larger < count + more)
		larger = count + more;
	grown = reallocarray(*list, larger, size);
	if (!grown)
		return -ENOMEM;
	*list = grown;
	*room = larger;
	return 0;
}

static int make_key_room(struct rosterfile *roster, size_t more)
{
	return make_room((void **)&roster->entries, sizeof(*roster->entries), roster->count, more,
			 &roster->room);
}

int rosterfile_append(struct rosterfile *roster, const struct roster_person *person)
{
	int r;

	r = make_key_room(roster, person->n_entries);
	if (r == 0)
		r = make_room((void **)&roster->periods, sizeof(*roster->periods),
			      roster->n_periods, person->n_periods, &roster->periods_room);
	if (r < 0)
		return r;
	if (person->n_entries > 0)
		memcpy(roster->entries + roster->count, person->entries,
		       person->n_entries * sizeof(*person->entries));
	if (person->n_periods > 0)
		memcpy(roster->periods + roster->n_periods, person->periods,
		       person->n_periods * sizeof(*person->periods));
	roster->count += person->n_entries;
	roster->n_periods += person->n_periods;
	return 0;
}

/* The lines of one person after the other, as they are read. */
struct reader {
	struct rosterfile *roster;
	char user[ROSTER_USER_MAX];
	struct roster_person person; /* what was read of @user */
};

static int begin_person(struct reader *reader, const char *user, size_t length,
			const char **ret_wrong)
{
	char name[ROSTER_USER_MAX];
	int r;

	*ret_wrong = "the user's name is too long";
	if (length >= sizeof(name))
		return -EINVAL;
	memcpy(name, user, length);
	name[length] = '\0';
	if (strcmp(reader->user, name) == 0)
		return 0;
	*ret_wrong = "the line is out of order: sort by the bytes of the user's name";
	if (strcmp(reader->user, name) > 0)
		return -EINVAL;
	*ret_wrong = "out of memory";
	r = rosterfile_append(reader->roster, &reader->person);
	reader->person.n_entries = 0;
	reader->person.n_periods = 0;
	memcpy(reader->user, name, sizeof(name));
	return r;
}

static int read_line(struct reader *reader, const char *line, size_t length, const char **ret_wrong)
{
	const char *space = memchr(line, ' ', length);
	int r;

	r = begin_person(reader, line, space ? (size_t)(space - line) : length, ret_wrong);
	return r < 0 ? r : roster_person_read(&reader->person, line, length, ret_wrong);
}

static int parse(struct rosterfile *roster, const char *path, const char *text, size_t length,
		 struct config_error *error)
{
	struct reader reader = {.roster = roster};
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
		r = read_line(&reader, at, (size_t)(newline - at), &wrong);
		if (r < 0)
			return config_fail(error, r, path, line, "%s", config_words(wrong));
		at = newline;
	}
	r = rosterfile_append(roster, &reader.person);
	return r < 0 ? config_fail(error, r, path, 0, "%s", strerror(-r)) : 0;
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

int rosterfile_add(struct rosterfile *roster, const struct roster_entry *entry)
{
	struct roster_person person = {};
	const struct roster_entry *keys;
	size_t first, had;
	int r;

	keys = rosterfile_keys(roster, entry->user, &had);
	first = keys ? (size_t)(keys - roster->entries) : rosterfile_place(roster, entry->user);
	if (had > ROSTER_PER_USER)
		return -E2BIG;
	person.n_entries = had;
	for (size_t i = 0; keys && i < had; i++)
		person.entries[i] = keys[i];
	r = roster_person_add(&person, entry);
	if (r == 0)
		r = make_key_room(roster, 1);
	if (r < 0)
		return r;
	memmove(roster->entries + first + person.n_entries, roster->entries + first + had,
		(roster->count - first - had) * sizeof(*entry));
	memcpy(roster->entries + first, person.entries, person.n_entries * sizeof(*entry));
	roster->count += person.n_entries - had;
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

/* The lines in their order: of each user the periods, then the keys. */
static int write_lines(const struct rosterfile *roster, FILE *stream)
{
	char text[ROSTER_LINE_MAX] = "";
	size_t key = 0, period = 0;

	fputs(ROSTER_HEADER, stream);
	while (key < roster->count || period < roster->n_periods) {
		bool own = period < roster->n_periods &&
			   (key == roster->count ||
			    strcmp(roster->periods[period].user, roster->entries[key].user) <= 0);
		int r = own ? roster_format_period(&roster->periods[period++], text, sizeof(text))
			    : roster_format(&roster->entries[key++], text, sizeof(text));

		if (r < 0)
			return r;
		fputs(text, stream);
	}
	return fflush(stream) == 0 ? 0 : -ENOMEM;
}

int rosterfile_format(const struct rosterfile *roster, char **ret_text, size_t *ret_length)
{
	_cleanup_free_ char *whole = NULL;
	_cleanup_fclose_ FILE *stream = NULL;
	size_t length = 0;
	int r;

	stream = open_memstream(&whole, &length);
	if (!stream)
		return -ENOMEM;
	r = write_lines(roster, stream);
	if (r < 0)
		return r;
	if (length > ROSTERFILE_MAX)
		return -EFBIG;
	/* The stream would write to it once more at its end. */
	r = fclose(stream) == 0 ? 0 : -ENOMEM;
	stream = NULL;
	if (r < 0)
		return r;
	*ret_text = steal_pointer(whole);
	*ret_length = length;
	return 0;
}

int rosterfile_write(const char *path, const char *text, size_t length)
{
	_cleanup_close_ int dirfd = -1;
	const char *name = NULL;
	int r = split(path, &dirfd, &name);

	return r < 0 ? r : file_write_atomic(dirfd, name, text, length, 0644);
}

int rosterfile_save(const char *path, const struct rosterfile *roster)
{
	_cleanup_free_ char *whole = NULL;
	size_t length = 0;
	int r = rosterfile_format(roster, &whole, &length);

	return r < 0 ? r : rosterfile_write(path, whole, length);
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
