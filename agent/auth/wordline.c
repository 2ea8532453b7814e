#include "wordline.h"

#include <errno.h>
#include <string.h>

void wordline_wipe(struct wordline *line)
{
	explicit_bzero(line, sizeof(*line));
}

int wordline_split(const char *line, size_t length, size_t max, struct wordline *ret_line,
		   const char **ret_wrong)
{
	size_t count = 0;
	char *rest;

	*ret_wrong = "the line is too long or holds a zero byte";
	if (length >= sizeof(ret_line->copy) || memchr(line, '\0', length))
		return -EINVAL;
	rest = memcpy(ret_line->copy, line, length);
	rest[length] = '\0';
	while (rest) {
		*ret_wrong = "the line has too many words";
		if (count == max || count == WORDLINE_MAX)
			return -EINVAL;
		ret_line->words[count] = strsep(&rest, " ");
		*ret_wrong = "words are parted by exactly one space";
		if (ret_line->words[count++][0] == '\0')
			return -EINVAL;
	}
	ret_line->count = count;
	*ret_wrong = NULL;
	return 0;
}

static int parse(char *word, const struct wordline_attribute *table, size_t rows, void *object,
		 unsigned int *seen, const char **ret_wrong)
{
	char *value = strchr(word, '=');

	*ret_wrong = "an attribute is not known";
	if (!value)
		return -EINVAL;
	*value++ = '\0';
	for (size_t i = 0; i < rows; i++) {
		if (strcmp(word, table[i].name) != 0)
			continue;
		*ret_wrong = "an attribute is given twice";
		if (*seen & 1u << i)
			return -EINVAL;
		*seen |= 1u << i;
		*ret_wrong = table[i].wrong;
		return table[i].parse(value, object);
	}
	return -EINVAL;
}

int wordline_attributes(const struct wordline *line, size_t first,
			const struct wordline_attribute *table, size_t rows, void *object,
			const char **ret_wrong)
{
	unsigned int seen = 0;

	for (size_t i = first; i < line->count; i++) {
		int r = parse(line->words[i], table, rows, object, &seen, ret_wrong);

		if (r < 0)
			return r;
	}
	*ret_wrong = NULL;
	return 0;
}
