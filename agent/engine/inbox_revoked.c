#include "inbox.h"

#include "agent/forward/collectors.h"
#include "cleanup.h"
#include "event.h"
#include "file.h"
#include "revocations.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define KEPT_MODE 0644 /* as the roster, which says whose keys are revoked, too */

static int read_letter(const struct inbox *inbox, bool brought, struct revocations *ret_list)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *text = NULL;
	struct collectors collectors;
	size_t length = 0;
	int r = inbox_signer(inbox, &collectors);

	if (r == 0)
		r = file_open_trusted(AT_FDCWD, brought ? inbox->brought_list : inbox->fetched_list,
				      brought ? 0 : inbox->forwarder, &fd);
	if (r == 0)
		r = file_read_all(fd, SIGNED_FILE_MAX, &text, &length);
	return r < 0 ? r
		     : revocations_verify(text, length, collectors.authority,
					  collectors_signer(&collectors), ret_list);
}

/* One that can't be read any more keeps nobody out of reach of a good one: as long as it lies
 * there nobody is let in. */
static int compare(const struct inbox *inbox, const struct revocations *list)
{
	_cleanup_revocations_ struct revocations kept = {};
	int r = revocations_load(inbox->revoked, &kept);

	if (r == 0 && list->number < kept.number)
		return -ESTALE;
	if (r == 0 && list->number == kept.number)
		return strcmp(list->time, kept.time) == 0 && revocations_are_same(list, &kept)
			       ? INBOX_KNOWN
			       : -ESTALE;
	if (r < 0 && r != -ENOENT)
		fprintf(stderr, "sekishod: %s: %s; list %lld takes its place\n", inbox->revoked,
			strerror(-r), (long long)list->number);
	return INBOX_TAKEN;
}

/* By this the collector knows which terminals have it. */
static void tell(const struct inbox *inbox, const struct revocations *list, bool brought)
{
	_cleanup_event_ struct event event = {};

	if (event_begin(&event, EVENT_REVOCATIONS_TAKEN) < 0)
		return;
	event_set_number(&event, "number", (uint64_t)list->number);
	event_set(&event, "given", list->time);
	event_set_number(&event, "keys", json_object_size(list->keys));
	event_set_number(&event, "people", json_object_size(list->people));
	event_set(&event, "by", brought ? "file" : "letter");
	outbox_put(inbox->outbox, &event);
}

int inbox_take_revoked(struct inbox *inbox, bool brought)
{
	_cleanup_revocations_ struct revocations list = {};
	int r = read_letter(inbox, brought, &list);

	if (r == 0)
		r = compare(inbox, &list);
	if (r != INBOX_TAKEN)
		return r == -ENOENT ? -EINVAL : r; /* the authority */
	r = revocations_keep(inbox->revoked, &list, KEPT_MODE);
	if (r < 0)
		return r;
	tell(inbox, &list, brought);
	return INBOX_TAKEN;
}
