/* Drivers that no terminal needs, by the lock that keeps them out. */
#ifndef SEKISHO_MODULES_H
#define SEKISHO_MODULES_H

#include "exits.h"

#define MODULES_MAX  16
#define MODULES_TEXT 256

enum module_kind {
	MODULES_GADGET,
	MODULES_USBIP,
	MODULES_DISKS,
	MODULES_FILES,
	MODULES_FIREWIRE,
	MODULES_FLOPPY,
	MODULES_MODEM,
	MODULES_COUNT
};

struct module_list {
	const char *lock; /* its name in lock_rows */
	const char *names[MODULES_MAX]; /* up to a NULL */
};

extern const struct module_list module_lists[MODULES_COUNT];

/* Is it in the kernel, by whatever way it came? */
bool module_is_loaded(const struct machine *machine, const char *name);

/* The @names of those of a list that are, with commas; false if none is. */
bool modules_loaded(const struct machine *machine, const struct module_list *list,
		    char names[static MODULES_TEXT]);

#endif
