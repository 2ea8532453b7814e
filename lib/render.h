/* An event of the journal in other people's forms, for the programs that collect from many sources:
 * one line each, without its LF.
 *
 *   cef   Common Event Format, revision 25; UTF-8
 *   ecs   Elastic Common Schema 8.17; JSON, ASCII
 *   ocsf  Open Cybersecurity Schema Framework 1.8.0; JSON, ASCII
 *
 * Pure. Values are passed on as they are: they were escaped when they were recorded (escape.h).
 * What a form has no place for is carried under our own names, so that nothing is left out. What
 * was signed is the journal's line alone; every form names its hash. */
#ifndef SEKISHO_RENDER_H
#define SEKISHO_RENDER_H

#include "event.h"
#include "journal_format.h"

enum render_format { RENDER_CEF, RENDER_ECS, RENDER_OCSF, RENDER_FORMAT_COUNT };

/* -ENOENT for an unknown name. */
int render_format_from_name(const char *name, enum render_format *ret_format);

/* Where an event comes from; what is not known is NULL. */
struct render_origin {
	const char *host, *epoch; /* of the segment's header */
	const char *hostname; /* for people */
};

/* @line is one of the journal without its LF; the caller frees *ret_text. -EBADMSG if it is no
 * event, -ENOMEM. */
int render_line(enum render_format format, const struct journal_span *line,
		const struct render_origin *origin, char **ret_text);

#endif
