/* What modules may answer, and which factor they have verified then. */
#ifndef SEKISHO_PAMMODULE_H
#define SEKISHO_PAMMODULE_H

#include "pamstack.h"

#include <stdbool.h>

#define PAMMODULE_OUTCOMES_MAX PAMSTACK_CODES

/* Kinds of factors, as a set. */
enum pammodule_kind { KIND_NONE = 0, KIND_KNOWLEDGE = 1, KIND_POSSESSION = 2, KIND_INHERENCE = 4 };

/* What is besides an answer. */
enum pammodule_meaning {
	MEANING_PLAIN,
	MEANING_ROOT, /* whoever asks is root already */
	MEANING_EMPTY_PASSWORD, /* the account has none */
	MEANING_NOT_ENROLLED, /* the person has no such factor, which is forgiven */
	MEANING_EXEMPT, /* Sekisho's own rule */
	MEANING_TRUSTED, /* by a group, a time stamp or the like */
	MEANING_COUNT
};

struct pammodule_outcome {
	uint8_t code;
	uint8_t kind; /* enum pammodule_kind */
	uint8_t meaning;
};

/* What of the machine and of the log-in so far matters. */
struct pammodule_scene {
	const char *service;
	bool empty_passwords; /* there are accounts without a password */
	bool alone; /* pam_sekisho verifies two kinds: loginpolicy_alone() */
	bool exempt; /* Sekisho's own rule leaves the person out */
	/* Account management: what pam_sekisho said before. */
	bool granted, exempted;
};

/* All answers of the module in an authentication that differ in what they lead to, success first.
 * A module that is not known verifies nothing and may answer anything. */
size_t pammodule_authenticate(const struct pamstack_element *element,
			      const struct pammodule_scene *scene,
			      struct pammodule_outcome list[static PAMMODULE_OUTCOMES_MAX]);

/* The same in account management. */
size_t pammodule_account(const struct pamstack_element *element,
			 const struct pammodule_scene *scene,
			 struct pammodule_outcome list[static PAMMODULE_OUTCOMES_MAX]);

/* "pam_unix.so" of "/lib/x86_64-linux-gnu/security/pam_unix.so". */
const char *pammodule_name(const char *module);

/* How the meaning is called in an output for programs; NULL: plain. */
const char *pammodule_meaning_word(unsigned int meaning);

#endif
