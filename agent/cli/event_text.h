/* An event as a line for people: local time, severity, kind, meaning, fields. */
#ifndef SEKISHO_EVENT_TEXT_H
#define SEKISHO_EVENT_TEXT_H

#include "journal_format.h"

#include <stdbool.h>
#include <stdio.h>

/* Writes one line. What the journal holds is hostile text: control characters and, unless @utf8,
 * everything beyond ASCII are escaped. -EBADMSG if the fields are no JSON, -ENOMEM. */
int event_text_write(const struct journal_record *record, bool utf8, FILE *out);

/* The names of the columns. */
void event_text_heading(FILE *out);

#endif
