/* Stacks as files of tests/corpus/pamstack: "== PATH" begins a file of the made-up machine, "==
 * ways" what is expected of it. What stands before the first is a comment; a line "!
 * empty-passwords" there says that the machine has accounts without a password. */
#ifndef SEKISHO_PAMSTACK_FIXTURE_H
#define SEKISHO_PAMSTACK_FIXTURE_H

#include "agent/cli/pamways.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define STACK_SECTIONS_MAX 64

struct stack_section {
	const char *name, *text;
	size_t name_length, length;
};

struct stack_file {
	struct stack_section sections[STACK_SECTIONS_MAX];
	size_t count;
	bool empty_passwords;
};

static inline void stack_split(const char *text, size_t length, struct stack_file *file)
{
	const char *end = text + length;
	struct stack_section *section = NULL;

	memset(file, 0, sizeof(*file));
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *next = newline ? newline + 1 : end;
		size_t width = (size_t)((newline ? newline : end) - text);

		if (width > 3 && memcmp(text, "== ", 3) == 0 && file->count < STACK_SECTIONS_MAX) {
			section = &file->sections[file->count++];
			section->name = text + 3;
			section->name_length = width - 3;
			section->text = next;
		} else if (section) {
			section->length = (size_t)(next - section->text);
		} else if (width == strlen("! empty-passwords") && text[0] == '!') {
			file->empty_passwords = true;
		}
		text = next;
	}
}

static inline const struct stack_section *stack_find(const struct stack_file *file,
						     const char *name)
{
	for (size_t i = 0; i < file->count; i++)
		if (file->sections[i].name_length == strlen(name) &&
		    memcmp(file->sections[i].name, name, strlen(name)) == 0)
			return &file->sections[i];
	return NULL;
}

static inline int stack_read(void *user, const char *path, char **ret_text, size_t *ret_length)
{
	const struct stack_section *section = stack_find(user, path);

	if (!section)
		return -ENOENT;
	*ret_text = calloc(1, section->length + 1);
	if (!*ret_text)
		return -ENOMEM;
	memcpy(*ret_text, section->text, section->length);
	*ret_length = section->length;
	return 0;
}

#endif
