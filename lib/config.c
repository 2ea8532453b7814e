#include "config.h"

#include "cleanup.h"
#include "escape.h"
#include "file.h"
#include "number.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

/* One file being read. inih calls our line reader and then our handler, so the reader's count is
 * the handler's line. */
struct reading {
	const char *file;
	const char *text; /* what is left */
	unsigned int line;
	unsigned int section_line;
	config_visit_fn *visit;
	void *user;
	struct config_error *error;
	int result;
};

int config_fail(struct config_error *error, int code, const char *file, unsigned int line,
		const char *format, ...)
{
	char message[CONFIG_ERROR_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	if (line > 0)
		snprintf(error->text, sizeof(error->text), "%s:%u: %.500s", file, line, message);
	else
		snprintf(error->text, sizeof(error->text), "%s: %.500s", file, message);
	return code;
}

/* inih takes what stands after the ] for nothing, and tells no section that has no key. */
static int read_section(struct reading *reading, const char *text)
{
	char section[256];
	size_t length = strcspn(text, "]");
	const char *rest = text + length;

	reading->section_line = reading->line;
	if (*rest != ']')
		return 0; /* inih says so */
	rest += 1 + strspn(rest + 1, " \t\r");
	if (*rest != '\0' && *rest != '#' && *rest != ';')
		return config_fail(reading->error, -EINVAL, reading->file, reading->line,
				   "nothing can follow the ]; write \"%.40s\" on a line of its own",
				   rest);
	snprintf(section, sizeof(section), "%.*s", (int)length, text);
	return reading->visit(reading->user, reading->file, reading->line, reading->section_line,
			      section, NULL, NULL, reading->error);
}

/* inih's reader: like fgets. A line that does not fit is an error, never two lines. Blanks at its
 * beginning go: to inih they would make it a part of the line before. */
static char *next_line(char *buffer, int size, void *stream)
{
	struct reading *reading = stream;
	const char *line = reading->text + strspn(reading->text, " \t\r\v\f");
	size_t length = strcspn(line, "\n");

	if (*reading->text == '\0' || reading->result < 0)
		return NULL;
	reading->line++;
	if (length + 2 > (size_t)size) {
		reading->result =
			config_fail(reading->error, -EMSGSIZE, reading->file, reading->line,
				    "the line is longer than %d bytes", size - 2);
		return NULL;
	}
	memcpy(buffer, line, length);
	buffer[length] = '\0';
	reading->text = line + length;
	if (*reading->text == '\n')
		reading->text++;
	if (buffer[0] == '[')
		reading->result = read_section(reading, buffer + 1);
	return reading->result < 0 ? NULL : buffer;
}

static int on_key(void *user, const char *section, const char *name, const char *value)
{
	struct reading *reading = user;

	if (reading->result < 0)
		return 0;
	reading->result =
		reading->visit(reading->user, reading->file, reading->line, reading->section_line,
			       section, name, value, reading->error);
	return reading->result == 0;
}

static int read_file(int dirfd, const char *name, const char *shown, uid_t owner,
		     config_visit_fn *visit, void *user, struct config_error *error)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *text = NULL;
	struct reading reading = {.file = shown, .visit = visit, .user = user, .error = error};
	size_t length;
	int bad_line;
	int r;

	r = file_open_trusted(dirfd, name, owner, &fd);
	if (r == -EPERM)
		return config_fail(error, r, shown, 0,
				   "must be owned by root and writable by nobody else: "
				   "chown root: and chmod go-w it");
	if (r < 0)
		return config_fail(error, r, shown, 0, "%s", strerror(-r));
	r = file_read_all(fd, CONFIG_FILE_MAX, &text, &length);
	if (r < 0)
		return config_fail(error, r, shown, 0, "%s", strerror(-r));
	if (memchr(text, '\0', length))
		return config_fail(error, -EINVAL, shown, 0, "holds a zero byte");
	/* inih would pass over it, but not before we have looked for a section. */
	reading.text = strncmp(text, "\xef\xbb\xbf", 3) == 0 ? text + 3 : text;
	bad_line = ini_parse_stream(next_line, &reading, on_key, &reading);
	explicit_bzero(text, length); /* some files hold keys */
	if (reading.result < 0)
		return reading.result;
	if (bad_line != 0)
		return config_fail(error, -EINVAL, shown, bad_line > 0 ? (unsigned int)bad_line : 0,
				   "is neither a [Section], a Key=value nor a # comment");
	return 0;
}

static int is_dropin(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > 5 &&
	       strcmp(entry->d_name + length - 5, ".conf") == 0;
}

static int by_bytes(const struct dirent **left, const struct dirent **right)
{
	return strcmp((*left)->d_name, (*right)->d_name);
}

static int read_dropins(const char *directory, uid_t owner, config_visit_fn *visit, void *user,
			struct config_error *error)
{
	_cleanup_close_ int dirfd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **entries = NULL;
	struct stat status;
	int count;
	int r = 0;

	if (dirfd < 0)
		return errno == ENOENT
			       ? 0
			       : config_fail(error, -errno, directory, 0, "%s", strerror(errno));
	if (fstat(dirfd, &status) < 0)
		return -errno;
	if ((status.st_uid != 0 && status.st_uid != owner) || (status.st_mode & 022))
		return config_fail(error, -EPERM, directory, 0,
				   "must be owned by root and writable by nobody else");
	count = scandirat(dirfd, ".", &entries, is_dropin, by_bytes);
	if (count < 0)
		return config_fail(error, -errno, directory, 0, "%s", strerror(errno));
	if (count > CONFIG_DROPINS_MAX)
		r = config_fail(error, -E2BIG, directory, 0, "holds more than %d drop-ins",
				CONFIG_DROPINS_MAX);
	for (int i = 0; i < count; i++) {
		char shown[1300];

		snprintf(shown, sizeof(shown), "%s/%s", directory, entries[i]->d_name);
		if (r == 0)
			r = read_file(dirfd, entries[i]->d_name, shown, owner, visit, user, error);
		free(entries[i]);
	}
	free(entries);
	return r;
}

