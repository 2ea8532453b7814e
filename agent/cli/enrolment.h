/* The rules file of enrolled devices: a section for each that was there, by what it tells of itself
 * and by all of its interfaces. Pure. */
#ifndef SEKISHO_ENROLMENT_H
#define SEKISHO_ENROLMENT_H

#include "agent/engine/facts.h"

#define ENROLMENT_FILE "50-enrolled.conf"
#define ENROLMENT_MAX  256 /* sections */

enum enrolment_role {
	ENROL_INPUT, /* a keyboard or a pointer; so many as there are now */
	ENROL_HUB,
	ENROL_READER,
	ENROL_NAMED, /* whatever an administrator names; so many as there are now */
	ENROL_ROLE_COUNT
};

struct enrolment {
	struct {
		char *text; /* without its end, so that equal devices are equal */
		enum enrolment_role role;
		unsigned int devices;
	} sections[ENROLMENT_MAX];
	size_t count;
};

/* True if one of its interfaces, in any configuration, stores: then it is storage, whatever else.
 */
bool enrolment_stores(const struct device_facts *facts);

/* @alone: no other device that is there has its serial number; one that two have tells nothing.
 * -EPERM: it stores, or can't be read. -E2BIG: it has too many kinds of interfaces to be told by
 * them, or there are too many devices. -ENOMEM. */
int enrolment_add(struct enrolment *enrolment, const struct device_facts *facts,
		  enum enrolment_role role, bool alone);

/* The file; the caller's. NULL: no memory. */
char *enrolment_text(const struct enrolment *enrolment);
void enrolment_release(struct enrolment *enrolment);

#endif
