/* sekisho verify: is the journal what was written, and who vouches for that? */
#include "command.h"

#include "cleanup.h"
#include "findings.h"
#include "gettext.h"
#include "journaldir.h"
#include "keptreceipts.h"
#include "paths.h"
#include "sealpublic.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

struct settings {
	const char *journal; /* NULL: this terminal's */
	const char *anchor;
	bool anchor_given;
	const char *configuration;
	const char *receipt; /* NULL: those that are kept for this terminal's own journal */
	bool json;
};

/* COMMAND_OK with @ret_have false: there is none, which is no fault unless somebody named it. */
static int load_anchor(const struct settings *settings, struct sealkeys *keys, bool *ret_have)
{
	struct config_error error;
	int r = sealpublic_load(settings->anchor, geteuid(), keys, &error);

	*ret_have = r == 0;
	if (r == 0 || (r == -ENOENT && !settings->anchor_given))
		return COMMAND_OK;
	if (r == -ENOENT)
		return command_fail("verify", _("%s: can't be read: %s"), settings->anchor,
				    strerror(ENOENT));
	return command_fail("verify", "%s", error.text);
}

static int verify(const struct settings *settings, struct findings *findings)
{
	_cleanup_close_ int directory = -1;
	struct journal_summary summary;
	struct keptreceipts receipts = {.bad = findings_bad_receipt, .user = findings};
	struct journal_vouchers vouchers = {.receipts = receipts.list};
	struct sealkeys keys;
	bool have_keys;
	int r;

	r = load_anchor(settings, &keys, &have_keys);
	if (r != COMMAND_OK)
		return r;
	directory = journaldir_open("verify", findings->journal);
	if (directory < 0)
		return COMMAND_ERROR;
	vouchers.keys = have_keys ? &keys : NULL;
	/* A copy may be older than the receipts that are kept: which one it came with is to be
	 * named.
	 */
	if (settings->receipt || !settings->journal)
		keptreceipts_load(&receipts, settings->configuration, settings->receipt);
	vouchers.n_receipts = receipts.count;
	r = journal_verify_against(directory, JOURNAL_SETTLE_MS, &vouchers, findings_show, findings,
				   &summary);
	if (r == -ENOENT)
		return command_fail("verify", _("%s: there is no journal"), findings->journal);
	if (r < 0)
		return command_fail("verify", _("%s: can't be read: %s"), findings->journal,
				    strerror(-r));
	return findings_verdict(findings, &summary);
}

int command_verify(int argc, char **argv)
{
	static const struct option options[] = {
		{"configuration", required_argument, NULL, 'c'},
		{"directory", required_argument, NULL, 'd'},
		{"json", no_argument, NULL, 'j'},
		{"receipt", required_argument, NULL, 'r'},
		{"seal", required_argument, NULL, 's'},
		{},
	};
	struct settings settings = {
		.anchor = SEKISHO_SEAL_PUBLIC,
		.configuration = SEKISHO_COLLECTOR_CONF,
	};
	struct findings findings = {};
	int option, r;

	while ((option = command_option(argc, argv, "", options)) != -1) {
		if (option == 'c')
			settings.configuration = optarg;
		else if (option == 'd')
			settings.journal = optarg;
		else if (option == 'j')
			settings.json = true;
		else if (option == 'r')
			settings.receipt = optarg;
		else if (option == 's')
			settings.anchor = optarg, settings.anchor_given = true;
		else
			return command_usage("verify");
	}
	if (optind != argc)
		return command_usage("verify");
	findings.journal = settings.journal ? settings.journal : SEKISHO_JOURNAL;
	findings.anchor = settings.anchor;
	findings.list = settings.json ? json_array() : NULL;
	r = verify(&settings, &findings);
	json_decref(findings.list);
	return r;
}
