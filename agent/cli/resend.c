/* sekisho resend: sends the journal's events to the collector once more, as it asked or from a
 * number. */
#include "command.h"

#include "agent/forward/keeping.h"
#include "agent/forward/source.h"
#include "cleanup.h"
#include "gettext.h"
#include "number.h"
#include "paths.h"
#include "resend.h"
#include "signed_file.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>

/* In the forwarder's directory: where to begin, which it takes up when it starts; how far it is. */
#define POSITION     "resend"
#define ACKNOWLEDGED "acknowledged"

struct settings {
	const char *configuration, *journal, *state;
	const char *file; /* the request, or NULL: .first tells */
	uint64_t first;
};

/* The request, if the configured collector signed it. */
static int read_request(const struct settings *settings, struct resend_request *ret_request)
{
	_cleanup_signed_ struct signed_file file = {.command = "resend", .path = settings->file};
	int r = signed_file_read(&file, settings->configuration);

	if (r != COMMAND_OK)
		return r;
	r = resend_verify(file.text, file.length, file.collectors.authority,
			  collectors_signer(&file.collectors), ret_request);
	if (r == -EBADMSG)
		return command_fail("resend", _("%s: not a request of this version"),
				    settings->file);
	return r < 0 ? signed_file_fail(&file, r) : COMMAND_OK;
}

/* A whole file under its name, which the forwarder's user may read and take away. */
static int leave_position(const struct settings *settings, struct acknowledged *position)
{
	_cleanup_close_ int directory = open(settings->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int fd = -1;
	struct stat status;
	int r;

	if (directory < 0 || fstat(directory, &status) < 0)
		return -errno;
	if (unlinkat(directory, POSITION ".new", 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(directory, POSITION ".new", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		    0600);
	if (fd < 0)
		return -errno;
	r = ftruncate(fd, ACKNOWLEDGED_FILE_SIZE) < 0 ||
			    fchown(fd, status.st_uid, status.st_gid) < 0
		    ? -errno
		    : acknowledged_write(fd, position);
	if (r < 0)
		return r;
	if (renameat(directory, POSITION ".new", directory, POSITION) < 0 || fsync(directory) < 0)
		return -errno;
	return 0;
}

/* What it asks for and had acknowledged it did not keep: `sekisho doctor` tells. */
static void note_request(const struct settings *settings, int journal,
			 const struct resend_request *request)
{
	_cleanup_close_ int state = open(settings->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int fd = openat(state, ACKNOWLEDGED, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct acknowledged acknowledged;
	struct keeping keeping;

	if (state < 0 || fd < 0 || acknowledged_read(fd, &acknowledged) < 0 ||
	    !letter_is_for(&request->letter, acknowledged.host, acknowledged.epoch) ||
	    request->first > acknowledged.head.sequence)
		return;
	keeping_begin(&keeping, journal, state);
	keeping_asked(&keeping, request);
}

static int resend(const struct settings *settings)
{
	_cleanup_close_ int journal = open(settings->journal, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct resend_request request = {.first = settings->first};
	struct acknowledged position = {};
	int r;

	if (settings->file) {
		r = read_request(settings, &request);
		if (r != COMMAND_OK)
			return r;
	}
	r = journal < 0 ? -errno : source_before(journal, request.first, &position);
	if (r == -ENOENT && journal >= 0)
		return command_fail("resend", _("event %llu is not in the journal"),
				    (unsigned long long)request.first);
	if (r < 0)
		return command_fail("resend", _("%s: can't be read: %s"), settings->journal,
				    strerror(-r));
	if (settings->file && !letter_is_for(&request.letter, position.host, position.epoch))
		return command_fail("resend", _("%s: the request is about another journal, of %s"),
				    settings->file, request.letter.terminal);
	if (settings->file)
		note_request(settings, journal, &request);
	r = leave_position(settings, &position);
	if (r < 0)
		return command_fail("resend", _("%s: can't be written: %s"), settings->state,
				    strerror(-r));
	printf(_("events are sent from number %llu on, after: systemctl restart sekisho-forward\n"),
	       (unsigned long long)request.first);
	return COMMAND_OK;
}

int command_resend(int argc, char **argv)
{
	static const struct option options[] = {
		{"from", required_argument, NULL, 'f'},
		{"configuration", required_argument, NULL, 'c'},
		{"directory", required_argument, NULL, 'd'},
		{"state", required_argument, NULL, 's'},
		{},
	};
	struct settings settings = {
		.configuration = SEKISHO_COLLECTOR_CONF,
		.journal = SEKISHO_JOURNAL,
		.state = SEKISHO_FORWARD,
	};
	int option;

	while ((option = command_option(argc, argv, "", options)) != -1) {
		if (option == 'f' &&
		    number_parse(optarg, 1, JOURNAL_SEQUENCE_MAX, &settings.first) == 0)
			continue;
		if (option == 'c')
			settings.configuration = optarg;
		else if (option == 'd')
			settings.journal = optarg;
		else if (option == 's')
			settings.state = optarg;
		else
			return command_usage("resend");
	}
	if (argc - optind != (settings.first ? 0 : 1))
		return command_usage("resend");
	settings.file = settings.first ? NULL : argv[optind];
	return resend(&settings);
}
