/* A rule of USBGuard's as sections of devices.conf. What the two can't both say is told, never
 * guessed: a device that USBGuard's rule does not allow is let in only where a note says so. */
#ifndef SEKISHO_USBGUARD_IMPORT_H
#define SEKISHO_USBGUARD_IMPORT_H

#include "usbguard.h"

#include <stdio.h>

enum usbguard_note {
	USBGUARD_SOME_INTERFACES, /* fits also a device that has only some of the interfaces */
	USBGUARD_ONLY_INTERFACES, /* lets these in alone, not the device with all it has */
	USBGUARD_OTHERS_JUDGED, /* blocks these alone, not the device with all it has */
	USBGUARD_EVERY_DEVICE, /* fits all there are */
	USBGUARD_NOTE_COUNT
};

struct usbguard_import {
	const char *refusal; /* why there is no section, NULL if there is; not translated */
	enum usbguard_key key; /* which that is about */
	bool needless; /* and none is needed */
	unsigned int notes; /* bits of enum usbguard_note */
	unsigned int left_out; /* bits of enum usbguard_key */
};

/* Writes the sections of the rule in line @number. */
void usbguard_import(const struct usbguard_rule *rule, unsigned int number, FILE *out,
		     struct usbguard_import *ret_import);

/* Not translated. */
extern const char *const usbguard_notes[USBGUARD_NOTE_COUNT];

#endif
