#include "question.h"

#include "cleanup.h"
#include "gettext.h"

#include <errno.h>
#include <string.h>

#define PROMPT_MAX 1024

/* @ret_length: without the newline and blanks. */
static int read_line(const char *prompt, char **ret_line, size_t *ret_length)
{
	size_t size = 0;
	ssize_t length;

	/* What follows may be a PIN, which is not read through this buffer. */
	setvbuf(stdin, NULL, _IONBF, 0);
	fputs(prompt, stdout);
	fflush(stdout);
	length = getline(ret_line, &size, stdin);
	if (length <= 0 || !*ret_line) {
		putchar('\n');
		return -ENODATA;
	}
	while (length > 0 && strchr(" \t\r\n", (*ret_line)[length - 1]))
		length--;
	(*ret_line)[length] = '\0';
	*ret_length = (size_t)length;
	return 0;
}

static bool is_visible(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	return true;
}

int question_text(const char *prompt, char *text, size_t size)
{
	for (int i = 0; i < QUESTION_TRIES; i++) {
		_cleanup_free_ char *line = NULL;
		size_t length = 0, blanks;
		int r = read_line(prompt, &line, &length);

		if (r < 0)
			return r;
		blanks = strspn(line, " \t");
		if (!is_visible(line + blanks, length - blanks)) {
			puts(_("There were characters in it that can't be seen; type it again."));
			continue;
		}
		if (length - blanks >= size) {
			puts(_("That is too long; type it again."));
			continue;
		}
		memcpy(text, line + blanks, length - blanks + 1);
		return 0;
	}
	return -ENODATA;
}

int question_yes(const char *question, bool otherwise, bool *ret_yes)
{
	static const struct {
		const char *word;
		bool yes;
	} words[] = {
		{"y", true},  {"yes", true}, {"はい", true},	{"ｙ", true},
		{"n", false}, {"no", false}, {"いいえ", false}, {"ｎ", false},
	};

	char prompt[PROMPT_MAX];

	snprintf(prompt, sizeof(prompt), "%s %s ", question,
		 otherwise ? _("[y/n, Enter: yes]") : _("[y/n, Enter: no]"));
	for (int i = 0; i < QUESTION_TRIES; i++) {
		char answer[32];
		int r = question_text(prompt, answer, sizeof(answer));

		if (r < 0)
			return r;
		if (answer[0] == '\0') {
			*ret_yes = otherwise;
			return 0;
		}
		for (size_t at = 0; at < ARRAY_SIZE(words); at++)
			if (strcasecmp(answer, words[at].word) == 0) {
				*ret_yes = words[at].yes;
				return 0;
			}
		puts(_("Please answer y or n."));
	}
	return -ENODATA;
}

bool question_agreed(const char *question)
{
	bool yes = false;

	return question_yes(question, false, &yes) == 0 && yes;
}
