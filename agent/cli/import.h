/* What the parts of `sekisho import` share: the rows of a file, what is wrong with which line, and
 * the roster that they make. */
#ifndef SEKISHO_CLI_IMPORT_H
#define SEKISHO_CLI_IMPORT_H

#include "administrators_left.h"
#include "csvrows.h"
#include "import_effect.h"
#include "peoplenames.h"
#include "transfer.h"

#include "agent/auth/rosterfile.h"

#include <stdbool.h>

#define IMPORT_ROWS_MAX 20000 /* of a file */
#define IMPORT_INDENT	4 /* of what does not fit onto the line of its FILE:LINE */

struct import_options {
	const char *path;
	const char *roster;
	struct administrators_places places;
	const char *record; /* the engine's socket */
	enum csvrows_encoding encoding;
	bool apply; /* else nothing is changed */
	bool trusted; /* the file has to be root's, writable by nobody else */
	bool undo;
	uint64_t undo_number; /* of the import; 0: the last */
	bool nobody_left; /* of the administrators: may be */
};

struct import_row {
	unsigned int line;
	struct transfer transfer;
	const char *reason; /* what is wrong with it, not translated; NULL: nothing */
	int column; /* the one that is meant, or -1 */
	bool left_out; /* for that; the others are carried out all the same */
	unsigned int notes; /* what is not the same, by the form's table */
	struct import_effect effect;
	char *value; /* what stands there, escaped; NULL */
	char *told; /* what it made of the person or the key; NULL: it was not tried */
};

struct import_list {
	struct import_row *rows; /* in the order of their lines */
	size_t count, room;
	size_t wrong, left_out;
	struct peoplenames codes; /* who has a one-time code, as far as is seen */
};

void import_list_release(struct import_list *list);
#define _cleanup_import_list_ __attribute__((cleanup(import_list_release)))

/* A new row at the end. NULL: no memory. */
struct import_row *import_list_add(struct import_list *list, unsigned int line);

/* Marks a row; the first mistake stays. */
void import_row_fail(struct import_list *list, struct import_row *row, int column,
		     const char *reason, const char *value);

/* The same for one that is left out without keeping the others from being carried out. */
void import_row_leave(struct import_list *list, struct import_row *row, const char *reason,
		      const char *value);

/* The rows by their user, and of each in the order of their lines; allocated. NULL: no memory. */
struct import_ref {
	struct import_row *row;
};
struct import_ref *import_list_by_user(struct import_list *list);

/* Makes the new roster of the old one by the rows that are not wrong, person by person; what can't
 * be done is marked, and that person's further rows are left alone. -ENOMEM. */
int import_list_apply(struct import_list *list, const struct rosterfile *roster, uint32_t today,
		      struct rosterfile *ret_roster);

/* Reads, each in its form. COMMAND_OK, or a message was printed; what is wrong with the file's
 * lines stands in the list. */
int import_read_csv(const struct import_options *options, const char *bytes, size_t length,
		    struct import_list *list);
int import_read_u2f_keys(const struct import_options *options, const char *bytes, size_t length,
			 struct import_list *list);

/* Opens the file, whole. COMMAND_OK, or a message was printed. */
int import_read_file(const struct import_options *options, char **ret_bytes, size_t *ret_length);

/* The roster as the file of people and keys would make it, and what is wrong with the file's lines.
 * COMMAND_OK, or a message was printed; nothing is changed. */
int import_csv_foresee(const struct import_options *options, struct rosterfile *ret_roster);

/* All of `sekisho import csv`. */
int import_csv(const struct import_options *options);

/* Puts the roster back as it was before the last import. The exit status. */
int import_undo(const struct import_options *options);

/* Tells the journal what was done, and who how many are not in it. */
void import_record(const struct import_options *options, const struct import_list *list,
		   const char *bytes, size_t length);

#endif
