#include "phonegroup.h"

#include "wordline.h"

#include "cleanup.h"
#include "file.h"
#include "number.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX 65536 /* bytes */

static int parse_answers(const char *text, void *object)
{
	((struct phonegroup_terminal *)object)->answers = true;
	return strcmp(text, "yes") == 0 ? 0 : -EINVAL;
}

static const struct wordline_attribute attributes[] = {
	{"answers", parse_answers, "answers= must be yes"},
};

const struct phonegroup_terminal *phonegroup_of_key(const struct phonegroup *group,
						    const uint8_t key[static PHONEGROUP_KEY])
{
	for (size_t i = 0; i < group->count; i++)
		if (memcmp(group->terminals[i].key, key, PHONEGROUP_KEY) == 0)
			return &group->terminals[i];
	return NULL;
}

const struct phonegroup_terminal *phonegroup_of_name(const struct phonegroup *group,
						     const char *name)
{
	for (size_t i = 0; i < group->count; i++)
		if (strcmp(group->terminals[i].name, name) == 0)
			return &group->terminals[i];
	return NULL;
}

static int parse(const char *line, struct phonegroup *group, const char **ret_wrong)
{
	struct phonegroup_terminal terminal = {};
	struct wordline words;
	int r;

	*ret_wrong = "there are too many terminals";
	if (group->count == PHONEGROUP_MAX)
		return -EINVAL;
	r = wordline_split(line, strlen(line), 3, &words, ret_wrong);
	if (r < 0)
		return r;
	*ret_wrong = "the line needs a terminal's name and its key";
	if (words.count < 2 || strlen(words.words[0]) >= sizeof(terminal.name))
		return -EINVAL;
	memcpy(terminal.name, words.words[0], strlen(words.words[0]) + 1);
	*ret_wrong = "a key is 64 hexadecimal digits";
	if (hex_parse_exactly(words.words[1], terminal.key, PHONEGROUP_KEY) < 0)
		return -EINVAL;
	r = wordline_attributes(&words, 2, attributes, ARRAY_SIZE(attributes), &terminal,
				ret_wrong);
	if (r < 0)
		return r;
	*ret_wrong = "the name or the key is there twice";
	if (phonegroup_of_name(group, terminal.name) || phonegroup_of_key(group, terminal.key))
		return -EINVAL;
	group->terminals[group->count++] = terminal;
	*ret_wrong = NULL;
	return 0;
}

int phonegroup_load(const char *path, uid_t owner, struct phonegroup *ret_group,
		    unsigned int *ret_line, const char **ret_wrong)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;
	size_t length;
	char *rest;
	int r;

	*ret_line = 1;
	*ret_wrong = NULL;
	ret_group->count = 0;
	r = file_open_trusted(AT_FDCWD, path, owner, &fd);
	if (r == 0)
		r = file_read_all(fd, FILE_MAX, &text, &length);
	if (r < 0 || !text)
		return r;
	*ret_wrong = "the first line must be \"# sekisho-substitutes 1\"";
	if (strncmp(text, PHONEGROUP_HEADER, strlen(PHONEGROUP_HEADER)) != 0)
		return -EINVAL;
	*ret_wrong = "there is a zero byte, or the last line lacks its newline";
	if (strlen(text) != length || text[length - 1] != '\n')
		return -EINVAL;
	text[length - 1] = '\0';
	rest = strchr(text, '\n');
	if (rest)
		rest++;
	while (rest) {
		char *line = strsep(&rest, "\n");

		(*ret_line)++;
		r = parse(line, ret_group, ret_wrong);
		if (r < 0)
			return r;
	}
	*ret_wrong = NULL;
	return 0;
}
