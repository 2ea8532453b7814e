#include "udevrules.h"

#include "cleanup.h"
#include "file.h"
#include "ownfiles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#define RULES_SIZE_MAX ((size_t)4 * 1024 * 1024)

/* ATTR{authorized}=="0" and ATTRS{authorized_default}!="1" only look. Whatever else is said of
 * the word - an assignment, a command line - is taken for writing. */
static bool only_looks(const char *after)
{
	if (strncmp(after, "_default", 8) == 0)
		after += 8;
	if (*after++ != '}')
		return false;
	after += strspn(after, " \t");
	return (after[0] == '=' || after[0] == '!') && after[1] == '=';
}

bool udevrules_opens(const char *line)
{
	static const char word[] = "authorized";

	line += strspn(line, " \t");
	if (*line == '#')
		return false;
	/* SUSE's, which decides by a configuration of its own. */
	if (strstr(line, "usbauth"))
		return true;
	for (const char *at = line; (at = strstr(at, word)); at += strlen(word))
		if (!only_looks(at + strlen(word)))
			return true;
	return false;
}

/* As udev does (udev-rules.c, udev_rules_parse_file()): a line that ends in a backslash goes on in
 * the next one, behind its blanks. The newlines come after it, so that the numbers stay. */
static void join_lines(char *text)
{
	size_t joined = 0;
	char *to = text;

	for (const char *from = text; *from;) {
		if (from[0] == '\\' && from[1] == '\n') {
			from += 2 + strspn(from + 2, " \t");
			joined++;
			continue;
		}
		for (; *from == '\n' && joined > 0; joined--)
			*to++ = '\n';
		*to++ = *from++;
	}
	*to = '\0';
}

static size_t find_line(int directory, const char *name)
{
	_cleanup_close_ int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	_cleanup_free_ char *text = NULL;
	size_t length, number = 1;
	int r;

	if (fd < 0)
		return 0;
	r = file_read_all(fd, RULES_SIZE_MAX, &text, &length);
	/* Nobody writes so many rules but to hide one. */
	if (r < 0)
		return r == -EFBIG;
	for (size_t i = 0; i < length; i++)
		if (text[i] == '\0')
			text[i] = '\n';
	join_lines(text);
	for (char *line = text, *end; line; line = end ? end + 1 : NULL, number++) {
		end = strchr(line, '\n');
		if (end)
			*end = '\0';
		if (udevrules_opens(line))
			return number;
	}
	return 0;
}

static void look_into(int root, const char *folder, udevrules_fn *tell, void *user)
{
	int fd = openat(root, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	char path[NAME_MAX + 64];

	while (directory && (entry = readdir(directory))) {
		size_t length = strlen(entry->d_name), line;

		if (length < 7 || strcmp(entry->d_name + length - 6, ".rules") != 0)
			continue;
		line = find_line(fd, entry->d_name);
		snprintf(path, sizeof(path), "/%s/%s", folder, entry->d_name);
		if (line > 0 && !ownfiles_has(root, path))
			tell(user, path, line);
	}
	if (directory)
		closedir(directory);
}

void udevrules_look(int root, udevrules_fn *tell, void *user)
{
	static const char *const folders[] = {"lib/udev/rules.d", "usr/local/lib/udev/rules.d",
					      "run/udev/rules.d", "etc/udev/rules.d"};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		look_into(root, folders[i], tell, user);
}
