/* The second person's key: one that is none of the first one's, by credential and by device. */
#ifndef SEKISHO_SECONDKEY_H
#define SEKISHO_SECONDKEY_H

#include "failure.h"

struct secondperson;

/* One key may be registered for several accounts of one person: it is no second person's. Those of
 * .standing that are left may be asked for. */
void secondkey_drop_shared(struct secondperson *second);

/* Asks for one of them, or for a made-up one where there is none, always with PIN or fingerprint.
 * FAILURE_NONE: it proved itself, its counter is on the disk, and it is not the first one's device.
 */
enum failure secondkey_verify(struct secondperson *second);

#endif
