/* The roster: who may log in, from when to when, with which key. Sorted by user, no secrets; two
 * kinds of lines, a person's own first:
 *
 *     # sekisho-roster 1
 *     USER person [ATTRIBUTE=VALUE ...]
 *     USER fido2 ALGORITHM CREDENTIAL-HEX PUBLIC-KEY-HEX [ATTRIBUTE=VALUE ...]
 *
 * A line "person" is a period in which the person may log in, with key or code; a transfer ends one
 * and begins another, so several follow each other in time. Somebody without such a line may on
 * every day that a key is good. Its attributes: from=DATE, to=DATE (inclusive, YYYY-MM-DD),
 * category= (the position), label= (the name); rights=substitute,witness (what the person may do
 * for others), witnessed=yes (somebody with the right has to stand by at each log-in),
 * hours=HH:MM-HH:MM (of the day; over midnight where the second is earlier).
 *
 * ALGORITHM is es256, es384 or eddsa (COSE -7, -35, -8; RFC 9053). A key's attributes:
 * uv=required|none, from=DATE, to=DATE, category=, aaguid=HEX, attestation=none|self|HEX (SHA-256
 * of the certificate), revoked=DATE, label=. Texts are percent-encoded UTF-8 (RFC 3986). An unknown
 * attribute, one given twice, a wrong value, a line out of order: an error that names the line.
 *
 * A look-up is a binary search on the file's bytes: 10,000 people cost a log-in a few reads. */
#ifndef SEKISHO_ROSTER_H
#define SEKISHO_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define ROSTER_LINE_MAX	      4096 /* bytes with the newline */
#define ROSTER_USER_MAX	      256 /* with the closing zero */
#define ROSTER_CREDENTIAL_MAX 512 /* bytes */
#define ROSTER_KEY_MAX	      96 /* bytes: es384's x and y */
#define ROSTER_LABEL_MAX      128 /* bytes with the closing zero */
#define ROSTER_PER_USER	      16 /* credentials of one person */
#define ROSTER_PERIODS	      8 /* periods of one person */
#define ROSTER_HEADER	      "# sekisho-roster 1\n"

enum roster_algorithm {
	ROSTER_ES256, /* 64 bytes: x, y */
	ROSTER_ES384, /* 96 bytes: x, y */
	ROSTER_EDDSA, /* 32 bytes */
};
#define ROSTER_ALGORITHMS 3

/* As the file calls them, and the length of their public keys. */
struct roster_algorithm_row {
	const char *name;
	size_t key_length;
};
extern const struct roster_algorithm_row roster_algorithms[ROSTER_ALGORITHMS];

/* Days are counted as YYYYMMDD; 0: not given. */
struct roster_entry {
	char user[ROSTER_USER_MAX];
	enum roster_algorithm algorithm;
	uint8_t credential[ROSTER_CREDENTIAL_MAX];
	size_t credential_length;
	uint8_t key[ROSTER_KEY_MAX];
	size_t key_length;
	bool uv_optional; /* uv=none: touch alone is enough. Absent: required */
	uint32_t from, to, revoked;
	uint8_t aaguid[16];
	bool has_aaguid;
	char attestation[65]; /* "none", "self", 64 hexadecimal digits, "" */
	char category[ROSTER_LABEL_MAX];
	char label[ROSTER_LABEL_MAX];
};

#define ROSTER_MAY_SUBSTITUTE 1u /* vouch for a colleague who has forgotten the key */
#define ROSTER_MAY_WITNESS    2u /* stand by while somebody logs in who is .witnessed */

/* What a period says beside its days. Who has no period has no right, and is not witnessed. */
struct roster_terms {
	unsigned int rights; /* ROSTER_MAY_...; none where .witnessed */
	bool witnessed; /* a second person is needed at each log-in */
	uint16_t opens, closes; /* minutes of the local day, the second not included; equal: at any
				   hour */
};

struct roster_period {
	char user[ROSTER_USER_MAX];
	uint32_t from, to;
	char category[ROSTER_LABEL_MAX];
	char label[ROSTER_LABEL_MAX];
	struct roster_terms terms;
};

/* All that the roster says of one. Nobody: both counts are 0. */
struct roster_person {
	struct roster_period periods[ROSTER_PERIODS]; /* by their days, none within another */
	size_t n_periods;
	struct roster_entry entries[ROSTER_PER_USER];
	size_t n_entries;
};

enum roster_validity {
	ROSTER_VALID,
	ROSTER_NOT_YET,
	ROSTER_EXPIRED,
	ROSTER_REVOKED,
};

/* A key's line without its newline. 0 or -EINVAL and what is wrong (a constant text). Pure. */
int roster_parse(const char *line, size_t length, struct roster_entry *ret_entry,
		 const char **ret_wrong);

/* The same of a period's line. */
int roster_parse_period(const char *line, size_t length, struct roster_period *ret_period,
			const char **ret_wrong);

