/* sekisho receipt: takes the collector's word up to where it verified this journal, if the journal
 * is the one it verified. What is behind it may be dropped, as journal.conf(5) says. */
#include "command.h"

#include "cleanup.h"
#include "event.h"
#include "gettext.h"
#include "journal_cursor.h"
#include "number.h"
#include "paths.h"
#include "receipt.h"
#include "signed_file.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>

#define RECORD_WAIT_MS 5000
#define HASH_TEXT      (2 * JOURNAL_HASH_SIZE + 1)

struct settings {
	const char *configuration, *journal, *kept, *record;
	const char *file;
};

/* What the journal has at the receipt's number. */
struct place {
	char host[JOURNAL_ID_SIZE], epoch[JOURNAL_ID_SIZE]; /* of the segment, or of the newest */
	bool found;
	uint8_t hash[JOURNAL_HASH_SIZE];
	uint64_t first, last; /* of the whole journal */
};

static int read_receipt(const struct settings *settings, struct signed_file *file,
			struct receipt *ret_receipt)
{
	int r = signed_file_read(file, settings->configuration);

	if (r != COMMAND_OK)
		return r;
	r = receipt_verify(file->text, file->length, file->collectors.authority,
			   collectors_signer(&file->collectors), ret_receipt);
	if (r == -EBADMSG)
		return command_fail("receipt", _("%s: not a receipt of this version"),
				    settings->file);
	return r < 0 ? signed_file_fail(file, r) : COMMAND_OK;
}

/* Reads all of it: what is in the way of a good record is its own matter. */
static int find_place(int journal, uint64_t sequence, struct place *place)
{
	_cleanup_free_ struct journal_cursor *cursor = calloc(1, sizeof(*cursor));
	struct journal_record record;
	struct journal_header header;
	struct journal_span line;
	int r;

	if (!cursor)
		return -ENOMEM;
	journal_cursor_begin(cursor, journal, false);
	cursor->settle_ms = 50;
	while ((r = journal_cursor_next(cursor, &record, &line)) != 0) {
		if (r < 0)
			continue;
		if (place->first == 0)
			place->first = record.sequence;
		place->last = record.sequence;
		if (record.sequence > sequence)
			continue;
		place->found = record.sequence == sequence;
		memcpy(place->hash, record.hash, sizeof(place->hash));
	}
	r = place->last > 0 ? journal_segment_header(journal, &cursor->segment, &header) : -ENOENT;
	journal_cursor_end(cursor);
	if (r < 0)
		return r;
	memcpy(place->host, header.host, sizeof(place->host));
	memcpy(place->epoch, header.epoch, sizeof(place->epoch));
	return 0;
}

/* Into the journal, so that the collector hears of it too. */
static int send_alarm(const struct settings *settings, const struct receipt *receipt,
		      const struct place *place)
{
	_cleanup_event_ struct event event = {};
	struct record_request record;
	char verified[HASH_TEXT], found[HASH_TEXT];
	int r = event_begin(&event, EVENT_STORE_MISMATCH);

	if (r < 0)
		return r;
	hex_format(receipt->verified.hash, JOURNAL_HASH_SIZE, verified);
	hex_format(place->hash, JOURNAL_HASH_SIZE, found);
	event_set_number(&event, "verified", receipt->verified.sequence);
	event_set(&event, "hash", verified);
	event_set(&event, "found", place->found ? found : NULL);
	event_set(&event, "given", receipt->letter.time);
	r = event_to_record(&event, &record);
	if (r == 0)
		r = event_send(settings->record, &record, wire_now() + RECORD_WAIT_MS);
	return r > 0 ? -r : r;
}

