#include "overruled.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define KEYS_MAX  32
#define NAME_SIZE 64
#define TEXT_SIZE 2304 /* a longer value is compared as far as this */

struct key {
	char section[NAME_SIZE], name[NAME_SIZE];
	char asked[TEXT_SIZE]; /* several lines joined by spaces, as lists are */
	char decided[TEXT_SIZE]; /* by the last file behind; "": by none */
	char file[OVERRULED_TEXT / 2];
	unsigned int line;
};

struct search {
	char ours[OVERRULED_TEXT]; /* the staged file's path */
	struct key keys[KEYS_MAX];
	size_t count;
};

static struct key *find(struct search *search, const char *section, const char *name)
{
	for (size_t i = 0; i < search->count; i++)
		if (strcmp(search->keys[i].section, section) == 0 &&
		    strcmp(search->keys[i].name, name) == 0)
			return &search->keys[i];
	return NULL;
}

static struct key *add(struct search *search, const char *section, const char *name)
{
	struct key *key;

	if (search->count == KEYS_MAX)
		return NULL;
	key = &search->keys[search->count++];
	*key = (struct key){};
	snprintf(key->section, sizeof(key->section), "%s", section);
	snprintf(key->name, sizeof(key->name), "%s", name);
	return key;
}

static void join(char text[static TEXT_SIZE], const char *value)
{
	const size_t length = strlen(text);

	snprintf(text + length, TEXT_SIZE - length, "%s%s", length ? " " : "", value);
}

static int visit(void *user, const char *file, unsigned int line, unsigned int section_line,
		 const char *section, const char *name, const char *value,
		 struct config_error *error)
{
	struct search *search = user;
	struct key *key = name ? find(search, section, name) : NULL;

	(void)section_line;
	(void)error;
	if (!name)
		return 0;
	if (strcmp(file, search->ours) == 0) {
		if (!key)
			key = add(search, section, name);
		if (!key)
			return -E2BIG;
		join(key->asked, value);
	} else if (key) {
		if (strcmp(key->file, file) != 0)
			key->decided[0] = '\0';
		snprintf(key->file, sizeof(key->file), "%s", file);
		key->line = line;
		join(key->decided, value);
	}
	return 0;
}

int overruled(const char *path, uid_t owner, const struct config_staged *staged,
	      char text[static OVERRULED_TEXT], struct config_error *ret_error)
{
	static struct search search; /* 160 KiB */
	int r;

	search.count = 0;
	snprintf(search.ours, sizeof(search.ours), "%s.d/%s", path, staged->name);
	r = config_visit_staged(path, owner, staged, visit, &search, ret_error);
	if (r < 0)
		return r;
	for (size_t i = 0; i < search.count; i++) {
		const struct key *key = &search.keys[i];

		/* A key whose lists are cleared by an empty value is decided, too. */
		if (key->line == 0 || strcmp(key->asked, key->decided) == 0)
			continue;
		snprintf(text, OVERRULED_TEXT, "%s:%u: %s", key->file, key->line, key->name);
		return 1;
	}
	return 0;
}
