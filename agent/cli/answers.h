/* What `sekisho setup --answers FILE` is to do: sekisho-answers(5). The dialog fills in the same.
 */
#ifndef SEKISHO_CLI_ANSWERS_H
#define SEKISHO_CLI_ANSWERS_H

#include "administrator.h"

#include "agent/auth/loginrules.h"
#include "agent/forward/collectors.h"

#include <stdbool.h>
#include <stdint.h>

#define ANSWERS_PATH_MAX 1024
#define ANSWERS_LIST_MAX 1024

enum answers_trial {
	ANSWERS_TRIAL_PERSON, /* somebody is there, with the key */
	ANSWERS_TRIAL_NONE, /* nobody is: the time limit alone is the way back */
};

struct answers {
	char class[LOGINRULES_NAME]; /* of the terminal; "": not said, as of all texts */
	char administrator[ADMINISTRATOR_NAME_MAX];
	char keys[ANSWERS_PATH_MAX]; /* the CSV file where the administrator's keys are */
	bool devices; /* enrol what is plugged in */
	char allow[ANSWERS_LIST_MAX]; /* devices to be enrolled besides */
	char bundle[ANSWERS_PATH_MAX]; /* this terminal's directory, as the collector made it */
	char server[COLLECTORS_LIST]; /* in place of those that the bundle names */
	char name[COLLECTORS_HOST]; /* in their certificates */
	uint32_t protocol; /* enum collectors_protocol */
	bool enable; /* two-factor log-in */
	uint32_t trial; /* enum answers_trial */
	uint32_t minutes; /* until it has to be confirmed */
};

extern const struct config_key answers_keys[];
extern const size_t answers_n_keys;

/* Nothing said. */
void answers_begin(struct answers *ret_answers);

/* Reads @path and its drop-ins. The errors of config_load(); -EINVAL also for answers that can't be
 * meant together. */
int answers_load(const char *path, uid_t owner, struct answers *ret_answers,
		 struct config_error *ret_error);

#endif
