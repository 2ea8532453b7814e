#include "config.h"

#include "cleanup.h"
#include "file.h"
#include "gettext.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

/* A file and its drop-ins, for whom. */
struct visiting {
	uid_t owner;
	const struct config_staged *staged; /* still to be read; NULL: none */
	config_visit_fn *visit;
	void *user;
	struct config_error *error;
	config_mistake_fn *mistake; /* NULL: the first one ends it */
	bool mistaken;
};

/* One file being read. inih calls our line reader and then our handler, so the reader's count is
 * the handler's line. */
struct reading {
	struct visiting *visiting;
	const char *file;
	const char *text; /* what is left */
	unsigned int line;
	unsigned int section_line;
	bool unread; /* the last line was no blank, comment or section, and no key came of it */
	bool told; /* that of such a line */
	int result;
};

static bool speaks;

void config_speak(void)
{
	speaks = true;
}

const char *config_words(const char *text)
{
	return speaks && text[0] ? gettext(text) : text;
}

int config_fail(struct config_error *error, int code, const char *file, unsigned int line,
		const char *format, ...)
{
	char message[CONFIG_ERROR_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), config_words(format), arguments);
	va_end(arguments);
	if (line > 0)
		snprintf(error->text, sizeof(error->text), "%s:%u: %.500s", file, line, message);
	else
		snprintf(error->text, sizeof(error->text), "%s: %.500s", file, message);
	return code;
}

/* Who wants to hear of every mistake is told of this one, if it is one. */
static int go_on(struct visiting *visiting, int r)
{
	if (r >= 0 || !visiting->mistake || visiting->error->text[0] == '\0')
		return r;
	visiting->mistake(visiting->user, visiting->error->text);
	visiting->mistaken = true;
	visiting->error->text[0] = '\0';
	return 0;
}

/* inih takes what stands after the ] for nothing, and tells no section that has no key. */
static int read_section(struct reading *reading, const char *text)
{
	char section[256];
	size_t length = strcspn(text, "]");
	const char *rest = text + length;
	struct visiting *visiting = reading->visiting;

	reading->section_line = reading->line;
	reading->unread = *rest != ']';
	if (*rest != ']')
		return 0;
	rest += 1 + strspn(rest + 1, " \t\r");
	if (*rest != '\0' && *rest != '#' && *rest != ';')
		return config_fail(visiting->error, -EINVAL, reading->file, reading->line,
				   "nothing can follow the ]; write \"%.40s\" on a line of its own",
				   rest);
	snprintf(section, sizeof(section), "%.*s", (int)length, text);
	return visiting->visit(visiting->user, reading->file, reading->line, reading->section_line,
			       section, NULL, NULL, visiting->error);
}

/* inih tells of one such line a file, and after it has read it to the end. */
static int end_line(struct reading *reading)
{
	if (!reading->unread)
		return 0;
	reading->unread = false;
	reading->told = true;
	return config_fail(reading->visiting->error, -EINVAL, reading->file, reading->line,
			   "is neither a [Section], a Key=value nor a # comment");
}

static int begin_line(struct reading *reading, const char *line, size_t length, char *buffer,
		      size_t size)
{
	if (length + 2 > size) {
		buffer[0] = '\0';
		return config_fail(reading->visiting->error, -EMSGSIZE, reading->file,
				   reading->line, "the line is longer than %zu bytes", size - 2);
	}
	memcpy(buffer, line, length);
	buffer[length] = '\0';
	if (buffer[0] == '[')
		return read_section(reading, buffer + 1);
	reading->unread = buffer[0] != '\0' && buffer[0] != ';' && buffer[0] != '#';
	return 0;
}

/* inih's reader: like fgets. A line that does not fit is an error, never two lines. Blanks at its
 * beginning go: to inih they would make it a part of the line before. */
static char *next_line(char *buffer, int size, void *stream)
{
	struct reading *reading = stream;
	const char *line = reading->text + strspn(reading->text, " \t\r\v\f");
	size_t length = strcspn(line, "\n");

	if (reading->result == 0)
		reading->result = go_on(reading->visiting, end_line(reading));
	if (*reading->text == '\0' || reading->result < 0)
		return NULL;
	reading->line++;
	reading->text = line + length;
	if (*reading->text == '\n')
		reading->text++;
	reading->result =
		go_on(reading->visiting, begin_line(reading, line, length, buffer, (size_t)size));
	return reading->result < 0 ? NULL : buffer;
}

static int on_key(void *user, const char *section, const char *name, const char *value)
{
	struct reading *reading = user;
	struct visiting *visiting = reading->visiting;
	int r;

	if (reading->result < 0)
		return 0;
	reading->unread = false;
	/* No format of ours has keys of no section. */
	r = reading->section_line == 0
		    ? config_fail(visiting->error, -EINVAL, reading->file, reading->line,
				  "no section heading stands above %.40s; write the [Section] that "
				  "it belongs to on a line before it",
				  name)
		    : visiting->visit(visiting->user, reading->file, reading->line,
				      reading->section_line, section, name, value, visiting->error);
	reading->result = go_on(visiting, r);
	return reading->result == 0;
}

