/* A line of USBGuard's rules.conf, as usbguard-rules.conf(5) tells its grammar. There is no library
 * for it: this reads one line into its parts and judges none. */
#ifndef SEKISHO_USBGUARD_H
#define SEKISHO_USBGUARD_H

#include <stdbool.h>
#include <stddef.h>

#define USBGUARD_VALUES_MAX 64 /* of one attribute */

enum usbguard_target {
	USBGUARD_NOTHING, /* an empty line, or a comment */
	USBGUARD_ALLOW,
	USBGUARD_BLOCK,
	USBGUARD_REJECT,
};

/* How a device's values are held against those of the rule. */
enum usbguard_operator {
	USBGUARD_EQUALS, /* also where none is written */
	USBGUARD_EQUALS_ORDERED,
	USBGUARD_ALL_OF,
	USBGUARD_ONE_OF,
	USBGUARD_NONE_OF,
	USBGUARD_MATCH_ALL, /* each of the device's is one of the rule's */
	USBGUARD_OPERATOR_COUNT
};

enum usbguard_key {
	USBGUARD_ID,
	USBGUARD_HASH,
	USBGUARD_PARENT_HASH,
	USBGUARD_NAME,
	USBGUARD_SERIAL,
	USBGUARD_PORT,
	USBGUARD_INTERFACE,
	USBGUARD_CONNECT_TYPE,
	USBGUARD_LABEL,
	USBGUARD_CONDITION,
	USBGUARD_KEY_COUNT
};

struct usbguard_attribute {
	size_t count; /* 0: not given */
	enum usbguard_operator how;
	const char *values[USBGUARD_VALUES_MAX]; /* into .text */
};

struct usbguard_rule {
	enum usbguard_target target;
	struct usbguard_attribute attributes[USBGUARD_KEY_COUNT];
	char *text;
};

/* Reads @line, without its end. 0; then usbguard_release is the caller's. -EBADMSG: it is no rule;
 * @ret_column gets the byte, from 1, from which on it can't be understood. -ENOMEM. */
int usbguard_parse(const char *line, struct usbguard_rule *ret_rule, size_t *ret_column);
void usbguard_release(struct usbguard_rule *rule);

/* "with-interface", ... */
const char *usbguard_key_name(enum usbguard_key key);

#endif
