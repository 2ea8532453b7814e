/* sekisho-collector verify: did everything arrive, and is it what the terminals wrote? */
#include "command.h"

#include "cleanup.h"
#include "expired.h"
#include "gettext.h"
#include "marks.h"
#include "number.h"
#include "outgoing.h"
#include "verify_show.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

/* The collector's certificate and private key, which sign what goes to the terminals. */
struct signer {
	char certificate[4096], key[4096];
};

static void find_signer(const struct verification *verification, struct signer *signer)
{
	snprintf(signer->certificate, sizeof(signer->certificate), "%s/collector.pem",
		 verification->directory);
	snprintf(signer->key, sizeof(signer->key), "%s/collector.key", verification->directory);
}

/* Asks the terminals for what is missing. */
static int ask(const struct verification *verification, const struct audit *audit)
{
	struct signer signer = {};
	struct outgoing requests = {verification->requests, signer.certificate, signer.key, 0, 0};

	find_signer(verification, &signer);
	audit_each(audit, outgoing_request, &requests);
	if (requests.error < 0)
		return command_fail("verify", _("%s: no request can be written: %s"),
				    verification->requests, strerror(-requests.error));
	if (!verification->json && requests.written > 0)
		printf(_("%s: %llu requests, NAME-EPOCH.resend; a terminal with LettersFrom "
			 "fetches its own, to another bring it: sekisho resend FILE\n"),
		       verification->requests, (unsigned long long)requests.written);
	return COMMAND_OK;
}

/* Tells the terminals what was found good. */
static int acknowledge(const struct verification *verification, const struct audit *audit)
{
	struct signer signer = {};
	struct outgoing receipts = {verification->receipts, signer.certificate, signer.key, 0, 0};

	find_signer(verification, &signer);
	audit_each(audit, outgoing_receipt, &receipts);
	if (receipts.error < 0)
		return command_fail("verify", _("%s: no receipt can be written: %s"),
				    verification->receipts, strerror(-receipts.error));
	if (!verification->json && receipts.written > 0)
		printf(_("%s: %llu receipts, NAME-EPOCH.receipt; a terminal with LettersFrom "
			 "fetches its own, to another bring it: sekisho receipt FILE\n"),
		       verification->receipts, (unsigned long long)receipts.written);
	return COMMAND_OK;
}

/* Where 'expire' ended, if it was here: an archive from before is read as a whole. */
static int load_expired(struct verification *verification, struct audit *audit)
{
	char path[4096];
	int r;

	snprintf(path, sizeof(path), "%s/" EXPIRED_FILE, verification->directory);
	if (verification->expired_file)
		r = expired_load_file(verification->expired_file, 0, audit, &verification->expired);
	else
		r = expired_load(verification->directory, verification->path, 0, audit,
				 &verification->expired);
	verification->expired_elsewhere = r == -EXDEV;
	if (r == 0 || r == -EXDEV)
		return COMMAND_OK;
	return command_fail("verify", _("%s: not a file of marks that only root can write: %s"),
			    verification->expired_file ? verification->expired_file : path,
			    strerror(-r));
}

static int judge(struct verification *verification, struct audit *audit)
{
	struct files_summary files = {};
	uint64_t marks;
	int r, status;

	r = load_expired(verification, audit);
	if (r != COMMAND_OK)
		return r;
	if (verification->marks) {
		r = marks_load(verification->marks, 0, audit, &marks);
		if (r < 0)
			return command_fail("verify",
					    _("%s: not a file of marks that only root can write: "
					      "%s; without it, everything is read"),
					    verification->marks, strerror(-r));
	}
	r = files_feed(verification->path, audit, verify_progress, verification, &files);
	if (r == 0)
		r = audit_end(audit);
	if (verification->progress)
		fputs("\r\033[K", stderr);
	if (r < 0)
		return command_fail("verify", _("%s: can't be verified: %s"), verification->path,
				    strerror(-r));
	status = verify_show(verification, audit, &files);
	if (verification->requests && status != COMMAND_ERROR &&
	    ask(verification, audit) != COMMAND_OK)
		return COMMAND_ERROR;
	if (verification->receipts && status != COMMAND_ERROR &&
	    acknowledge(verification, audit) != COMMAND_OK)
		return COMMAND_ERROR;
	if (verification->marks && status != COMMAND_ERROR) {
		r = marks_save(verification->marks, audit);
		if (r < 0)
			return command_fail("verify", _("%s: can't be written: %s"),
					    verification->marks, strerror(-r));
	}
	return status;
}

static int verify(struct verification *verification)
{
	_cleanup_close_ int folder = -1;
	struct config_error error;
	struct audit audit;
	char terminals[4096];
	int r, status;

	snprintf(terminals, sizeof(terminals), "%s/terminals", verification->directory);
	r = terminals_load(terminals, 0, &verification->terminals, &error);
	if (r < 0 && r != -ENOENT)
		return command_fail("verify", "%s", error.text);
	if (verification->terminals.count == 0 && verification->directory_given)
		return command_fail("verify", _("%s: there are no terminals"), terminals);
	verification->heard = calloc(verification->terminals.count + 1, sizeof(time_t));
	if (!verification->heard || shown_begin(&verification->shown, &verification->terminals) < 0)
		return command_fail("verify", "%s", strerror(ENOMEM));
	/* From before the marks are read until all is: what 'expire' deletes meanwhile would be
	 * missing. That there is no folder is told when it is read. */
	expired_lock(verification->path, false, &folder);
	r = audit_begin(&audit, verification->terminals.count ? &verification->terminals : NULL,
			verification->temporary, verify_report, verification);
	if (r < 0)
		return command_fail("verify", _("%s: no file can be made there: %s"),
				    verification->temporary, strerror(-r));
	status = judge(verification, &audit);
	audit_release(&audit);
	return status;
}

int collector_verify(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{"directory", required_argument, NULL, 'd'},
		{"expired", required_argument, NULL, 'x'},
		{"marks", required_argument, NULL, 'm'},
		{"receipts", required_argument, NULL, 'e'},
		{"requests", required_argument, NULL, 'r'},
		{"silent", required_argument, NULL, 's'},
		{"temporary", required_argument, NULL, 't'},
		{},
	};
	struct verification verification = {
		.path = "/var/log/sekisho",
		.temporary = "/var/tmp",
		.directory = COLLECTOR_DIRECTORY,
		.now = time(NULL),
	};
	uint64_t hours = 0;
	int option, r;

	while ((option = command_option(argc, argv, "", options)) != -1) {
		if (option == 'j')
			verification.json = true;
		else if (option == 'm')
			verification.marks = optarg;
		else if (option == 'x')
			verification.expired_file = optarg;
		else if (option == 's' && number_parse(optarg, 1, 8784, &hours) == 0)
			verification.silent_s = hours * 60 * 60;
		else if (option == 't')
			verification.temporary = optarg;
		else if (option == 'd')
			verification.directory = optarg, verification.directory_given = true;
		else if (option == 'e')
			verification.receipts = optarg;
		else if (option == 'r')
			verification.requests = optarg;
		else
			return command_usage("verify");
	}
	if (argc - optind > 1)
		return command_usage("verify");
	if (argc > optind)
		verification.path = argv[optind];
	verification.progress = isatty(STDERR_FILENO);
	verification.findings = json_array();
	verification.chains = json_array();
	r = verify(&verification);
	json_decref(verification.findings);
	json_decref(verification.chains);
	free(verification.heard);
	shown_end(&verification.shown);
	terminals_free(&verification.terminals);
	return r;
}
