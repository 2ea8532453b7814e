/* Which people may open an account that several share, such as a counter's: /etc/sekisho/operators.
 * It is the terminal's own list, beside the roster, which tells of people and their keys.
 *
 *     # sekisho-operators 1
 *     ACCOUNT PERSON [from=YYYY-MM-DD] [to=YYYY-MM-DD]
 *
 * Both days are inclusive. Lines are in any order; empty ones and those that begin with "#" tell
 * nothing. An account that is named in front, on whatever day, is a shared one: keys and codes of
 * its own open nothing. A wrong line shuts the account that it begins with, whatever blanks or
 * bytes that are no ASCII stand before, within or after that name, and no other. */
#ifndef SEKISHO_OPERATORS_H
#define SEKISHO_OPERATORS_H

#include "roster.h"

#include <sys/types.h>

#define OPERATORS_HEADER   "# sekisho-operators 1\n"
#define OPERATORS_FILE_MAX 262144 /* bytes */
#define OPERATORS_MAX	   64 /* people of one account */
#define OPERATORS_LINE_MAX 640 /* bytes without the newline */

/* Days as in the roster. */
struct operator_row {
	char account[ROSTER_USER_MAX];
	char person[ROSTER_USER_MAX];
	uint32_t from, to;
};

struct operators {
	struct operator_row list[OPERATORS_MAX];
	size_t count; /* 0: the account is not shared */
};

/* A line without its newline. 0 or -EINVAL and what is wrong (a constant text). Pure. */
int operators_parse(const char *line, size_t length, struct operator_row *ret_operator,
		    const char **ret_wrong);

/* The line with its newline, zero-terminated. -EMSGSIZE. Pure. */
int operators_format(const struct operator_row *row, char *line, size_t size);

/* The account's lines in the file's text. -EINVAL, -E2BIG with what is wrong and in which line; 0
 * as its number: in the file as a whole. Pure. */
int operators_read(const char *text, size_t length, const char *account,
		   struct operators *ret_operators, const char **ret_wrong, unsigned int *ret_line);

/* The same of the file; one that is missing names nobody. What is wrong with it is told on standard
 * error. -EPERM: it is not root's or @owner's alone; -errno. */
int operators_find(const char *path, uid_t owner, const char *account,
		   struct operators *ret_operators);

/* Whether the account is a shared one: 1 or 0; -errno as operators_find(), where it may be one. */
int operators_share(const char *path, uid_t owner, const char *account);

/* Of an operator, on @day. Pure. */
enum roster_validity operators_validity(const struct operator_row *row, uint32_t day);

#endif
