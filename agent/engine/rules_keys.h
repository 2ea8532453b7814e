/* The keys of a section of device rules: their names, and their values into a rule. */
#ifndef SEKISHO_RULES_KEYS_H
#define SEKISHO_RULES_KEYS_H

#include "rules.h"

/* KEY_COUNT if there is none of that name. */
enum rule_key rules_key(const char *name);

/* -EINVAL: it can't be understood; -ENOMEM. Sets no bit of .given. */
int rules_set_key(struct rules *rules, struct rule *rule, enum rule_key key, const char *value);

/* Copies a text among those of the rules. 0 or -ENOMEM. */
int rules_add_text(struct rules *rules, const char *text, uint32_t *ret_offset);

/* The list with room for @count more than @used, or NULL. */
void *rules_grow(void *list, size_t *capacity, size_t used, size_t count, size_t size);

#endif
