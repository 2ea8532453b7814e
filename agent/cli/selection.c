#include "selection.h"

#include <errno.h>
#include <string.h>

void selection_release(struct selection *selection)
{
	free(selection->text);
}

int selection_add(struct selection *selection, const char *word)
{
	if (selection->count == SELECTION_WORDS_MAX)
		return -E2BIG;
	selection->words[selection->count++] = word;
	return 0;
}

bool selection_has(const struct selection *selection, const char *word)
{
	for (size_t i = 0; i < selection->count; i++)
		if (strcmp(selection->words[i], word) == 0)
			return true;
	return false;
}

int selection_split(char *text, struct selection *ret)
{
	char *rest = NULL;
	int r = 0;

	*ret = (struct selection){.text = text};
	for (char *word = strtok_r(text, " \t\n", &rest); word && r == 0;
	     word = strtok_r(NULL, " \t\n", &rest))
		r = selection_add(ret, word);
	return r;
}
