#include "intojournal.h"

#include "gettext.h"
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECORD_MS 10000 /* others wait for the same flush of the disk */

void intojournal_send(const char *socket, const struct event *event, int r)
{
	struct record_request record;

	if (r == 0)
		r = event_to_record(event, &record);
	if (r == 0)
		r = event_send(socket, &record, wire_now() + RECORD_MS);
	if (r != 0)
		fprintf(stderr, _("This is not in the journal: %s. Is sekishod running?\n"),
			strerror(abs(r)));
}
