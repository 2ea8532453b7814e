/* A device the engine knows: what it is, what was decided, how far that was carried out. */
#ifndef SEKISHO_DEVICE_H
#define SEKISHO_DEVICE_H

#include "event.h"
#include "judge.h"

#define DEVICE_CLASSES_MAX 256 /* bytes of a list of classes as text */

enum device_state {
	DEVICE_NEW, /* nothing was asked yet */
	DEVICE_WAITS_FOR_BUS, /* its bus still lets interfaces in */
	DEVICE_WAITS_FOR_KERNEL, /* which is not through with it yet */
	DEVICE_OPENING,
	DEVICE_CLOSING,
	DEVICE_INTERFACES, /* open, its interfaces are opened or closed one by one */
	DEVICE_DONE,
	DEVICE_FAILED, /* the root half or the kernel could not do it: see .error */
};

/* How far a code was asked for, where its judgement has one. */
enum device_challenge {
	DEVICE_UNASKED,
	DEVICE_ASKED, /* its interface is claimed, or about to be */
	DEVICE_ANSWERED, /* well or not, or nobody could be asked; until it is plugged in again */
};

struct device {
	struct device_facts facts;
	struct judgement judgement;
	enum device_state state;
	unsigned int pending; /* requests under way */
	int error; /* of them, the first: -errno */
	bool again; /* something happened meanwhile: look once more */
	bool look; /* a message was about it: gate_catch_up() */
	bool told; /* an event tells its present state */
	bool mentioned; /* an event told of it, or was counted as held back */
	bool rejudged; /* other rules changed the judgement, which isn't told yet */
	bool node_closed; /* that was asked for since it was refused */
	bool through; /* the kernel is, with configuring it since it was opened */
	bool bare; /* and it has no interface */
	char opened[DEVICE_CLASSES_MAX]; /* "030101 ...": interfaces that work */
	char refused[DEVICE_CLASSES_MAX]; /* those that don't, of an allowed device */
	char audited[DEVICE_CLASSES_MAX]; /* of .opened, what the rules block: in audit mode */
	enum device_challenge challenge;
	char challenged[FACTS_NAME_MAX]; /* the interface that the code is typed on */
	uint64_t challenged_inode;
	char driver[FACTS_NAME_MAX]; /* the foreign one, for JUDGE_FOREIGN_DRIVER */
};

/* True if all that was judged is done, or could not be. */
static inline bool device_is_settled(const struct device *device)
{
	return device->state == DEVICE_DONE || device->state == DEVICE_FAILED;
}

/* True while a code is asked for, or about to be. */
static inline bool device_is_challenged(const struct device *device)
{
	return device->judgement.challenge && device->challenge != DEVICE_ANSWERED;
}

/* True if the device itself has to be authorized. */
static inline bool device_is_to_be_open(const struct device *device)
{
	return device->judgement.access == ACCESS_ALLOW || device_is_challenged(device);
}

/* Fills in the fields by which people know the device and its judgement. */
void device_describe(const struct device *device, const struct rules *rules, struct event *event);

/* A vendor's or product's number, as people write it: "046d". */
void device_set_hex(struct event *event, const char *key, uint16_t value);

/* Adds a class to a list of distinct ones, "..." where the list is full. */
void device_add_class(char list[static DEVICE_CLASSES_MAX], const struct usb_class *class);

/* "new", "waiting", "opening", ... */
const char *device_state_name(enum device_state state);

#endif