/* Takes in one more line, of either kind, of the person whose lines are being read. -EINVAL, also
 * for a period that is not after the ones before or follows a key; -E2BIG for one key or period too
 * many. Pure. */
int roster_person_read(struct roster_person *person, const char *line, size_t length,
		       const char **ret_wrong);

/* Adds a key behind the person's others. Beyond ROSTER_PER_USER the one that was revoked first
 * makes room; -E2BIG if none is revoked; -EEXIST if the person has this credential already; -EINVAL
 * or -EMSGSIZE for one that could not be read back. Pure. */
int roster_person_add(struct roster_person *person, const struct roster_entry *entry);

/* The line of an entry with its newline, zero-terminated. -EMSGSIZE. roster_parse takes it back.
 * Pure. */
int roster_format(const struct roster_entry *entry, char *line, size_t size);
int roster_format_period(const struct roster_period *period, char *line, size_t size);

/* YYYY-MM-DD to YYYYMMDD. -EINVAL. Pure. */
int roster_parse_day(const char *text, uint32_t *ret_day);

/* Whether the calendar has that day (29 February). Pure. */
bool roster_day_exists(uint32_t day);
uint32_t roster_day_before(uint32_t day);
uint32_t roster_day_after(uint32_t day);

/* The day now, here, as YYYYMMDD; 0 if the clock can't be that. */
uint32_t roster_today(void);

/* A local day and the minute of it, for which the roster is asked. */
struct roster_moment {
	uint32_t day; /* as roster_today() has it */
	int minute; /* as roster_minute() has it */
};
struct roster_moment roster_now(void);

/* When the next day begins here; -1: at no time that is known. */
time_t roster_day_end(uint32_t day);

/* Percent-encoded to plain UTF-8. -EINVAL. Pure. */
int roster_parse_label(const char *text, char label[static ROSTER_LABEL_MAX]);

/* The same of a plain one: visible UTF-8 that fits. */
int roster_set_label(const char *text, char label[static ROSTER_LABEL_MAX]);

/* Of a person on @day (YYYYMMDD): in a period, before one, after all. Who has none is valid. Pure.
 */
enum roster_validity roster_period_validity(const struct roster_period *periods, size_t count,
					    uint32_t day);

/* The period that a day lies in; NULL: none. Pure. */
const struct roster_period *roster_period_on(const struct roster_period *periods, size_t count,
					     uint32_t day);

/* Whether a person has the right on @day: in no period, nobody has any; nobody who is witnessed
 * has. Pure. */
bool roster_may(const struct roster_person *person, unsigned int right, uint32_t day);

/* Whether a log-in may be at that minute of the local day; never at one that is not known (-1),
 * where there are hours. Pure. */
bool roster_is_open(const struct roster_terms *terms, int minute);
bool roster_has_hours(const struct roster_terms *terms);

/* Whether a minute of the day is within the hours of both. Pure. */
bool roster_hours_meet(const struct roster_terms *one, const struct roster_terms *other);

/* The minute of the local day; -1 if the clock can't be that. */
int roster_minute(void);

/* The values of rights=, witnessed= and hours=, each name once. -EINVAL. Pure. */
int roster_parse_rights(const char *text, unsigned int *ret_rights);
int roster_parse_witnessed(const char *text, bool *ret_witnessed);
int roster_parse_hours(const char *text, struct roster_terms *terms);

/* HH:MM, up to 24:00, to minutes. -EINVAL. Pure. */
int roster_parse_time(const char *text, uint16_t *ret_minute);

/* The other way; "" for none. */
#define ROSTER_RIGHTS_SIZE 32
#define ROSTER_HOURS_SIZE  12
void roster_format_rights(unsigned int held, char text[static ROSTER_RIGHTS_SIZE]);
void roster_format_hours(const struct roster_terms *terms, char text[static ROSTER_HOURS_SIZE]);

/* Who has to be witnessed can't be a witness. Pure. */
bool roster_terms_fit(const struct roster_terms *terms);

/* Of a person's key: what the key's own days say, and then the person's. A revoked one is revoked
 * on every day. Pure. */
enum roster_validity roster_validity(const struct roster_entry *entry,
				     const struct roster_period *periods, size_t count,
				     uint32_t day);

/* What the opened roster says of @user. 0, also if that is nothing; -EINVAL for a file or a line of
 * the user that is wrong, with @ret_wrong; -E2BIG for too many lines; -errno. Reads about 64 KiB at
 * most. */
int roster_find(int fd, const char *user, struct roster_person *ret_person, const char **ret_wrong);

/* How people and events name a credential: the first 16 hexadecimal digits of its id's SHA-256. */
#define ROSTER_NAME_SIZE 17
void roster_name(const struct roster_entry *entry, char name[static ROSTER_NAME_SIZE]);

#endif
