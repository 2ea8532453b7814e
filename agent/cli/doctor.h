/* The steps of `sekisho doctor collector`: what the forwarder needs, from its files to a collector
 * that takes events. The network is looked at by the forwarder's own program as its own user
 * (probe.h): no byte from there is parsed as root. */
#ifndef SEKISHO_DOCTOR_H
#define SEKISHO_DOCTOR_H

#include "diagnosis.h"

#include "agent/forward/collectors.h"
#include "paths.h"
#include "receipt.h"

struct doctor {
	const char *configuration, *journal, *run, *state;
	const char *receipt; /* NULL: those that are kept */
	const char *program; /* the forwarder's */
	const char *user; /* that it runs as */
	uid_t uid;
	gid_t gid;
	struct collectors collectors;
	struct diagnosis diagnosis;
};

/* Those of an installed terminal. */
#define DOCTOR                                                                                     \
	{                                                                                          \
		.configuration = SEKISHO_COLLECTOR_CONF, .journal = SEKISHO_JOURNAL,               \
		.run = SEKISHO_FORWARD_RUN, .state = SEKISHO_FORWARD,                              \
		.program = SEKISHO_LIBEXEC "/sekisho-forward", .user = "sekisho-log",              \
	}

/* All of it. COMMAND_OK, COMMAND_NO where something is wrong, or a message was printed. */
int doctor_collector(struct doctor *doctor);

/* The authority, this terminal's certificate and key: there, of the right mode, valid, a pair. */
void doctor_files(struct doctor *doctor);

/* Whether the terminal's clock is kept right. */
void doctor_clock(struct doctor *doctor);

/* Name, connection, TLS and protocol of each collector, whom it lets in, and its clock. */
void doctor_probe(struct doctor *doctor);

/* What a line of probe_all() (agent/forward/probe.h) says of the certificates that a collector has
 * to refuse; and of its clock. @place is escaped. */
void doctor_strangers(struct doctor *doctor, const json_t *probe, const char *place);
void doctor_compare_clock(struct doctor *doctor, const json_t *probe, const char *place);

/* No collector was asked for its time. */
void doctor_no_clock(struct doctor *doctor);

/* Whether the forwarder runs, and how far it has come. */
void doctor_forwarder(struct doctor *doctor);

/* Whether what the collector confirmed was found on its disk. */
void doctor_receipts(struct doctor *doctor);

/* Whether its letters show that what it confirmed was not there. @highest: the receipt for this
 * journal that says most; NULL: none. */
void doctor_keeping(struct doctor *doctor, const struct journal_header *header,
		    const struct receipt *highest);

/* The sentence for a word of agent/forward/trouble.h, and what to do; NULL for an unknown one. */
const char *doctor_sentence(const char *reason);
const char *doctor_advice(const char *reason);

#endif
