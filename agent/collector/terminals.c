#include "terminals.h"

#include "cleanup.h"
#include "number.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

struct texts {
	char public_key[2 * SEAL_KEY_SIZE + 1];
	char first_key[2 * SEAL_KEY_SIZE + 1];
};

static const struct config_key keys[] = {
	{"Terminal", "PublicKey", CONFIG_STRING, offsetof(struct texts, public_key),
	 sizeof(((struct texts *)0)->public_key), 0, 0, NULL},
	{"Terminal", "FirstKey", CONFIG_STRING, offsetof(struct texts, first_key),
	 sizeof(((struct texts *)0)->first_key), 0, 0, NULL},
};

static int read_key(const char *text, uint8_t key[static SEAL_KEY_SIZE])
{
	size_t length;

	if (hex_parse(text, key, SEAL_KEY_SIZE, &length) < 0 || length != SEAL_KEY_SIZE)
		return -EINVAL;
	return 0;
}

static int load_one(const char *directory, const char *file, uid_t owner,
		    struct terminal *ret_terminal, struct config_error *ret_error)
{
	size_t length = strlen(file) - strlen(".conf");
	struct terminal terminal = {};
	struct texts texts = {};
	char path[4096];
	int r;

	if (length >= sizeof(terminal.name) ||
	    snprintf(path, sizeof(path), "%s/%s", directory, file) >= (int)sizeof(path))
		return config_fail(ret_error, -ENAMETOOLONG, file, 0, "the name is too long");
	memcpy(terminal.name, file, length);
	r = config_load(path, owner, keys, ARRAY_SIZE(keys), &texts, ret_error);
	if (r < 0)
		return r;
	if (read_key(texts.public_key, terminal.public_key) < 0)
		return config_fail(ret_error, -EINVAL, path, 0,
				   "PublicKey: 64 hexadecimal digits; take the file back from a "
				   "copy of the directory");
	terminal.has_first_key = texts.first_key[0] != '\0';
	if (terminal.has_first_key && read_key(texts.first_key, terminal.first_key) < 0)
		return config_fail(ret_error, -EINVAL, path, 0,
				   "FirstKey: 64 hexadecimal digits; take the file back from a "
				   "copy of the directory");
	seal_key_id(terminal.public_key, terminal.key_id);
	*ret_terminal = terminal;
	return 0;
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

static int load_all(const char *path, uid_t owner, struct dirent **names, int count,
		    struct terminals *terminals, struct config_error *ret_error)
{
	terminals->list = calloc((size_t)count + 1, sizeof(*terminals->list));
	if (!terminals->list)
		return config_fail(ret_error, -ENOMEM, path, 0, "%s", strerror(ENOMEM));
	for (int i = 0; i < count; i++) {
		int r = load_one(path, names[i]->d_name, owner, &terminals->list[i], ret_error);

		if (r < 0)
			return r;
		terminals->count++;
	}
	qsort(terminals->list, terminals->count, sizeof(*terminals->list), by_key);
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
	while (terminal->n_stops <= period / TERMINALS_STOP) {
		int r = add_stop(terminal);

		if (r < 0)
			return r;
	}
	memcpy(ret_key, terminal->stops[period / TERMINALS_STOP], SEAL_KEY_SIZE);
	for (uint32_t i = 0; i < period % TERMINALS_STOP; i++)
		seal_turn(ret_key);
	return 0;
}
