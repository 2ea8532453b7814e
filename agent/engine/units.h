/* Units: of one USB interface for storage SCSI may show several logical units and targets, each a
 * disk of its own, at once or later. A section of the rules lets the first one in (0:0:0), unless
 * it says Units=all. The others are deleted by a rule of udev's, 72-sekisho-scsi, before a driver
 * has them; what is left to do here is to say where not, and to tell. */
#ifndef SEKISHO_UNITS_H
#define SEKISHO_UNITS_H

#include "gate.h"

enum units {
	UNITS_FIRST,
	UNITS_ALL, /* as its section says */
	UNITS_AUDITED, /* let in because nothing is refused in audit mode */
};

/* Notes for udev's rule, below @folder, how many units of @interface ("1-1:1.0") are let in; where
 * @folder is NULL nothing is. -errno: what was noted before may hold. */
int units_note(const char *folder, const char *interface, enum units units);

/* A unit came: tells of one that is not let in, and of one that would not be. */
void units_uevent(struct gate *gate, const struct uevent *uevent);

#endif
