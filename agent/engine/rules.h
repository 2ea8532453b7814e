/* The device rules, sekisho-devices.conf(5): sections `[Device NAME]` of `Match…=` lines and one
 * `Access=`, in the order of the files, those with `Enrolled=yes` before the others, and at most
 * one section `[Policy]`. The first section that fits an interface decides it; nothing fits =
 * block. */
#ifndef SEKISHO_RULES_H
#define SEKISHO_RULES_H

#include "config.h"
#include "facts.h"

#include <stdbool.h>

#define RULES_MAX     131072 /* sections */
#define RULE_NAME_MAX 40 /* bytes of NAME; inih cuts longer section names */

enum access {
	ACCESS_BLOCK,
	ACCESS_ALLOW,
	ACCESS_CHARGE, /* of a rule: blocked, and told to be meant for its power alone */
	ACCESS_CHALLENGE, /* of a rule: blocked until a person types a code on it */
	ACCESS_COUNT
};

enum rule_key {
	KEY_ACCESS,
	KEY_VENDOR,
	KEY_PRODUCT,
	KEY_SERIAL,
	KEY_MANUFACTURER,
	KEY_NAME,
	KEY_PORT,
	KEY_INTERFACE,
	KEY_EVERY_INTERFACE,
	KEY_DESCRIPTORS,
	KEY_HAS_SERIAL,
	KEY_INTERNAL,
	KEY_NO_INTERFACE,
	KEY_AT_MOST,
	KEY_ENROLLED,
	KEY_UNITS,
	KEY_COUNT
};

/* "03:01:*" */
struct class_pattern {
	struct usb_class class;
	struct usb_class mask; /* 0xff where the code counts, 0 for "*" */
};

/* Offsets into the rules' texts and patterns; which of them count is told by .given. */
struct rule {
	uint32_t given; /* bits of enum rule_key */
	uint16_t vendor, product;
	uint32_t name, file, line;
	uint32_t serial, manufacturer, label, descriptors;
	uint32_t port; /* names with blanks between them */
	uint32_t any_at, every_at, none_at; /* patterns */
	uint8_t n_any, n_every, n_none;
	uint8_t access; /* enum access */
	uint8_t at_most; /* devices at once, if KEY_AT_MOST is given */
	bool has_serial, internal, enrolled;
	bool all_units; /* also the second disk of an interface, and so on: units.h */
};

struct rules {
	struct rule *list; /* enrolled ones first, else in the order of the files */
	size_t n_list, list_size;
	char *texts;
	size_t texts_length, texts_size;
	struct class_pattern *patterns;
	size_t n_patterns, patterns_size;
	uint32_t *order; /* of .list: see rules_index() */
	bool audit; /* what is blocked is let in and told; false unless the files say so */
};

static inline bool rule_gives(const struct rule *rule, enum rule_key key)
{
	return rule->given & (1u << key);
}

/* Reads @path and its drop-ins, owned by root or @owner. Any error: -errno with @error telling file
 * and line; @ret_rules is written only on success, then rules_free is the caller's. */
int rules_load(const char *path, uid_t owner, struct rules *ret_rules, struct config_error *error);
void rules_free(struct rules *rules);

/* The same as if the drop-in @staged were there. */
int rules_load_staged(const char *path, uid_t owner, const struct config_staged *staged,
		      struct rules *ret_rules, struct config_error *error);

/* For whoever wants to hear of every mistake: reads @paths, each with its drop-ins, as one list;
 * each mistake's text goes to @mistake. 0, or -EINVAL if there was one; @ret_rules gets the
 * sections that are right, the caller's, in both cases. Other -errno: it ended untold. */
int rules_check(const char *const paths[], size_t count, uid_t owner, config_mistake_fn *mistake,
		void *user, struct rules *ret_rules);

/* The earlier section that takes all that section @index could fit, or the last one of those that
 * together do; NULL: it can decide something. Pure. rules_cover.c */
const struct rule *rules_cover(const struct rules *rules, size_t index);

/* Sorts the rules' numbers by what they name, so that a device is held against few of them: done by
 * rules_load(). 0 or -ENOMEM. rules_find.c */
int rules_index(struct rules *rules);

/* The first rule that fits an interface of class @class of the device; NULL: none. Pure. */
const struct rule *rules_find(const struct rules *rules, const struct device_facts *facts,
			      const struct usb_class *class);

/* Whether a rule's list of ports has this one. */
bool rules_has_port(const char *ports, const char *name, size_t length);

/* A rule's text by its offset. */
const char *rules_text(const struct rules *rules, uint32_t offset);

/* "allow", "block", "charge", "challenge" */
const char *access_name(enum access access);

#endif
