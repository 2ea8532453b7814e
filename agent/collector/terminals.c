#include "terminals.h"

#include "cleanup.h"
#include "number.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct sealkeys_form terminals_form = {
	.section = "Terminal",
	.secret = true,
	.hint = "take the file back from a copy of the directory",
};

/* Room for so many more; no copy of a secret is left behind. */
static int make_room(struct terminals *terminals, size_t count)
{
	size_t room = 2 * terminals->count + count;
	struct terminal *grown;

	if (terminals->room - terminals->count >= count)
		return 0;
	grown = calloc(room, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	if (terminals->list) {
		memcpy(grown, terminals->list, terminals->count * sizeof(*grown));
		explicit_bzero(terminals->list, terminals->count * sizeof(*grown));
	}
	free(terminals->list);
	terminals->list = grown;
	terminals->room = room;
	return 0;
}

static int add_keys(const struct sealkeys *keys, const char *name, size_t length,
		    struct terminals *terminals)
{
	int r = make_room(terminals, keys->count);

	if (r < 0)
		return r;
	for (size_t i = 0; i < keys->count; i++) {
		const struct sealkey *key = &keys->list[i];
		struct terminal *terminal = &terminals->list[terminals->count++];

		*terminal = (struct terminal){
			.end = key->end,
			.generation = (uint8_t)(keys->count - 1 - i),
			.has_first_key = key->has_first_key,
		};
		memcpy(terminal->name, name, length);
		memcpy(terminal->key_id, key->id, sizeof(terminal->key_id));
		memcpy(terminal->public_key, key->public_key, SEAL_KEY_SIZE);
		memcpy(terminal->first_key, key->first_key, SEAL_KEY_SIZE);
	}
	return 0;
}

static int load_one(const char *directory, const char *file, uid_t owner,
		    struct terminals *terminals, struct config_error *ret_error)
{
	size_t length = strlen(file) - strlen(".conf");
	_cleanup_sealkeys_ struct sealkeys keys = {};
	char path[4096];
	int r;

	if (length >= TERMINALS_NAME_MAX ||
	    snprintf(path, sizeof(path), "%s/%s", directory, file) >= (int)sizeof(path))
		return config_fail(ret_error, -ENAMETOOLONG, file, 0, "the name is too long");
	r = sealkeys_load(path, owner, &terminals_form, &keys, ret_error);
	if (r < 0)
		return r;
	r = add_keys(&keys, file, length, terminals);
	return r < 0 ? config_fail(ret_error, r, path, 0, "%s", strerror(-r)) : 0;
}

static int is_terminal(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > strlen(".conf") &&
	       strcmp(entry->d_name + length - strlen(".conf"), ".conf") == 0;
}

static int by_key(const void *left, const void *right)
{
	const struct terminal *one = left, *other = right;

	return strcmp(one->key_id, other->key_id);
}

/* Those of the same terminal, the present key of which is @last. Few have more than one. */
static void link_keys(const struct terminals *terminals, struct terminal *last)
{
	for (size_t i = 0; i < terminals->count; i++) {
		struct terminal *terminal = &terminals->list[i];

		if (strcmp(terminal->name, last->name) != 0)
			continue;
		terminal->present = last;
		for (size_t k = 0; k < terminals->count; k++) {
			struct terminal *before = &terminals->list[k];

			if (before->generation + 1 != terminal->generation ||
			    strcmp(before->name, last->name) != 0)
				continue;
			terminal->before = before;
			terminal->end.before = &before->end;
		}
	}
}

void terminals_link(const struct terminals *terminals)
{
	for (size_t i = 0; i < terminals->count; i++)
		terminals->list[i].end.before = NULL;
	for (size_t i = 0; i < terminals->count; i++) {
		struct terminal *terminal = &terminals->list[i];

		if (!terminal->end.ended && terminal->generation > 0)
			link_keys(terminals, terminal);
	}
}

static int load_all(const char *path, uid_t owner, struct dirent **names, int count,
		    struct terminals *terminals, struct config_error *ret_error)
{
	for (int i = 0; i < count; i++) {
		int r = load_one(path, names[i]->d_name, owner, terminals, ret_error);

		if (r < 0)
			return r;
	}
	if (terminals->count > 0)
		qsort(terminals->list, terminals->count, sizeof(*terminals->list), by_key);
	terminals_link(terminals);
	return 0;
}

int terminals_load(const char *path, uid_t owner, struct terminals *ret_terminals,
		   struct config_error *ret_error)
{
	struct terminals terminals = {};
	struct dirent **names;
	int count = scandir(path, &names, is_terminal, alphasort), r;

	if (count < 0 && errno == ENOENT)
		return -ENOENT;
	if (count < 0)
		return config_fail(ret_error, -errno, path, 0, "%s", strerror(errno));
	r = load_all(path, owner, names, count, &terminals, ret_error);
	for (int i = 0; i < count; i++)
		free(names[i]);
	free(names);
	if (r < 0)
		terminals_free(&terminals);
	else
		*ret_terminals = terminals;
	return r;
}

void terminals_free(struct terminals *terminals)
{
	for (size_t i = 0; i < terminals->count; i++)
		free(terminals->list[i].stops);
	if (terminals->list)
		explicit_bzero(terminals->list, terminals->count * sizeof(*terminals->list));
	free(terminals->list);
	*terminals = (struct terminals){};
}

struct terminal *terminals_find(const struct terminals *terminals, const char *key_id)
{
	struct terminal wanted = {};

	if (strlen(key_id) >= sizeof(wanted.key_id))
		return NULL;
	memcpy(wanted.key_id, key_id, strlen(key_id) + 1);
	return bsearch(&wanted, terminals->list, terminals->count, sizeof(*terminals->list),
		       by_key);
}

static int add_stop(struct terminal *terminal)
{
	uint8_t(*grown)[SEAL_KEY_SIZE] =
		realloc(terminal->stops, (terminal->n_stops + 1) * sizeof(*grown));
	uint8_t *key;

	if (!grown)
		return -ENOMEM;
	terminal->stops = grown;
	key = grown[terminal->n_stops];
	if (terminal->n_stops == 0) {
		memcpy(key, terminal->first_key, SEAL_KEY_SIZE);
	} else {
		memcpy(key, grown[terminal->n_stops - 1], SEAL_KEY_SIZE);
		for (int i = 0; i < TERMINALS_STOP; i++)
			seal_turn(key);
	}
	terminal->n_stops++;
	return 0;
}

int terminals_ratchet(struct terminal *terminal, uint32_t period,
		      uint8_t ret_key[static SEAL_KEY_SIZE])
{
	uint32_t stop = period - period % TERMINALS_STOP;

	while (terminal->n_stops <= period / TERMINALS_STOP) {
		int r = add_stop(terminal);

		if (r < 0)
			return r;
	}
	if (!terminal->has_near || terminal->near > period || terminal->near < stop) {
		terminal->has_near = true;
		terminal->near = stop;
		memcpy(terminal->near_key, terminal->stops[period / TERMINALS_STOP], SEAL_KEY_SIZE);
	}
	for (; terminal->near < period; terminal->near++)
		seal_turn(terminal->near_key);
	memcpy(ret_key, terminal->near_key, SEAL_KEY_SIZE);
	return 0;
}
