/* The sockets on which events come in: which there are, who may use them, and how much. */
#ifndef SEKISHO_INTAKE_H
#define SEKISHO_INTAKE_H

#include "record.h"
#include "unheard.h"

/* In the order in which they are served: nobody who uses a later one keeps those of the first from
 * recording a log-in. */
enum intake_socket { INTAKE_RECORD, INTAKE_RESTRICTED, INTAKE_COUNT };

struct intake {
	struct record_server *server; /* NULL: there is no such socket */
	struct unheard unheard;
};

/* Takes the sockets that systemd handed over; only record.sock has to be there. -ENOENT: it is not;
 * other -errno. */
int intakes_open(struct intake intakes[static INTAKE_COUNT], struct journal *journal);
void intakes_close(struct intake intakes[static INTAKE_COUNT]);

/* When one has something to do or to tell without being asked; WIRE_NO_DEADLINE: never. */
int64_t intake_deadline(const struct intake *intake);

#endif
