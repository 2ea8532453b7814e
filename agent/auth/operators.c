#include "operators.h"

#include "blank.h"
#include "cleanup.h"
#include "config.h"
#include "file.h"
#include "wordline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static int parse_from(const char *text, void *object)
{
	return roster_parse_day(text, &((struct operator_row *)object)->from);
}

static int parse_to(const char *text, void *object)
{
	return roster_parse_day(text, &((struct operator_row *)object)->to);
}

static const struct wordline_attribute attributes[] = {
	{"from", parse_from, "from= must be a day, YYYY-MM-DD"},
	{"to", parse_to, "to= must be a day, YYYY-MM-DD"},
};

static bool has_blank(const char *word)
{
	for (; *word; word++)
		if (blank_at(word, strlen(word)) > 0)
			return true;
	return false;
}

int operators_parse(const char *line, size_t length, struct operator_row *ret_operator,
		    const char **ret_wrong)
{
	struct operator_row row = {};
	struct wordline words;
	int r;

	r = wordline_split(line, length, 2 + ARRAY_SIZE(attributes) + 1, &words, ret_wrong);
	if (r < 0)
		return r;
	*ret_wrong = "words are parted by exactly one space, not by a tab, a full-width space or "
		     "what can't be seen";
	for (size_t i = 0; i < words.count; i++)
		if (has_blank(words.words[i]))
			return -EINVAL;
	*ret_wrong = "the line needs an account and a person";
	if (words.count < 2)
		return -EINVAL;
	*ret_wrong = "a name is too long";
	if (strlen(words.words[0]) >= sizeof(row.account) ||
	    strlen(words.words[1]) >= sizeof(row.person))
		return -EINVAL;
	memcpy(row.account, words.words[0], strlen(words.words[0]) + 1);
	memcpy(row.person, words.words[1], strlen(words.words[1]) + 1);
	/* It would be a name that tells of nobody. */
	*ret_wrong = "an account is nobody's name: it can't be its own operator";
	if (strcmp(row.account, row.person) == 0)
		return -EINVAL;
	r = wordline_attributes(&words, 2, attributes, ARRAY_SIZE(attributes), &row, ret_wrong);
	if (r < 0)
		return r;
	*ret_wrong = "from= is after to=";
	if (row.from && row.to && row.from > row.to)
		return -EINVAL;
	*ret_operator = row;
	*ret_wrong = NULL;
	return 0;
}

static int print_day(char *text, size_t size, const char *name, uint32_t day)
{
	text[0] = '\0';
	return day ? snprintf(text, size, " %s=%04u-%02u-%02u", name, day / 10000, day / 100 % 100,
			      day % 100)
		   : 0;
}

int operators_format(const struct operator_row *row, char *line, size_t size)
{
	char from[32], to[32];
	int length;

	print_day(from, sizeof(from), "from", row->from);
	print_day(to, sizeof(to), "to", row->to);
	length = snprintf(line, size, "%s %s%s%s\n", row->account, row->person, from, to);
	return length < 0 || (size_t)length >= size ? -EMSGSIZE : 0;
}

/* Not ASCII: a letter of a name, or a blank that looks like one or like nothing at all (U+00A0,
 * U+200B, U+FEFF, half of a character). */
static bool is_wide(char byte)
{
	return (unsigned char)byte >= 0x80;
}

static bool is_word(const char *line, size_t length, const char *account)
{
	while (*account && length > 0 && (*line == *account || is_wide(*line))) {
		account += *line == *account;
		line++;
		length--;
	}
	return !*account && (length == 0 || is_wide(*line) || blank_at(line, length) > 0);
}

/* Whether the line's first word is the account, whatever stands before, within or after it that is
 * no ASCII. What it is parted by need not be right: a slip that nobody sees must not make a shared
 * account one person's. */
static bool is_of(const char *line, size_t length, const char *account)
{
	const char *begin = line;

	while (!is_word(line, length, account)) {
		size_t skip = blank_at(line, length);

		/* Longer than any line may be, and nothing else in it yet: it may be anybody's. */
		if (line - begin > OPERATORS_LINE_MAX)
			return true;
		if (skip == 0 && length > 0 && is_wide(*line))
			skip = 1;
		if (skip == 0)
			return false;
		line += skip;
		length -= skip;
	}
	return true;
}

static int add(struct operators *operators, const char *account, const char *line, size_t length,
	       const char **ret_wrong)
{
	struct operator_row *row = &operators->list[operators->count];
	int r;

	*ret_wrong = "the account has too many operators";
	if (operators->count == OPERATORS_MAX)
		return -E2BIG;
	r = operators_parse(line, length, row, ret_wrong);
	if (r < 0)
		return r;
	*ret_wrong = "the account's name has characters in it, or beside it, that are not its own";
	if (strcmp(row->account, account) != 0)
		return -EINVAL;
	*ret_wrong = "a person is named twice for the account";
	for (size_t i = 0; i < operators->count; i++)
		if (strcmp(operators->list[i].person, row->person) == 0)
			return -EINVAL;
	operators->count++;
	return 0;
}

int operators_read(const char *text, size_t length, const char *account,
		   struct operators *ret_operators, const char **ret_wrong, unsigned int *ret_line)
{
	const char *end = text + length;
	unsigned int number = 1;

	ret_operators->count = 0;
	*ret_line = 1;
	*ret_wrong = "the first line must be \"# sekisho-operators 1\"";
	if (length < strlen(OPERATORS_HEADER) ||
	    memcmp(text, OPERATORS_HEADER, strlen(OPERATORS_HEADER)) != 0)
		return -EINVAL;
	for (const char *at = text + strlen(OPERATORS_HEADER); at < end;) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		int r = 0;

		*ret_line = ++number;
		/* What was cut off there is not known. */
		*ret_wrong = "the last line has no newline";
		if (!newline)
			return -EINVAL;
		if (is_of(at, (size_t)(newline - at), account))
			r = add(ret_operators, account, at, (size_t)(newline - at), ret_wrong);
		if (r < 0)
			return r;
		at = newline + 1;
	}
	*ret_wrong = NULL;
	*ret_line = 0;
	return 0;
}

int operators_find(const char *path, uid_t owner, const char *account,
		   struct operators *ret_operators)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;
	const char *wrong = NULL;
	unsigned int line = 0;
	size_t length = 0;
	int r;

	ret_operators->count = 0;
	r = file_open_trusted(AT_FDCWD, path, owner, &fd);
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = file_read_all(fd, OPERATORS_FILE_MAX, &text, &length);
	if (r == 0)
		r = operators_read(text, length, account, ret_operators, &wrong, &line);
	if (r < 0 && wrong)
		fprintf(stderr, "%s:%u: %s\n", path, line, config_words(wrong));
	else if (r < 0)
		fprintf(stderr, "%s: %s\n", path, strerror(-r));
	return r;
}

enum roster_validity operators_validity(const struct operator_row *row, uint32_t day)
{
	if (row->from && day < row->from)
		return ROSTER_NOT_YET;
	return row->to && day > row->to ? ROSTER_EXPIRED : ROSTER_VALID;
}

int operators_share(const char *path, uid_t owner, const char *account)
{
	_cleanup_free_ struct operators *operators = calloc(1, sizeof(*operators));
	int r = operators ? operators_find(path, owner, account, operators) : -ENOMEM;

	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): _cleanup_free_ releases it */
	return r < 0 ? r : operators->count > 0;
}