int config_visit(const char *path, uid_t owner, config_visit_fn *visit, void *user,
		 struct config_error *ret_error)
{
	char directory[1024];
	int r;

	ret_error->text[0] = '\0';
	r = snprintf(directory, sizeof(directory), "%s.d", path);
	if (r < 0 || (size_t)r >= sizeof(directory))
		return config_fail(ret_error, -ENAMETOOLONG, path, 0, "the path is too long");
	r = read_file(AT_FDCWD, path, path, owner, visit, user, ret_error);
	if (r < 0)
		return r;
	return read_dropins(directory, owner, visit, user, ret_error);
}

static int set_bool(const char *value, bool *place)
{
	if (strcmp(value, "yes") == 0 || strcmp(value, "true") == 0)
		*place = true;
	else if (strcmp(value, "no") == 0 || strcmp(value, "false") == 0)
		*place = false;
	else
		return -EINVAL;
	return 0;
}

static int set_string(const char *value, char *place, size_t size)
{
	size_t length = strlen(value);

	if (length >= size)
		return -EMSGSIZE;
	for (size_t at = 0; at < length;) {
		unsigned int point;
		size_t count = utf8_sequence(value + at, length - at, &point);

		if (count == 0 || point < 0x20 || point == 0x7f)
			return -EINVAL;
		at += count;
	}
	memcpy(place, value, length + 1);
	return 0;
}

/* @again: a key that may be repeated was there before in the same file. */
static int set_value(const struct config_key *key, const char *value, void *values, bool again)
{
	char *place = (char *)values + key->offset;
	size_t length;
	uint64_t number;
	int r;

	switch (key->kind) {
	case CONFIG_BOOL:
		return set_bool(value, (bool *)place);
	case CONFIG_NUMBER:
		r = number_parse(value, key->min, key->max, &number);
		if (r == 0)
			*(uint32_t *)(void *)place = (uint32_t)number;
		return r;
	case CONFIG_LIST:
		length = again ? strlen(place) : 0;
		if (length == 0)
			return set_string(value, place, key->size);
		r = set_string(value, place + length + 1, key->size - length - 1);
		if (r == 0)
			place[length] = ' ';
		return r;
	case CONFIG_STRING:
		return set_string(value, place, key->size);
	case CONFIG_CHOICE:
		for (uint32_t i = 0; key->choices[i]; i++) {
			if (strcmp(value, key->choices[i]) == 0) {
				*(uint32_t *)(void *)place = i;
				return 0;
			}
		}
		return -EINVAL;
	}
	return -EINVAL;
}

static bool is_section(const struct config_key *keys, size_t n_keys, const char *section)
{
	for (size_t i = 0; i < n_keys; i++)
		if (strcmp(keys[i].section, section) == 0)
			return true;
	return false;
}

struct loading {
	const struct config_key *keys;
	size_t n_keys;
	void *values;
	char file[1300]; /* the bits of seen are about this one */
	uint64_t seen;
};

static int load_key(void *user, const char *file, unsigned int line, unsigned int section_line,
		    const char *section, const char *name, const char *value,
		    struct config_error *error)
{
	struct loading *loading = user;
	const struct config_key *key = NULL;
	bool again;
	size_t i;
	int r;

	(void)section_line;
	if (!name)
		return is_section(loading->keys, loading->n_keys, section)
			       ? 0
			       : config_fail(error, -EINVAL, file, line, "unknown section [%.40s]",
					     section);
	for (i = 0; i < loading->n_keys; i++) {
		key = &loading->keys[i];
		if (strcmp(key->section, section) == 0 && strcmp(key->name, name) == 0)
			break;
	}
	if (i == loading->n_keys)
		return config_fail(error, -EINVAL, file, line, "unknown key [%.40s] %.40s", section,
				   name);
	if (strcmp(loading->file, file) != 0)
		loading->seen = 0;
	snprintf(loading->file, sizeof(loading->file), "%s", file);
	again = loading->seen & UINT64_C(1) << i;
	if (again && key->kind != CONFIG_LIST)
		return config_fail(error, -EINVAL, file, line, "%s is given twice", name);
	loading->seen |= UINT64_C(1) << i;
	r = set_value(key, value, loading->values, again);
	if (r == -ERANGE)
		return config_fail(error, r, file, line, "%s must be from %u to %u", name, key->min,
				   key->max);
	if (r == -EMSGSIZE)
		return config_fail(error, r, file, line, "%s is longer than %zu bytes", name,
				   key->size - 1);
	if (r < 0)
		return config_fail(error, r, file, line, "%s cannot be \"%.80s\"", name, value);
	return 0;
}

int config_load(const char *path, uid_t owner, const struct config_key *keys, size_t n_keys,
		void *values, struct config_error *ret_error)
{
	struct loading loading = {.keys = keys, .n_keys = n_keys, .values = values};

	if (n_keys > 64)
		return -E2BIG;
	return config_visit(path, owner, load_key, &loading, ret_error);
}
