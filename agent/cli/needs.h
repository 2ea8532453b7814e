/* What people need to work at the terminal and could lose by a rule: keyboards, pointers, network
 * cards that carry the default route; and on which USB interface, if any, each of them hangs. */
#ifndef SEKISHO_NEEDS_H
#define SEKISHO_NEEDS_H

#include "agent/engine/facts.h"

#define NEEDS_MAX     128
#define NEED_NAME_MAX 96

enum need_kind { NEED_KEYBOARD, NEED_POINTER, NEED_NETWORK, NEED_KIND_COUNT };

struct need {
	enum need_kind kind;
	char name[NEED_NAME_MAX]; /* escaped: "AT Translated Set 2 keyboard", "eth0" */
	char interface[FACTS_NAME_MAX]; /* "1-2:1.0"; "": PS/2, internal, PCI */
};

struct needs {
	struct need list[NEEDS_MAX];
	size_t count;
};

/* Looks below @root, a descriptor of "/". Keyboards and pointers are told by the keys and axes that
 * the kernel knows of them; a security key that can also type is none, nor is what a program made.
 * -errno if it can't be seen, -E2BIG if there are more than NEEDS_MAX. */
int needs_read(int root, struct needs *ret_needs);

/* needs_route.c: adds the cards that carry a default route; for a bridge, bond or VLAN those below
 * it. */
int needs_add_cards(int root, struct needs *needs);

/* Adds one that is found at /sys's @place, such as "class/net/eth0"; twice is once. */
int needs_add(int root, struct needs *needs, enum need_kind kind, const char *place,
	      const char *name);

/* The text of the link at @place of /sys; -errno. */
int needs_read_link(int root, const char *place, char *ret_target, size_t size);

#endif
