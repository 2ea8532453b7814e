/* A device that the journal tells of, judged anew by other rules: what of it would come to work,
 * and what would be closed. */
#ifndef SEKISHO_SIMULATED_H
#define SEKISHO_SIMULATED_H

#include "known_device.h"

struct simulated {
	struct known_device device;
	struct usb_descriptors opens, closes; /* interfaces that are judged otherwise */
	bool worked; /* something of it did */
	bool works; /* something of it would */
	bool changed;
};

/* By the fields of its event. -EBADMSG: they are not about a device. Pure. */
int simulate(const struct rules *rules, const json_t *fields, struct simulated *ret_simulated);

/* Tells what changes; @entry is one of history.h's. */
void simulated_show(const struct rules *rules, const json_t *entry,
		    const struct simulated *simulated);

/* The same as one line of JSON. */
void simulated_json(const struct rules *rules, const json_t *entry,
		    const struct simulated *simulated);

#endif
