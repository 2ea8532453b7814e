#include "namelist.h"

#include "file.h"
#include "gettext.h"
#include "name.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#define BLANKS		" \t\r"
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

void namelist_free(struct namelist *list)
{
	free(list->text);
	free(list->rows);
	memset(list, 0, sizeof(*list));
}

static int allocate(struct namelist *list, size_t count)
{
	if (count > NAMELIST_MAX)
		return -E2BIG;
	list->rows = calloc(count ? count : 1, sizeof(*list->rows));
	return list->rows ? 0 : -ENOMEM;
}

int namelist_words(struct namelist *list, size_t count, char *const words[])
{
	int r = allocate(list, count);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++)
		list->rows[i].name = words[i];
	list->count = count;
	return 0;
}

/* The name in a line, which is changed; NULL if there is none. */
static char *name_of(char *line)
{
	size_t length;

	line[strcspn(line, "#")] = '\0';
	line += strspn(line, BLANKS);
	length = strlen(line);
	while (length > 0 && strchr(BLANKS, line[length - 1]))
		length--;
	line[length] = '\0';
	return length > 0 ? line : NULL;
}

static size_t count_lines(const char *text)
{
	size_t count = 1;

	for (; (text = strchr(text, '\n')); text++)
		count++;
	return count;
}

static int split(struct namelist *list)
{
	char *at = list->text;
	unsigned int line = 1;
	int r;

	r = allocate(list, count_lines(at));
	if (r < 0)
		return r;
	if (strncmp(at, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
		at += strlen(BYTE_ORDER_MARK);
	for (char *next = at; next; at = next, line++) {
		char *name;

		next = strchr(at, '\n');
		if (next)
			*next++ = '\0';
		name = name_of(at);
		if (name)
			list->rows[list->count++] = (struct namelist_row){name, line};
	}
	return 0;
}

int namelist_read(struct namelist *list, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t length;
	int r;

	if (fd < 0)
		return -errno;
	list->file = path;
	r = file_read_all(fd, NAMELIST_FILE_MAX, &list->text, &length);
	if (r < 0)
		return r;
	return strlen(list->text) == length ? split(list) : -EINVAL;
}

/* By name, then by place. */
static int compare(const void *one, const void *other)
{
	const struct namelist_row *a = one, *b = other;
	int order = strcmp(a->name, b->name);

	if (order != 0)
		return order;
	return a->name < b->name ? -1 : a->name > b->name;
}

static size_t check_twice(const struct namelist *list, namelist_wrong_fn *tell)
{
	struct namelist_row *sorted = calloc(list->count + 1, sizeof(*sorted));
	size_t wrong = 0;

	if (!sorted) {
		if (list->count > 0)
			tell(list, list->rows, strerror(ENOMEM));
		return 1;
	}
	for (size_t i = 0; i < list->count; i++)
		sorted[i] = list->rows[i];
	qsort(sorted, list->count, sizeof(*sorted), compare);
	for (size_t i = 1; i < list->count; i++) {
		if (strcmp(sorted[i].name, sorted[i - 1].name) != 0)
			continue;
		tell(list, &sorted[i], _("it stands there twice"));
		wrong++;
	}
	free(sorted);
	return wrong;
}

size_t namelist_check(const struct namelist *list, namelist_wrong_fn *tell)
{
	size_t wrong = 0;

	for (size_t i = 0; i < list->count; i++) {
		const char *reason = name_wrong_terminal(list->rows[i].name);

		if (!reason)
			continue;
		tell(list, &list->rows[i], reason);
		wrong++;
	}
	return wrong + check_twice(list, tell);
}
