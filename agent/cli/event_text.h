/* An event as a line for people: local time, severity, kind, meaning, fields. */
#ifndef SEKISHO_EVENT_TEXT_H
#define SEKISHO_EVENT_TEXT_H

#include "journal_format.h"

#include <stdio.h>

/* or-ed */
enum event_text_style {
	EVENT_TEXT_PLAIN = 0,
	EVENT_TEXT_UTF8 = 1, /* what is beyond ASCII is shown */
	EVENT_TEXT_NUMBER = 2, /* the kind's number stands before its meaning */
};

/* Writes one line. What the journal holds is hostile text: control characters and, unless
 * EVENT_TEXT_UTF8, everything beyond ASCII are escaped. -EBADMSG if the fields are no JSON,
 * -ENOMEM. */
int event_text_write(const struct journal_record *record, enum event_text_style style, FILE *out);

/* The names of the columns. */
void event_text_heading(FILE *out);

#endif
