/* sekisho import u2f_keys: the keys of pam-u2f. What can't be carried over is named and left out.
 */
#include "absent.h"
#include "import.h"
#include "u2fkeys.h"

#include "agent/auth/settings.h"
#include "cleanup.h"
#include "command.h"
#include "gettext.h"

#include <errno.h>
#include <string.h>

#define BIT(column) (1u << (column))

struct reading {
	struct import_list *list;
	unsigned int line;
	int error;
};

static void leave_out(struct reading *reading, const char *reason, const char *value)
{
	struct import_row *row = import_list_add(reading->list, reading->line);

	if (row)
		import_row_leave(reading->list, row, reason, value);
	else
		reading->error = -ENOMEM;
}

static void take_credential(struct reading *reading, const char *user,
			    const struct u2fkeys_credential *credential)
{
	struct import_row *row = import_list_add(reading->list, reading->line);

	if (!row) {
		reading->error = -ENOMEM;
		return;
	}
	row->transfer = (struct transfer){.operation = TRANSFER_ADD, .key = credential->key};
	row->transfer.given = BIT(TRANSFER_PERSON) | BIT(TRANSFER_OPERATION) |
			      BIT(TRANSFER_CREDENTIAL) | BIT(TRANSFER_KEY) |
			      BIT(TRANSFER_ALGORITHM);
	if (transfer_set_user(user, &row->transfer) < 0)
		import_row_leave(reading->list, row,
				 N_("not a user name: ASCII without blanks, colon and slash"),
				 user);
	else if (credential->refusal)
		import_row_leave(reading->list, row, credential->refusal, user);
	else
		row->notes = credential->notes;
}

static void take_line(struct reading *reading, const char *line, size_t length)
{
	struct u2fkeys_credential credential;
	char copy[U2FKEYS_LINE_MAX];
	bool any = false;
	const char *user;
	char *rest;

	if (length > 0 && line[length - 1] == '\r')
		length--;
	if (length == 0 || line[0] == '#')
		return;
	if (length >= sizeof(copy) || memchr(line, '\0', length)) {
		leave_out(reading, N_("the line is too long or holds a zero byte"), NULL);
		return;
	}
	memcpy(copy, line, length);
	copy[length] = '\0';
	if (u2fkeys_begin(copy, &user, &rest) < 0) {
		leave_out(reading, N_("there is no user's name before a colon"), NULL);
		return;
	}
	while (u2fkeys_next(&rest, &credential)) {
		take_credential(reading, user, &credential);
		any = true;
	}
	/* It counts, for it stands in place of the person's lines before. */
	if (!any)
		take_credential(
			reading, user,
			&(struct u2fkeys_credential){.refusal = N_("there is no key in the line")});
}

/* pam-u2f takes a person's last line alone: the keys of those before opened nothing. */
static int leave_earlier_lines(struct import_list *list)
{
	_cleanup_free_ struct import_ref *refs = import_list_by_user(list);
	const struct import_row *last = NULL;

	if (!refs)
		return -ENOMEM;
	for (size_t i = list->count; i-- > 0;) {
		struct import_row *row = refs[i].row;

		if (row->transfer.user[0] == '\0')
			continue;
		if (!last || strcmp(last->transfer.user, row->transfer.user) != 0)
			last = row;
		else if (row->line != last->line)
			import_row_leave(list, row,
					 N_("a later line of this person counts in its place"),
					 row->transfer.user);
	}
	return 0;
}

/* A key answers for the name that it was asked for when it made the credential, and pam-u2f's is
 * another one by default. */
static int warn_of_origin(const struct import_options *options)
{
	struct config_error error;
	struct settings settings;
	int r = settings_load(options->places.config, 0, &settings, &error);

	if (r < 0)
		return absent_fail("import", options->places.config, r, &error);
	fprintf(stderr,
		_("These keys answer only to the origin that pam-u2f used (pam://HOST unless set); "
		  "sekisho.conf says RpId=%s. Where they differ, register the keys anew.\n"),
		settings.rp_id);
	return COMMAND_OK;
}

int import_read_u2f_keys(const struct import_options *options, const char *bytes, size_t length,
			 struct import_list *list)
{
	const char *end = bytes + length;
	struct reading reading = {.list = list};

	for (const char *at = bytes; at < end && reading.error == 0;) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *next = newline ? newline + 1 : end;

		reading.line++;
		take_line(&reading, at, (size_t)((newline ? newline : end) - at));
		if (list->count > IMPORT_ROWS_MAX)
			return command_fail("import", _("%s: more than %d rows; part the file"),
					    options->path, IMPORT_ROWS_MAX);
		at = next;
	}
	if (reading.error == 0)
		reading.error = leave_earlier_lines(list);
	if (reading.error < 0)
		return command_fail("import", "%s", strerror(-reading.error));
	return warn_of_origin(options);
}
