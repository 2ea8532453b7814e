/* Buses other than USB on which something can be plugged in that carries data out. What joins them
 * after the start gets no driver (packaging/buses.conf), and the root half shuts no others. */
#ifndef SEKISHO_OTHERBUSES_H
#define SEKISHO_OTHERBUSES_H

#define OTHERBUSES_COUNT 5

extern const char *const otherbuses[OTHERBUSES_COUNT]; /* "scsi" */

#endif