/* 0: the journal is the one that was verified. COMMAND_NO: it is not, which is an alarm. */
static int compare(const struct settings *settings, const struct receipt *receipt,
		   const struct place *place)
{
	unsigned long long verified = receipt->verified.sequence;
	int r;

	if (place->found && memcmp(place->hash, receipt->verified.hash, JOURNAL_HASH_SIZE) == 0)
		return COMMAND_OK;
	if (place->found)
		command_fail("receipt",
			     _("ALARM: event %llu is not the one that the collector verified: "
			       "this journal was altered or replaced; nothing is dropped"),
			     verified);
	else if (verified > place->last)
		command_fail("receipt",
			     _("ALARM: the collector verified event %llu, and this journal ends at "
			       "%llu: its end was cut off; nothing is dropped"),
			     verified, (unsigned long long)place->last);
	else
		command_fail("receipt",
			     _("ALARM: event %llu, which the collector verified, is missing here; "
			       "nothing is dropped; see 'sekisho verify'"),
			     verified);
	r = send_alarm(settings, receipt, place);
	if (r < 0)
		command_fail("receipt", _("the journal did not take the event (%s)"), strerror(-r));
	return COMMAND_NO;
}

static int take(const struct settings *settings)
{
	_cleanup_close_ int journal = open(settings->journal, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_signed_ struct signed_file file = {.command = "receipt", .path = settings->file};
	struct receipt receipt;
	struct place place = {};
	int r = journal < 0 ? -errno : 0, status = read_receipt(settings, &file, &receipt);

	if (status != COMMAND_OK)
		return status;
	if (r == 0)
		r = find_place(journal, receipt.verified.sequence, &place);
	if (r < 0)
		return command_fail("receipt", _("%s: can't be read: %s"), settings->journal,
				    strerror(-r));
	if (!letter_is_for(&receipt.letter, place.host, place.epoch))
		return command_fail("receipt", _("%s: the receipt is for another journal, of %s"),
				    settings->file, receipt.letter.terminal);
	/* Also one that was taken before: the journal may have become another one since. */
	status = receipt.verified.sequence < place.first ? COMMAND_OK
							 : compare(settings, &receipt, &place);
	if (status != COMMAND_OK)
		return status;
	if (receipt_is_kept(settings->kept, file.collectors.authority,
			    collectors_signer(&file.collectors), &receipt)) {
		printf(_("event %llu: a receipt for it was taken before, nothing is changed\n"),
		       (unsigned long long)receipt.verified.sequence);
		return COMMAND_OK;
	}
	if (receipt.verified.sequence < place.first)
		return command_fail(
			"receipt",
			_("%s: event %llu is not in this journal any more, which begins "
			  "at %llu; fetch a newer receipt"),
			settings->file, (unsigned long long)receipt.verified.sequence,
			(unsigned long long)place.first);
	r = receipt_keep(settings->kept, file.text, file.length);
	if (r < 0)
		return command_fail("receipt", _("%s: can't be written: %s"), settings->kept,
				    strerror(-r));
	printf(_("the collector verified this journal up to event %llu\n"),
	       (unsigned long long)receipt.verified.sequence);
	return COMMAND_OK;
}

int command_receipt(int argc, char **argv)
{
	static const struct option options[] = {
		{"configuration", required_argument, NULL, 'c'},
		{"directory", required_argument, NULL, 'd'},
		{"kept", required_argument, NULL, 'k'},
		{"record", required_argument, NULL, 'r'},
		{},
	};
	struct settings settings = {
		.configuration = SEKISHO_COLLECTOR_CONF,
		.journal = SEKISHO_JOURNAL,
		.kept = SEKISHO_RECEIPT,
		.record = SEKISHO_RECORD_SOCKET,
	};
	int option;

	while ((option = command_option(argc, argv, "", options)) != -1) {
		if (option == 'c')
			settings.configuration = optarg;
		else if (option == 'd')
			settings.journal = optarg;
		else if (option == 'k')
			settings.kept = optarg;
		else if (option == 'r')
			settings.record = optarg;
		else
			return command_usage("receipt");
	}
	if (argc - optind != 1)
		return command_usage("receipt");
	settings.file = argv[optind];
	return take(&settings);
}
