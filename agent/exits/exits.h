/* The ways out of a terminal, and the locks on them.
 *
 * A lock is one mechanism whose state can be seen while the machine runs; a way out is closed where
 * all its locks hold. Both are tables: `sekisho check exits` walks them, sekisho-exits(7) lists
 * every row. What is no work of ours is a row too. */
#ifndef SEKISHO_EXITS_H
#define SEKISHO_EXITS_H

#include "event.h"
#include "guardtry.h"
#include "rawnodes.h"

#include "agent/lsm/pinned.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define LOCK_TEXT_MAX 512

/* What is looked at. Tests have a tree of their own instead of the machine. */
struct machine {
	int root; /* a descriptor of "/": everything is looked up below it */
	json_t *devices; /* what sekishod says of each device; NULL: it doesn't answer */
	const char *inventory; /* sekisho-disks.conf(5); read as the caller's or root's file */
	/* rawnodes_try(), which asks the kernel. */
	int (*try_nodes)(int top, int cgroup, const struct raw_nodes *nodes, size_t *ret_open);
	int (*try_guard)(enum guardtry_probe probe); /* guardtry(), which asks the kernel too */
	int (*look_pin)(const char *path, struct pinned *ret_pinned); /* pinned_link() */
	const char *guard; /* sekisho-lsm.conf(5) */
	bool audit; /* sekishod lets in what its rules block */
	bool disks_unarmed; /* sekishod closes no disk: it knows no inventory that is this machine's
			     */
};

enum lock_state {
	LOCK_HOLDS,
	LOCK_BROKEN,
	LOCK_UNSEEN, /* it can't be looked at, which counts as broken */
	LOCK_WEAKER, /* this kernel has none, or an administrator's file lets something through */
	LOCK_STATE_COUNT
};

struct lock_finding {
	enum lock_state state;
	char text[LOCK_TEXT_MAX]; /* the evidence, in the reader's language */
};

enum lock_id {
	LOCK_USB_DEFAULT,
	LOCK_USB_BUSES,
	LOCK_USB_INTERFACES,
	LOCK_USB_NODES,
	LOCK_BUSES,
	LOCK_DISKS,
	LOCK_SLOTS,
	LOCK_THUNDERBOLT,
	LOCK_RADIOS,
	LOCK_BLUETOOTH,
	LOCK_OPTICAL,
	LOCK_SERIAL,
	LOCK_GADGETS,
	LOCK_MODULES_GADGET,
	LOCK_MODULES_USBIP,
	LOCK_MODULES_DISKS,
	LOCK_MODULES_FILES,
	LOCK_MODULES_FIREWIRE,
	LOCK_MODULES_FLOPPY,
	LOCK_MODULES_MODEM,
	LOCK_SESSION_DEVICES,
	LOCK_SESSION_PLACE,
	LOCK_GUARD_MOUNTS,
	LOCK_GUARD_COMMANDS,
	LOCK_GUARD_WRITES,
	LOCK_GUARD_SOCKETS,
	LOCK_FILES,
	LOCK_SOLE_JUDGE,
	LOCK_COUNT
};

struct lock_row {
	const char *name;
	const char *meaning; /* what it does while it holds; English, translated where shown */
	void (*look)(const struct machine *machine, struct lock_finding *finding);
};

extern const struct lock_row lock_rows[LOCK_COUNT];

enum exit_state {
	EXIT_CLOSED,
	EXIT_WEAKER, /* closed, but less tightly than another kernel or configuration would */
	EXIT_ABSENT, /* the machine has none, nor can one be plugged in */
	EXIT_OPEN,
	EXIT_UNSEEN,
	EXIT_NOT_OURS, /* something else has to close it */
	EXIT_STATE_COUNT
};

struct exit_row {
	const char *name;
	const char *title; /* English, translated where shown */
	uint32_t locks; /* 1U << LOCK_...; 0: nothing closes it */
	/* What an attempt is recorded as, or that a lock was undone; NULL: it is not ours. */
	const char *event;
	bool (*present)(const struct machine *machine); /* NULL: always, or at any time */
	/* Why it is not ours, or what is left open though the locks hold; NULL: nothing. */
	const char *note;
	const char *weaker; /* what is left where a lock is weaker; NULL: nothing to say */
	bool not_ours;
};

extern const struct exit_row exit_rows[];
extern const size_t exit_count;

/* Is there anything in that folder of the machine? */
bool machine_has(const struct machine *machine, const char *path);

/* 0, or why somebody but root may open the node: -EACCES for its mode or owner or an access list,
 * -ENOENT where there is none. */
int machine_node_is_closed(const struct machine *machine, const char *path);

/* Looks at all locks. */
void locks_look(const struct machine *machine, struct lock_finding findings[static LOCK_COUNT]);

/* What the locks make of a way out. */
enum exit_state exit_state(const struct exit_row *row, const struct machine *machine,
			   const struct lock_finding findings[static LOCK_COUNT]);

/* Sets a finding's state and text. */
void lock_found(struct lock_finding *finding, enum lock_state state, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* locks_usb.c */
void look_usb_default(const struct machine *machine, struct lock_finding *finding);
void look_usb_buses(const struct machine *machine, struct lock_finding *finding);
void look_usb_interfaces(const struct machine *machine, struct lock_finding *finding);
void look_usb_nodes(const struct machine *machine, struct lock_finding *finding);

/* locks_bus.c */
void look_buses(const struct machine *machine, struct lock_finding *finding);
void look_thunderbolt(const struct machine *machine, struct lock_finding *finding);
/* Without the programs that would let something in. */
void look_thunderbolt_devices(const struct machine *machine, struct lock_finding *finding);

/* locks_disk.c */
void look_disks(const struct machine *machine, struct lock_finding *finding);

/* locks_slot.c */
void look_slots(const struct machine *machine, struct lock_finding *finding);

/* locks_optical.c */
void look_optical(const struct machine *machine, struct lock_finding *finding);

/* locks_radio.c */
void look_radios(const struct machine *machine, struct lock_finding *finding);
void look_bluetooth(const struct machine *machine, struct lock_finding *finding);
void look_gadgets(const struct machine *machine, struct lock_finding *finding);

/* locks_modules.c */
void look_modules_gadget(const struct machine *machine, struct lock_finding *finding);
void look_modules_usbip(const struct machine *machine, struct lock_finding *finding);
void look_modules_disks(const struct machine *machine, struct lock_finding *finding);
void look_modules_files(const struct machine *machine, struct lock_finding *finding);
void look_modules_firewire(const struct machine *machine, struct lock_finding *finding);
void look_modules_floppy(const struct machine *machine, struct lock_finding *finding);
void look_modules_modem(const struct machine *machine, struct lock_finding *finding);

/* locks_serial.c */
void look_serial(const struct machine *machine, struct lock_finding *finding);

/* locks_session.c */
void look_session_devices(const struct machine *machine, struct lock_finding *finding);
void look_session_place(const struct machine *machine, struct lock_finding *finding);

/* locks_guard.c */
void look_guard_mounts(const struct machine *machine, struct lock_finding *finding);
void look_guard_commands(const struct machine *machine, struct lock_finding *finding);
void look_guard_writes(const struct machine *machine, struct lock_finding *finding);
void look_guard_sockets(const struct machine *machine, struct lock_finding *finding);

/* locks_self.c */
void look_files(const struct machine *machine, struct lock_finding *finding);
void look_sole_judge(const struct machine *machine, struct lock_finding *finding);

#endif
