/* An event as a syslog message (RFC 5424). MSG is the event's JSON byte for byte, as it was hashed
 * and chained; what is needed to find and check it stands beside it as structured data:
 * h host, e epoch, n sequence, x SHA-256 of MSG; the hash before it is in MSG alone. MSGID is the
 * event's kind. 32473 is the number for examples (RFC 5612): Sekisho has none of its own. Pure. */
#ifndef SEKISHO_RFC5424_H
#define SEKISHO_RFC5424_H

#include "journal_format.h"

#define RFC5424_MAX	     8192 /* what every syslog server takes, by rsyslog's default */
#define RFC5424_HOSTNAME_MAX 256 /* RFC 5424, 6.2.4, and the zero */

/* @header is that of the record's segment, @line the record's line. Returns the length, 0 if it
 * does not fit. */
size_t rfc5424_format(const struct journal_header *header, const struct journal_record *record,
		      const struct journal_span *line, const char *hostname,
		      char message[static RFC5424_MAX]);

#endif
