/* sekisho-collector terminal NAME..., terminal renew NAME...: bundles for terminals. */
#include "terminal.h"

#include "command.h"
#include "gettext.h"
#include "issue.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define BATCH 100 /* bundles for one flush of the disk, and the step of the progress */

struct giving {
	const struct terminal_options *options;
	struct issue issue;
	const char **names; /* to be made, in order */
	size_t count;
	size_t made;
	size_t refused;
};

static void giving_close(struct giving *giving)
{
	cleanup_close(&giving->issue.terminals);
	cleanup_close(&giving->issue.output);
	free(giving->names);
}

int terminal_open_folder(int dirfd, const char *path, int *ret_fd)
{
	_cleanup_close_ int fd = -1;
	struct stat status;

	if (mkdirat(dirfd, path, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if ((status.st_uid != 0 && status.st_uid != geteuid()) || (status.st_mode & 022))
		return -EPERM;
	*ret_fd = steal_fd(&fd);
	return 0;
}

int terminal_fail_folder(const char *path, int code)
{
	return command_fail("terminal", "%s: %s", path,
			    code == -EPERM ? _("it must be root's and writable by nobody else; "
					       "name another with --output")
					   : strerror(-code));
}

static int open_all(struct giving *giving, struct authority *authority)
{
	const struct terminal_options *options = giving->options;
	struct config_error error;
	int r;

	r = authority_open(authority, options->directory, false, &error);
	if (r == 0)
		r = authority_ready(authority, giving->issue.collector,
				    sizeof(giving->issue.collector), &error);
	if (r < 0)
		return command_fail("terminal", "%s", error.text);
	giving->issue.authority = authority;
	r = terminal_open_folder(authority->dirfd, AUTHORITY_TERMINALS, &giving->issue.terminals);
	if (r < 0)
		return terminal_fail_folder(AUTHORITY_TERMINALS, r);
	r = terminal_open_folder(AT_FDCWD, options->output, &giving->issue.output);
	return r < 0 ? terminal_fail_folder(options->output, r) : COMMAND_OK;
}

/* What stands in the way of a bundle, for a person; NULL if nothing does. */
static const char *obstacle(const struct issue *issue, const char *name)
{
	if (issue->renew && !issue_known(issue, name))
		return _("there is no such terminal; leave 'renew' out for a new one");
	if (!issue->renew && issue_known(issue, name))
		return _("this terminal has its seal already; for a new certificate run "
			 "'sekisho-collector terminal renew NAME', if its seal was lost "
			 "'sekisho-collector terminal reseal NAME'. Only if its bundle never "
			 "reached "
			 "it: move its two files in 'terminals' away and run this again");
	if (issue_handed_out(issue, name))
		return _("its directory is there already; move it away and run this again");
	return NULL;
}

static void refuse(struct giving *giving, const struct namelist *list, size_t at, const char *why)
{
	const struct namelist_row *row = &list->rows[at];

	if (list->file)
		command_fail("terminal", "%s:%u: %s: %s", list->file, row->line, row->name, why);
	else
		command_fail("terminal", "%s: %s", row->name, why);
	giving->refused++;
}

/* Those in whose way nothing stands; what an interrupted run had nearly finished is finished. */
static void choose(struct giving *giving, const struct namelist *list)
{
	const struct issue *issue = &giving->issue;

	for (size_t i = 0; i < list->count; i++) {
		const char *name = list->rows[i].name;
		const char *why = obstacle(issue, name);
		int r = 0;

		if (why && !issue->renew && !issue_handed_out(issue, name))
			r = issue_finish(issue, name);
		if (r > 0)
			giving->made++;
		else if (r < 0)
			refuse(giving, list, i, strerror(-r));
		else if (why)
			refuse(giving, list, i, why);
		else
			giving->names[giving->count++] = name;
	}
}

static void show_progress(size_t done, size_t all)
{
	if (all <= BATCH || !isatty(STDERR_FILENO))
		return;
	fputc('\r', stderr);
	fprintf(stderr, _("%zu of %zu"), done, all);
	if (done == all)
		fputc('\n', stderr);
}

static int make(struct giving *giving)
{
	for (size_t done = 0; done < giving->count;) {
		size_t left = giving->count - done;
		size_t count = left < BATCH ? left : BATCH;
		const char *name = giving->names[done];
		int r = issue_batch(&giving->issue, giving->names + done, count, &name);

		if (r < 0)
			return command_fail("terminal",
					    _("%s: %s; put that right and run the same again: it "
					      "goes on where it stopped"),
					    name, strerror(-r));
		done += count;
		giving->made += count;
		show_progress(done, giving->count);
	}
	return COMMAND_OK;
}

static void show_next(const struct giving *giving)
{
	const bool renew = giving->issue.renew;

	if (giving->made == 0)
		return;
	printf(_("%zu made, below %s: a directory for each terminal, of that name.\n"
		 "Bring it to its terminal by a way that nobody else reads. There, as root, inside "
		 "it:\n"),
	       giving->made, giving->options->output);
	printf("  install -o root -g root -m 644 authority.pem /etc/sekisho/collector/\n"
	       "  install -o root -g sekisho-log -m 640 terminal.pem terminal.key "
	       "/etc/sekisho/collector/\n"
	       "  install -o root -g sekisho-log -m 640 stranger.pem expired.pem "
	       "/etc/sekisho/collector/\n"
	       "  install -D -m 644 collector.conf /etc/sekisho/collector.conf.d/collector.conf\n");
	if (!renew)
		printf(TERMINAL_INSTALL_SEAL "  systemctl restart sekishod sekisho-forward\n");
	else
		printf("  systemctl restart sekisho-forward\n");
	printf(_("Then delete the directory, there and here: whoever has it can be the "
		 "terminal.\n"));
}

int terminal_give(const struct terminal_options *options, const struct namelist *list, bool renew)
{
	_cleanup_authority_ struct authority authority = AUTHORITY_CLOSED;
	_cleanup_(giving_close) struct giving giving = {
		.options = options,
		.issue = {.terminals = -1,
			  .output = -1,
			  .renew = renew,
			  .letters = options->letters},
	};
	int r;

	r = open_all(&giving, &authority);
	if (r != COMMAND_OK)
		return r;
	giving.names = calloc(list->count, sizeof(*giving.names));
	if (!giving.names)
		return command_fail("terminal", "%s", strerror(ENOMEM));
	choose(&giving, list);
	r = make(&giving);
	show_next(&giving);
	if (r != COMMAND_OK)
		return r;
	return giving.refused > 0 ? COMMAND_NO : COMMAND_OK;
}