static int read_text(struct visiting *visiting, const char *shown, const char *text, size_t length)
{
	struct reading reading = {.visiting = visiting, .file = shown};
	int bad_line;

	if (memchr(text, '\0', length))
		return config_fail(visiting->error, -EINVAL, shown, 0, "holds a zero byte");
	/* inih would pass over it, but not before we have looked for a section. */
	reading.text = strncmp(text, "\xef\xbb\xbf", 3) == 0 ? text + 3 : text;
	bad_line = ini_parse_stream(next_line, &reading, on_key, &reading);
	if (reading.result < 0)
		return reading.result;
	if (bad_line != 0 && !reading.told)
		return config_fail(visiting->error, -EINVAL, shown,
				   bad_line > 0 ? (unsigned int)bad_line : 0,
				   "is neither a [Section], a Key=value nor a # comment");
	return 0;
}

static int read_file(struct visiting *visiting, int dirfd, const char *name, const char *shown)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *text = NULL;
	size_t length;
	int r;

	r = file_open_trusted(dirfd, name, visiting->owner, &fd);
	if (r == -EPERM)
		config_fail(visiting->error, r, shown, 0,
			    "must be owned by root and writable by nobody else: "
			    "chown root: and chmod go-w it");
	else if (r < 0)
		config_fail(visiting->error, r, shown, 0, "%s", strerror(-r));
	if (r < 0)
		return go_on(visiting, r);
	r = file_read_all(fd, CONFIG_FILE_MAX, &text, &length);
	if (r < 0)
		return go_on(visiting,
			     config_fail(visiting->error, r, shown, 0, "%s", strerror(-r)));
	r = read_text(visiting, shown, text, length);
	explicit_bzero(text, length); /* some files hold keys */
	return go_on(visiting, r);
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

static int read_staged(struct visiting *visiting, const char *directory)
{
	const struct config_staged *staged = visiting->staged;
	char shown[1300];

	if (!staged)
		return 0;
	visiting->staged = NULL;
	snprintf(shown, sizeof(shown), "%s/%s", directory, staged->name);
	return go_on(visiting, read_text(visiting, shown, staged->text, strlen(staged->text)));
}

static int read_dropins(struct visiting *visiting, const char *directory)
{
	struct config_error *error = visiting->error;
	_cleanup_close_ int dirfd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **entries = NULL;
	struct stat status;
	int count;
	int r = 0;

	if (dirfd < 0)
		return errno == ENOENT
			       ? read_staged(visiting, directory)
			       : config_fail(error, -errno, directory, 0, "%s", strerror(errno));
	if (fstat(dirfd, &status) < 0)
		return -errno;
	if ((status.st_uid != 0 && status.st_uid != visiting->owner) || (status.st_mode & 022))
		return config_fail(error, -EPERM, directory, 0,
				   "must be owned by root and writable by nobody else");
	count = scandirat(dirfd, ".", &entries, is_dropin, by_bytes);
	if (count < 0)
		return config_fail(error, -errno, directory, 0, "%s", strerror(errno));
	if (count > CONFIG_DROPINS_MAX)
		r = config_fail(error, -E2BIG, directory, 0, "holds more than %d drop-ins",
				CONFIG_DROPINS_MAX);
	for (int i = 0; i < count; i++) {
		int order =
			visiting->staged ? strcmp(visiting->staged->name, entries[i]->d_name) : 1;
		char shown[1300];

		if (r == 0 && order <= 0)
			r = read_staged(visiting, directory);
		snprintf(shown, sizeof(shown), "%s/%s", directory, entries[i]->d_name);
		if (r == 0 && order != 0)
			r = read_file(visiting, dirfd, entries[i]->d_name, shown);
		free(entries[i]);
	}
	free(entries);
	return r < 0 ? r : read_staged(visiting, directory);
}

static int visit_files(struct visiting *visiting, const char *path)
{
	char directory[1024];
	int r;

	visiting->error->text[0] = '\0';
	r = snprintf(directory, sizeof(directory), "%s.d", path);
	if (r < 0 || (size_t)r >= sizeof(directory))
		return go_on(visiting, config_fail(visiting->error, -ENAMETOOLONG, path, 0,
						   "the path is too long"));
	r = read_file(visiting, AT_FDCWD, path, path);
	return r < 0 ? r : go_on(visiting, read_dropins(visiting, directory));
}

int config_visit(const char *path, uid_t owner, config_visit_fn *visit, void *user,
		 struct config_error *ret_error)
{
	return config_visit_staged(path, owner, NULL, visit, user, ret_error);
}

int config_visit_staged(const char *path, uid_t owner, const struct config_staged *staged,
			config_visit_fn *visit, void *user, struct config_error *ret_error)
{
	struct visiting visiting = {
		.owner = owner, .staged = staged, .visit = visit, .user = user, .error = ret_error};

	return visit_files(&visiting, path);
}

int config_visit_all(const char *path, uid_t owner, config_visit_fn *visit,
		     config_mistake_fn *mistake, void *user)
{
	struct config_error error;
	struct visiting visiting = {
		.owner = owner, .visit = visit, .user = user, .error = &error, .mistake = mistake};
	int r = visit_files(&visiting, path);

	return r == 0 && visiting.mistaken ? -EINVAL : r;
}
