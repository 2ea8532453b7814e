/* What one row of a personnel list says about a person or a key, and what it makes of the person's
 * lines in the roster. Pure. */
#ifndef SEKISHO_TRANSFER_H
#define SEKISHO_TRANSFER_H

#include "agent/auth/roster.h"

enum transfer_operation {
	TRANSFER_ADD,
	TRANSFER_CHANGE,
	TRANSFER_END, /* the day before the effective one is the last */
	TRANSFER_RETIRE, /* the effective day is the last */
	TRANSFER_REVOKE, /* keys alone: at once */
};

enum transfer_column {
	TRANSFER_PERSON,
	TRANSFER_OPERATION,
	TRANSFER_EFFECTIVE,
	TRANSFER_FROM,
	TRANSFER_TO,
	TRANSFER_LABEL,
	TRANSFER_CATEGORY,
	TRANSFER_CREDENTIAL,
	TRANSFER_KEY,
	TRANSFER_ALGORITHM,
	TRANSFER_VERIFICATION,
	TRANSFER_MODEL,
	TRANSFER_ATTESTATION,
	TRANSFER_REVOKED,
	TRANSFER_RIGHTS,
	TRANSFER_WITNESSED,
	TRANSFER_HOURS,
	TRANSFER_COLUMN_COUNT
};

/* As messages call them; not translated. */
extern const char *const transfer_column_names[TRANSFER_COLUMN_COUNT];

/* Which field of a row is which column, by the names in the first row. */
struct transfer_header {
	size_t count; /* fields of a row */
	enum transfer_column columns[TRANSFER_COLUMN_COUNT];
};

struct transfer {
	char user[ROSTER_USER_MAX];
	enum transfer_operation operation;
	unsigned int given; /* bits of enum transfer_column: fields that are not empty */
	uint32_t effective; /* days; 0: not given, as are those of .key */
	/* The key; of a person its .from, .to, .label and .category alone. */
	struct roster_entry key;
	struct roster_terms terms; /* a person's; those that are given */
};

/* Whether the row is about a key of the person's, not about the person. */
bool transfer_about_key(const struct transfer *transfer);

struct transfer_error {
	const char *reason; /* not translated */
	int column; /* enum transfer_column, or -1 for the row as a whole */
	size_t field; /* in a header: the field that is meant */
};

/* Takes the names in English or Japanese, in any order, each once. -EINVAL with .column -1. */
int transfer_read_header(char *const fields[], size_t count, struct transfer_header *ret_header,
			 struct transfer_error *ret_error);

/* -EINVAL for a row that says too little, too much or nonsense. */
int transfer_read(const struct transfer_header *header, char *const fields[], size_t count,
		  struct transfer *ret_transfer, struct transfer_error *ret_error);

/* -EINVAL for what can be no user's name here. */
int transfer_set_user(const char *text, struct transfer *transfer);

/* A day as spreadsheets write it: 2027-04-01, 2027/4/1, the same with year, month and day written
 * in Japanese; full-width digits count as digits. -EINVAL, also for one that the calendar lacks. */
int transfer_read_day(const char *text, uint32_t *ret_day);

/* Changes the person's lines; @today in YYYYMMDD. -EINVAL and why it can't be done, with @person in
 * any state. */
int transfer_apply(const struct transfer *transfer, uint32_t today, struct roster_person *person,
		   const char **ret_reason);

#endif
