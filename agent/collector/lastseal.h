/* Up to where a terminal's present seal is known here: what it ends with when it was lost. */
#ifndef SEKISHO_LASTSEAL_H
#define SEKISHO_LASTSEAL_H

#include "audit.h"

/* @audit has read all there is. A terminal that sealed nothing has .sequence 0; .time is not set.
 */
void lastseal_find(const struct audit *audit, const char *name, struct sealend *ret_end);

#endif
