/* sekisho-collector terminal list: which terminals there are, and until when they are let in. */
#include "terminal.h"

#include "authority.h"
#include "command.h"
#include "gettext.h"
#include "name.h"
#include "pemfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define SOON_SECONDS (60L * 86400)

static const char ending[] = ".conf";

static int is_terminal(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > strlen(ending) &&
	       length <= NAME_MAX_LABEL + strlen(ending) &&
	       strcmp(entry->d_name + length - strlen(ending), ending) == 0;
}

static const char *validity(const X509 *certificate)
{
	time_t soon = time(NULL) + SOON_SECONDS;

	if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
		return _(" HAS ENDED; renew it");
	if (X509_cmp_time(X509_get0_notAfter(certificate), &soon) < 0)
		return _(" ends soon; renew it");
	return "";
}

static void show(int dirfd, const char *file)
{
	char name[NAME_MAX_LABEL + 1], path[NAME_MAX_LABEL + 8], day[16];
	X509 *certificate = NULL;
	int r;

	snprintf(name, sizeof(name), "%.*s", (int)(strlen(file) - strlen(ending)), file);
	snprintf(path, sizeof(path), "%s.pem", name);
	r = pemfile_certificate(dirfd, path, &certificate);
	command_column(name, 24);
	if (r < 0) {
		printf(" %s.pem: %s\n", name, pemfile_trouble(r));
		return;
	}
	certificate_last_day(certificate, day);
	printf(" %s%s\n", day, validity(certificate));
	X509_free(certificate);
}

int terminal_list(const struct terminal_options *options)
{
	_cleanup_close_ int fd = -1, terminals = -1;
	struct dirent **entries = NULL;
	int count;

	fd = open(options->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return command_fail("terminal", "%s: %s", options->directory, strerror(errno));
	terminals = openat(fd, AUTHORITY_TERMINALS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (terminals < 0 && errno == ENOENT)
		return COMMAND_OK;
	if (terminals < 0)
		return command_fail("terminal", "%s/" AUTHORITY_TERMINALS ": %s",
				    options->directory, strerror(errno));
	count = scandirat(terminals, ".", &entries, is_terminal, alphasort);
	if (count < 0)
		return command_fail("terminal", "%s/" AUTHORITY_TERMINALS ": %s",
				    options->directory, strerror(errno));
	for (int i = 0; i < count; i++) {
		show(terminals, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return COMMAND_OK;
}
