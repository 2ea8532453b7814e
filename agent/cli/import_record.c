/* What an import did, in the journal. */
#include "import.h"

#include "cleanup.h"
#include "event.h"
#include "gettext.h"
#include "loginuid.h"
#include "number.h"
#include "progress.h"
#include "wire.h"

#include <errno.h>
#include <openssl/sha.h>
#include <unistd.h>

#define RECORD_MS 10000 /* for one: others wait for the same flush of the disk */
#define AT_ONCE	  16 /* events under way, which the engine puts on the disk together */

struct recording {
	const char *socket;
	struct {
		int fd;
		int64_t deadline;
	} asked[AT_ONCE];
	size_t first, count;
	size_t lost;
	int error; /* the first one */
};

static void count_lost(struct recording *recording, int r)
{
	if (r == 0)
		return;
	recording->lost++;
	if (recording->error == 0)
		recording->error = r < 0 ? -r : r;
}

static void await_one(struct recording *recording)
{
	const size_t at = recording->first;

	count_lost(recording, event_answer(recording->asked[at].fd, recording->asked[at].deadline));
	close(recording->asked[at].fd);
	recording->first = (recording->first + 1) % AT_ONCE;
	recording->count--;
}

static void send_one(struct recording *recording, const struct event *event)
{
	struct record_request record;
	size_t at;
	int fd = -1;
	int r;

	if (recording->count == AT_ONCE)
		await_one(recording);
	/* Where nobody is there to take them, or who is does not answer, one try is enough. */
	if (recording->error == ECONNREFUSED || recording->error == ENOENT ||
	    recording->error == ETIMEDOUT) {
		recording->lost++;
		return;
	}
	r = event_to_record(event, &record);
	if (r == 0)
		r = event_ask(recording->socket, &record, wire_now() + RECORD_MS, &fd);
	if (r < 0) {
		count_lost(recording, r);
		return;
	}
	at = (recording->first + recording->count++) % AT_ONCE;
	recording->asked[at].fd = fd;
	recording->asked[at].deadline = wire_now() + RECORD_MS;
}

#define DAY_SIZE 16

/* NULL: none was given. */
static const char *day_text(uint32_t day, char text[static DAY_SIZE])
{
	snprintf(text, DAY_SIZE, "%04u-%02u-%02u", day / 10000 % 10000, day / 100 % 100, day % 100);
	return day ? text : NULL;
}

static void describe_terms(const struct transfer *transfer, struct event *event)
{
	const struct roster_terms *terms = &transfer->terms;
	char rights[ROSTER_RIGHTS_SIZE], hours[ROSTER_HOURS_SIZE];

	roster_format_rights(terms->rights, rights);
	roster_format_hours(terms, hours);
	if (transfer->given & 1u << TRANSFER_RIGHTS)
		event_set(event, "rights", rights[0] ? rights : "none");
	if (transfer->given & 1u << TRANSFER_WITNESSED)
		event_set(event, "witnessed", terms->witnessed ? "yes" : "no");
	if (transfer->given & 1u << TRANSFER_HOURS)
		event_set(event, "hours", hours[0] ? hours : "always");
}

static void describe(const struct transfer *transfer, struct event *event)
{
	static const char *const operations[] = {[TRANSFER_ADD] = "add",
						 [TRANSFER_CHANGE] = "change",
						 [TRANSFER_END] = "end",
						 [TRANSFER_RETIRE] = "retire",
						 [TRANSFER_REVOKE] = "revoke"};
	const struct roster_entry *key = &transfer->key;
	char name[ROSTER_NAME_SIZE], day[DAY_SIZE];

	event_set(event, "user", transfer->user);
	if (transfer_about_key(transfer)) {
		roster_name(key, name);
		event_set(event, "credential", name);
	}
	event_set(event, "label", key->label);
	event_set_number(event, "caller", loginuid_or_uid());
	if (event->kind != EVENT_RIGHTS_CHANGED) {
		event_set(event, "attestation", key->attestation);
		return;
	}
	event_set(event, "operation", operations[transfer->operation]);
	event_set(event, "category", key->category);
	event_set(event, "from", day_text(key->from, day));
	event_set(event, "to", day_text(key->to, day));
	describe_terms(transfer, event);
}

static enum event_kind kind_of(const struct transfer *transfer)
{
	if (transfer_about_key(transfer) && transfer->operation == TRANSFER_ADD)
		return EVENT_KEY_ADDED;
	return transfer->operation == TRANSFER_REVOKE ? EVENT_KEY_REVOKED : EVENT_RIGHTS_CHANGED;
}

static void record_row(struct recording *recording, const struct transfer *transfer)
{
	_cleanup_event_ struct event event = {};
	int r = event_begin(&event, kind_of(transfer));

	if (r < 0) {
		count_lost(recording, r);
		return;
	}
	describe(transfer, &event);
	send_one(recording, &event);
}

static void record_file(struct recording *recording, const struct import_options *options,
			size_t rows, const char *bytes, size_t length)
{
	_cleanup_event_ struct event event = {};
	uint8_t digest[SHA256_DIGEST_LENGTH];
	char text[2 * sizeof(digest) + 1];
	int r = event_begin(&event, EVENT_ROSTER_IMPORTED);

	if (r < 0) {
		count_lost(recording, r);
		return;
	}
	SHA256((const uint8_t *)bytes, length, digest);
	hex_format(digest, sizeof(digest), text);
	event_set(&event, "file", options->path);
	event_set(&event, "sha256", text);
	event_set_number(&event, "rows", rows);
	event_set_number(&event, "caller", loginuid_or_uid());
	send_one(recording, &event);
}

void import_record(const struct import_options *options, const struct import_list *list,
		   const char *bytes, size_t length)
{
	struct recording recording = {.socket = options->record};
	struct progress progress = {.total = list->count};

	record_file(&recording, options, list->count - list->left_out, bytes, length);
	for (size_t i = 0; i < list->count; i++) {
		if (!list->rows[i].reason)
			record_row(&recording, &list->rows[i].transfer);
		progress_show(&progress, i + 1);
	}
	while (recording.count > 0)
		await_one(&recording);
	progress_end(&progress);
	if (recording.lost > 0)
		fprintf(stderr, _("%zu events are not in the journal: %s. Is sekishod running?\n"),
			recording.lost, strerror(recording.error));
}
