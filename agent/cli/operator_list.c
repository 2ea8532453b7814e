/* sekisho operator list, allow, end: the file of shared accounts. */
#include "operator.h"

#include "administrator.h"

#include "agent/auth/operators.h"
#include "agent/auth/rosterfile.h"
#include "cleanup.h"
#include "command.h"
#include "enrolled.h"
#include "file.h"
#include "gettext.h"
#include "intojournal.h"
#include "loginuid.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define READ_MAX 16777216 /* bytes; so one that is too large for a log-in can be made smaller */

/* A missing file is an empty one. */
static int read_file(const char *path, char **ret_text, size_t *ret_length)
{
	_cleanup_close_ int fd = -1;
	int r = file_open_trusted(AT_FDCWD, path, 0, &fd);

	if (r == -ENOENT) {
		*ret_text = strdup(OPERATORS_HEADER);
		*ret_length = strlen(OPERATORS_HEADER);
		return *ret_text ? 0 : -ENOMEM;
	}
	return r < 0 ? r : file_read_all(fd, READ_MAX, ret_text, ret_length);
}

static int fail_file(const char *path, int r)
{
	if (r == -EPERM)
		return command_fail("operator",
				    _("%s: must be owned by root and writable by "
				      "nobody else: chown root: and chmod go-w it"),
				    path);
	return command_fail("operator", "%s: %s", path, strerror(-r));
}

static bool tells_nothing(const char *line, size_t length)
{
	return length == 0 || line[0] == '#';
}

static int print_rows(const char *path, const char *text, const char *account)
{
	size_t shown = 0;
	int status = COMMAND_OK;
	unsigned int number = 1;

	for (const char *at = text, *end; (end = strchr(at, '\n')); at = end + 1, number++) {
		struct operator_row row;
		const char *wrong;

		if (tells_nothing(at, (size_t)(end - at)))
			continue;
		if (operators_parse(at, (size_t)(end - at), &row, &wrong) < 0) {
			command_fail("operator", "%s:%u: %s", path, number, _(wrong));
			status = COMMAND_NO;
		} else if (!account || strcmp(account, row.account) == 0) {
			printf("%.*s\n", (int)(end - at), at);
			shown++;
		}
	}
	if (shown > 0 || status != COMMAND_OK)
		return status;
	if (account) {
		command_fail("operator", _("%s is no shared account, or has no operator"), account);
		return COMMAND_NO;
	}
	fprintf(stderr, "%s\n",
		_("No account is shared; 'sekisho operator allow' names its first operator."));
	return COMMAND_OK;
}

int operator_list(const struct operator_options *options, const char *account)
{
	char *text = NULL;
	size_t length = 0;
	int r = read_file(options->operators, &text, &length);

	if (r < 0 || !text)
		return fail_file(options->operators, r);
	r = print_rows(options->operators, text, account);
	free(text);
	if (length <= OPERATORS_FILE_MAX)
		return r;
	command_fail("operator",
		     _("%s: larger than %d bytes, so nobody can log in: take people out with "
		       "'sekisho operator end'"),
		     options->operators, OPERATORS_FILE_MAX);
	return COMMAND_NO;
}

/* The whole text with the row instead of the one of the same names, or, with @remove, without any.
 * -ENOENT: there was none to be removed. */
static int rewrite(const char *text, const struct operator_row *row, bool remove, FILE *stream)
{
	char line[OPERATORS_LINE_MAX + 2];
	size_t found = 0;
	int r = operators_format(row, line, sizeof(line));

	if (r < 0)
		return r;
	for (const char *at = text, *end; (end = strchr(at, '\n')); at = end + 1) {
		struct operator_row old;
		const char *wrong;

		if (!tells_nothing(at, (size_t)(end - at)) &&
		    operators_parse(at, (size_t)(end - at), &old, &wrong) == 0 &&
		    strcmp(old.account, row->account) == 0 &&
		    strcmp(old.person, row->person) == 0) {
			found++;
			continue;
		}
		fprintf(stream, "%.*s\n", (int)(end - at), at);
	}
	if (!remove)
		fputs(line, stream);
	return remove && found == 0 ? -ENOENT : 0;
}

static int save(const char *path, const char *text, size_t length)
{
	_cleanup_close_ int directory = -1;
	const char *slash = strrchr(path, '/');
	char folder[1024] = ".";

	if (slash && (size_t)(slash + 1 - path) >= sizeof(folder))
		return -ENAMETOOLONG;
	if (slash)
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash + 1 - path), path);
	directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return -errno;
	return file_write_atomic(directory, slash ? slash + 1 : path, text, length, 0644);
}

