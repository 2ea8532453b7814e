/* PCI functions, and the list of those that were there at the start (packaging/buses): a line each,
 * "0000:00:02.0 0x1af4:0x1042:0x1af4:0x1100". */
#ifndef SEKISHO_PCIFUNCTION_H
#define SEKISHO_PCIFUNCTION_H

#include <stdbool.h>
#include <stdint.h>

#define PCIFUNCTION_NAME_MAX 16
#define PCIFUNCTION_KNOWN    "run/sekisho-buses/pci" /* below "/" */
/* The one driver that may take a closed one: there is none of that name. */
#define PCIFUNCTION_CLOSED "sekisho-closed"

struct pcifunction {
	char name[PCIFUNCTION_NAME_MAX]; /* "0000:00:02.0" */
	uint64_t inode; /* of its folder, privproto.h */
	char vendor[8], product[8]; /* "0x1af4" */
	char subvendor[8], subproduct[8];
	char class[16]; /* "0x010802" */
	bool driven; /* it has a driver */
	char driver[32]; /* its name; "": none */
	bool closed; /* no driver may take it */
};

/* @sysfs: a descriptor of /sys. -ENOENT, -ENODEV: it has left; -EINVAL: no such name. */
int pcifunction_read(int sysfs, const char *name, struct pcifunction *ret_function);

/* Whether it may come at any time: a bridge, which carries nothing by itself, or a USB controller,
 * whose devices are judged one by one, as long as no driver of another kind has it. */
bool pcifunction_is_harmless(const struct pcifunction *function);

/* 1: it was there at the start, at that place and with these numbers. 0: it was not. -ENOENT: the
 * start is not over; -errno. @root: a descriptor of "/", or AT_FDCWD; @list: PCIFUNCTION_KNOWN or
 * another file below it. */
int pcifunction_is_known(const struct pcifunction *function, int root, const char *list);

#endif
