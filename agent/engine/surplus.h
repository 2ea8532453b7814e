/* Places: a section with AtMost=N lets N devices in at once. A device that works holds its place
 * until it leaves; one that found none stays refused until it is plugged in again, so that nobody
 * waits for a keyboard to be pulled. */
#ifndef SEKISHO_SURPLUS_H
#define SEKISHO_SURPLUS_H

#include "device.h"

/* Notes in @device's facts which of the limited sections that fit it have a place left, held
 * against those of @list that work. To be called before it is judged. */
void surplus_look(const struct rules *rules, struct device *const *list, size_t n_list,
		  struct device *device);

/* For a judgement of all of @list anew: who works comes first, the others behind, both in the order
 * they had; and all places are free. */
void surplus_clear(struct device **list, size_t n_list);

#endif