/* -EFBIG: no log-in would take a file of that size. */
static int change_text(const char *path, const char *text, const struct operator_row *row,
		       bool remove, const char **ret_wrong)
{
	struct operators operators;
	char *whole = NULL;
	size_t length = 0;
	unsigned int line;
	FILE *stream = open_memstream(&whole, &length);
	int r;

	if (!stream)
		return -ENOMEM;
	r = rewrite(text, row, remove, stream);
	if (fclose(stream) != 0 && r == 0)
		r = -ENOMEM;
	/* What a log-in would not take is not written. */
	if (r == 0)
		r = operators_read(whole, length, row->account, &operators, ret_wrong, &line);
	if (r == 0 && length > OPERATORS_FILE_MAX && !remove)
		r = -EFBIG;
	if (r == 0)
		r = save(path, whole, length);
	free(whole);
	return r;
}

static int change(const char *path, const struct operator_row *row, bool remove,
		  const char **ret_wrong)
{
	_cleanup_close_ int lock = -1;
	char *text = NULL;
	size_t length = 0;
	int r;

	*ret_wrong = NULL;
	r = rosterfile_lock(path, &lock);
	if (r == 0)
		r = read_file(path, &text, &length);
	if (r == 0)
		r = text ? change_text(path, text, row, remove, ret_wrong) : -ENOMEM;
	free(text);
	return r;
}

static void record(const struct operator_options *options, const struct operator_row *row,
		   const char *operation)
{
	_cleanup_event_ struct event event = {};
	int r = event_begin(&event, EVENT_RIGHTS_CHANGED);

	if (r == 0) {
		event_set(&event, "user", row->account);
		event_set(&event, "operator", row->person);
		event_set(&event, "operation", operation);
		event_set(&event, "from", options->from);
		event_set(&event, "to", options->to);
		event_set_number(&event, "caller", loginuid_or_uid());
	}
	intojournal_send(options->record, &event, r);
}

/* Its own keys and codes, by which the machine is repaired, would open nothing from then on. */
static int refuse_administrator(const char *account)
{
	static char names[ADMINISTRATOR_MAX][ADMINISTRATOR_NAME_MAX];
	size_t count = 0;
	int r = administrator_list(names, ADMINISTRATOR_MAX, &count);

	if (r < 0)
		return command_fail("operator", _("it can't be told who is an administrator: %s"),
				    strerror(-r));
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], account) == 0)
			return command_fail(
				"operator",
				_("%s is an administrator (root, group %s); once it is shared, its "
				  "own keys and codes open nothing. Share another account, or take "
				  "this one out of the group first"),
				account, administrator_group());
	return COMMAND_OK;
}

static int apply(const struct operator_options *options, const char *account, const char *person,
		 bool remove)
{
	char line[OPERATORS_LINE_MAX + 2];
	struct operator_row row;
	const char *wrong = NULL;
	int length, r;

	if (geteuid() != 0)
		return command_fail("operator", _("only root may do this; try sudo"));
	length = snprintf(line, sizeof(line), "%s %s%s%s%s%s", account, person,
			  options->from ? " from=" : "", options->from ? options->from : "",
			  options->to ? " to=" : "", options->to ? options->to : "");
	if (length < 0 || (size_t)length >= sizeof(line))
		return command_fail("operator", "%s", strerror(EMSGSIZE));
	if (operators_parse(line, (size_t)length, &row, &wrong) < 0)
		return command_fail("operator", "%s", _(wrong));
	r = remove ? COMMAND_OK : refuse_administrator(row.account);
	if (r != COMMAND_OK)
		return r;
	r = change(options->operators, &row, remove, &wrong);
	if (r == -ENOENT && remove) {
		command_fail("operator", _("%s is no operator of %s"), person, account);
		return COMMAND_NO;
	}
	if (r == -EFBIG && !remove)
		return command_fail(
			"operator",
			_("%s: would be larger than %d bytes, and then nobody could log in; "
			  "nothing was changed. Take people out with 'sekisho operator end' "
			  "first"),
			options->operators, OPERATORS_FILE_MAX);
	if (r < 0 && wrong)
		return command_fail("operator", "%s: %s", options->operators, _(wrong));
	if (r < 0)
		return fail_file(options->operators, r);
	record(options, &row, remove ? "operator-ended" : "operator-allowed");
	return COMMAND_OK;
}

int operator_allow(const struct operator_options *options, const char *account, const char *person)
{
	int r = apply(options, account, person, false);
	const char *wrong = NULL;

	if (r != COMMAND_OK)
		return r;
	printf(_("%s may open %s, with a key of his or her own.\n"), person, account);
	if (enrolled_key(person, &wrong) == -ENOKEY)
		fprintf(stderr,
			_("%s has no key that is good at this terminal today: 'sekisho key list "
			  "%s' shows which there are.\n"),
			person, person);
	return r;
}

int operator_end(const struct operator_options *options, const char *account, const char *person)
{
	int r = apply(options, account, person, true);

	if (r == COMMAND_OK)
		printf(_("%s may open %s no longer. A session that is open goes on.\n"), person,
		       account);
	return r;
}
