/* Configuration into a struct, by a table of keys. */
#include "config.h"

#include "escape.h"
#include "number.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int set_bool(const char *value, bool *place)
{
	if (strcmp(value, "yes") == 0 || strcmp(value, "true") == 0)
		*place = true;
	else if (strcmp(value, "no") == 0 || strcmp(value, "false") == 0)
		*place = false;
	else
		return -EINVAL;
	return 0;
}

static int set_string(const char *value, char *place, size_t size)
{
	size_t length = strlen(value);

	if (length >= size)
		return -EMSGSIZE;
	for (size_t at = 0; at < length;) {
		unsigned int point;
		size_t count = utf8_sequence(value + at, length - at, &point);

		if (count == 0 || point < 0x20 || point == 0x7f)
			return -EINVAL;
		at += count;
	}
	memcpy(place, value, length + 1);
	return 0;
}

/* @again: a key that may be repeated was there before in the same file. */
static int set_value(const struct config_key *key, const char *value, void *values, bool again)
{
	char *place = (char *)values + key->offset;
	size_t length;
	uint64_t number;
	int r;

	switch (key->kind) {
	case CONFIG_BOOL:
		return set_bool(value, (bool *)place);
	case CONFIG_NUMBER:
		r = number_parse(value, key->min, key->max, &number);
		if (r == 0)
			*(uint32_t *)(void *)place = (uint32_t)number;
		return r;
	case CONFIG_LIST:
		length = again ? strlen(place) : 0;
		if (length == 0)
			return set_string(value, place, key->size);
		r = set_string(value, place + length + 1, key->size - length - 1);
		if (r == 0)
			place[length] = ' ';
		return r;
	case CONFIG_STRING:
		return set_string(value, place, key->size);
	case CONFIG_CHOICE:
		for (uint32_t i = 0; key->choices[i]; i++) {
			if (strcmp(value, key->choices[i]) == 0) {
				*(uint32_t *)(void *)place = i;
				return 0;
			}
		}
		return -EINVAL;
	}
	return -EINVAL;
}

static bool is_section(const struct config_key *keys, size_t n_keys, const char *section)
{
	for (size_t i = 0; i < n_keys; i++)
		if (strcmp(keys[i].section, section) == 0)
			return true;
	return false;
}

int config_table_visit(void *user, const char *file, unsigned int line, unsigned int section_line,
		       const char *section, const char *name, const char *value,
		       struct config_error *error)
{
	struct config_table *table = user;
	const struct config_key *key = NULL;
	bool again;
	size_t i;
	int r;

	(void)section_line;
	if (!name)
		return is_section(table->keys, table->n_keys, section)
			       ? 0
			       : config_fail(error, -EINVAL, file, line, "unknown section [%.40s]",
					     section);
	for (i = 0; i < table->n_keys; i++) {
		key = &table->keys[i];
		if (strcmp(key->section, section) == 0 && strcmp(key->name, name) == 0)
			break;
	}
	if (i == table->n_keys)
		return config_fail(error, -EINVAL, file, line, "unknown key [%.40s] %.40s", section,
				   name);
	if (strcmp(table->file, file) != 0)
		table->seen = 0;
	snprintf(table->file, sizeof(table->file), "%s", file);
	again = table->seen & UINT64_C(1) << i;
	if (again && key->kind != CONFIG_LIST)
		return config_fail(error, -EINVAL, file, line, "%s is given twice", name);
	table->seen |= UINT64_C(1) << i;
	r = set_value(key, value, table->values, again);
	if (r == -ERANGE)
		return config_fail(error, r, file, line, "%s must be from %u to %u", name, key->min,
				   key->max);
	if (r == -EMSGSIZE)
		return config_fail(error, r, file, line, "%s is longer than %zu bytes", name,
				   key->size - 1);
	if (r < 0)
		return config_fail(error, r, file, line, "%s cannot be \"%.80s\"", name, value);
	return 0;
}

int config_load(const char *path, uid_t owner, const struct config_key *keys, size_t n_keys,
		void *values, struct config_error *ret_error)
{
	struct config_table table = {.keys = keys, .n_keys = n_keys, .values = values};

	if (n_keys > 64)
		return -E2BIG;
	return config_visit(path, owner, config_table_visit, &table, ret_error);
}
