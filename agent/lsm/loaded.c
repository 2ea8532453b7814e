#include "loaded.h"

#include "attempt.h"
#include "pinned.h"

#include "cleanup.h"
#include "file.h"
#include "number.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX ((size_t)4096)

size_t loaded_row(const char *name)
{
	size_t i = 0;

	while (i < pin_count && strcmp(name, pin_rows[i].name) != 0)
		i++;
	return i;
}

static int read_line(char *line, struct loaded *loaded)
{
	char *space = strchr(line, ' ');
	uint64_t number;
	size_t row;

	if (!space || number_parse(space + 1, 1, UINT32_MAX, &number) < 0)
		return -EBADMSG;
	*space = '\0';
	row = loaded_row(line);
	if (row < pin_count)
		loaded->programs[row] = (uint32_t)number;
	else if (strcmp(line, ATTEMPT_RING) == 0)
		loaded->ring = (uint32_t)number;
	else
		return -EBADMSG;
	return 0;
}

int loaded_read(int fd, struct loaded *ret_loaded)
{
	_cleanup_free_ char *text = NULL;
	struct loaded loaded = {};
	char *rest;
	size_t length;
	int r;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	r = file_read_all(fd, TEXT_MAX, &text, &length);
	rest = text;
	while (r == 0 && rest && *rest)
		r = read_line(strsep(&rest, "\n"), &loaded);
	if (r < 0)
		return r;
	loaded.whole = loaded.ring != 0;
	for (size_t i = 0; i < pin_count; i++)
		loaded.whole &= pin_rows[i].optional || loaded.programs[i] != 0;
	*ret_loaded = loaded;
	return 0;
}

int loaded_begin(int fd)
{
	return ftruncate(fd, 0) < 0 ? -errno : 0;
}

int loaded_end(int fd, const struct loaded *loaded)
{
	char text[TEXT_MAX];
	int length = snprintf(text, sizeof(text), ATTEMPT_RING " %u\n", loaded->ring);
	ssize_t written;

	for (size_t i = 0; i < pin_count; i++)
		if (loaded->programs[i] != 0)
			length += snprintf(text + length, sizeof(text) - (size_t)length, "%s %u\n",
					   pin_rows[i].name, loaded->programs[i]);
	written = pwrite(fd, text, (size_t)length, 0);
	if (written < 0)
		return -errno;
	return written == length ? 0 : -EIO;
}

const char *loaded_differs(const struct loaded *loaded, const char *folder)
{
	char path[128];
	uint32_t map = 0;

	for (size_t i = 0; i < pin_count; i++) {
		struct pinned pinned = {};
		int r;

		snprintf(path, sizeof(path), "%s/%s", folder, pin_rows[i].name);
		r = pinned_link(path, &pinned);
		if (loaded->programs[i] == 0 ? r != -ENOENT
					     : r < 0 || pinned.program != loaded->programs[i])
			return pin_rows[i].name;
	}
	snprintf(path, sizeof(path), "%s/" ATTEMPT_RING, folder);
	return pinned_map(path, &map) < 0 || map != loaded->ring ? ATTEMPT_RING : NULL;
}
