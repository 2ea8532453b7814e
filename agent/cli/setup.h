/* What `sekisho setup devices` found, and what it would do. */
#ifndef SEKISHO_SETUP_H
#define SEKISHO_SETUP_H

#include "enrolment.h"
#include "needs.h"
#include "present.h"

#include "paths.h"

#define SETUP_NAMED_MAX 32

struct setup {
	const char *rules_path, *root_path;
	bool yes;
	const char *named[SETUP_NAMED_MAX];
	size_t n_named;
	int root;
	struct present present;
	struct needs needs;
	struct enrolment enrolment;
	char *text; /* of the file */
	struct rules rules; /* as they would be with it */
};

/* `sekisho setup devices`. */
int setup_devices(int argc, char **argv);

/* Looks at what is there, enrols it in memory and judges all by the rules as they would be. Like
 * the others it returns an enum command_status; whatever it is, setup_release is the caller's. */
int setup_prepare(struct setup *setup);
void setup_release(struct setup *setup);

/* Writes the file and has sekishod read it. */
int setup_activate(const struct setup *setup);

/* Before setup_prepare. */
#define SETUP_BEGIN                                                                                \
	{                                                                                          \
		.rules_path = SEKISHO_DEVICE_RULES, .root_path = "/", .root = -1, .present = {     \
			.devices = -1                                                              \
		}                                                                                  \
	}

/* Says what the rules would make of each device, and which needs would stay. */
void setup_show(const struct setup *setup);

/* COMMAND_NO, and says why, if a thing that people need would go; else COMMAND_OK. */
int setup_refuse(const struct setup *setup);

#endif
