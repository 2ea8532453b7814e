/* The roster: who may log in with which key. One line a credential, sorted by user, no secrets.
 *
 *     # sekisho-roster 1
 *     USER fido2 ALGORITHM CREDENTIAL-HEX PUBLIC-KEY-HEX [ATTRIBUTE=VALUE ...]
 *
 * ALGORITHM is es256, es384 or eddsa (COSE -7, -35, -8; RFC 9053). Attributes: uv=required|none,
 * from=DATE, to=DATE (inclusive, YYYY-MM-DD), category=, aaguid=HEX, attestation=none|self|HEX
 * (SHA-256 of the certificate), revoked=DATE, label= and category= percent-encoded UTF-8 (RFC
 * 3986). An unknown attribute, one given twice, a wrong value, a line out of order: an error that
 * names the line.
 *
 * A look-up is a binary search on the file's bytes: 10,000 people cost a log-in a few reads. */
#ifndef SEKISHO_ROSTER_H
#define SEKISHO_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROSTER_LINE_MAX	      4096 /* bytes with the newline */
#define ROSTER_USER_MAX	      256 /* with the closing zero */
#define ROSTER_CREDENTIAL_MAX 512 /* bytes */
#define ROSTER_KEY_MAX	      96 /* bytes: es384's x and y */
#define ROSTER_LABEL_MAX      128 /* bytes with the closing zero */
#define ROSTER_PER_USER	      16 /* credentials of one person */
#define ROSTER_HEADER	      "# sekisho-roster 1\n"

enum roster_algorithm {
	ROSTER_ES256, /* 64 bytes: x, y */
	ROSTER_ES384, /* 96 bytes: x, y */
	ROSTER_EDDSA, /* 32 bytes */
};

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

enum roster_validity {
	ROSTER_VALID,
	ROSTER_NOT_YET,
	ROSTER_EXPIRED,
	ROSTER_REVOKED,
};

/* One line without its newline. 0 or -EINVAL and what is wrong (a constant text). Pure. */
int roster_parse(const char *line, size_t length, struct roster_entry *ret_entry,
		 const char **ret_wrong);

/* The line of an entry with its newline, zero-terminated. -EMSGSIZE. roster_parse takes it back.
 * Pure. */
int roster_format(const struct roster_entry *entry, char *line, size_t size);

/* YYYY-MM-DD to YYYYMMDD. -EINVAL. Pure. */
int roster_parse_day(const char *text, uint32_t *ret_day);

/* The day now, here, as YYYYMMDD; 0 if the clock can't be that. */
uint32_t roster_today(void);

/* On @day (YYYYMMDD). A revoked entry is revoked on every day. Pure. */
enum roster_validity roster_validity(const struct roster_entry *entry, uint32_t day);

/* All entries of @user in the opened roster: at most @max are stored, @ret_count of them. 0, also
 * if there are none; -EINVAL for a file or a line of the user that is wrong, with @ret_wrong;
 * -E2BIG for more than @max; -errno. Reads about 64 KiB at most. */
int roster_find(int fd, const char *user, struct roster_entry *entries, size_t max,
		size_t *ret_count, const char **ret_wrong);

/* How people and events name a credential: the first 16 hexadecimal digits of its id's SHA-256. */
#define ROSTER_NAME_SIZE 17
void roster_name(const struct roster_entry *entry, char name[static ROSTER_NAME_SIZE]);

/* Reads the whole roster: order, every line. 0, or -EINVAL with the line's number (from 1). */
int roster_check(int fd, unsigned int *ret_line, const char **ret_wrong);

#endif
