#include "progress.h"

#include "cleanup.h"
#include "storefile.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STORE_MS       50 /* acknowledgements are stored together */
#define STORE_EVENTS   128
#define STORE_AGAIN_MS 5000
#define REFUSALS_MAX   5 /* of one event in a row, until it is set aside */
#define REASON_MAX     1024
#define ACKNOWLEDGED   "acknowledged"
#define SET_ASIDE      "refused"
#define RESEND	       "resend"

void progress_begin(struct progress *progress, const char *run)
{
	*progress = (struct progress){.directory = -1, .store = -1};
	standing_begin(&progress->standing, run);
}

static bool is_stored(const struct progress *progress, const struct acknowledged *now)
{
	return now->head.sequence == progress->stored.head.sequence &&
	       memcmp(now->head.hash, progress->stored.head.hash, JOURNAL_HASH_SIZE) == 0;
}

void progress_store(struct progress *progress, struct acknowledged *acknowledged)
{
	int r;

	progress->store_at = 0;
	if (is_stored(progress, acknowledged))
		return;
	r = acknowledged_write(progress->store, acknowledged);
	if (r < 0) {
		fprintf(stderr, "what was acknowledged can't be stored: %s\n", strerror(-r));
		progress->store_again = wire_now() + STORE_AGAIN_MS;
		return;
	}
	progress->stored = *acknowledged;
}

/* `sekisho resend` left a place to go back to: a file like ours. It is taken away once our own says
 * the same. */
static void take_resend(struct progress *progress, struct acknowledged *acknowledged)
{
	const uint64_t generation = acknowledged->generation;
	_cleanup_close_ int fd = -1;
	struct acknowledged wanted;
	int r;

	fd = openat(progress->directory, RESEND, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return;
	r = acknowledged_read(fd, &wanted);
	if (r < 0 || wanted.host[0] == '\0') {
		fprintf(stderr, "what sekisho resend left is damaged: give the command again\n");
	} else {
		printf("as asked, events are sent again from %" PRIu64 " on\n",
		       wanted.head.sequence + 1);
		*acknowledged = wanted;
		acknowledged->generation = generation;
		progress_store(progress, acknowledged);
		if (progress->store_again)
			return;
	}
	unlinkat(progress->directory, RESEND, 0);
}

int progress_open(struct progress *progress, const char *state,
		  struct acknowledged *ret_acknowledged)
{
	struct acknowledged acknowledged;
	int r;

	progress->directory = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (progress->directory < 0)
		return -errno;
	r = storefile_open(progress->directory, ACKNOWLEDGED, ACKNOWLEDGED_FILE_SIZE,
			   &progress->store);
	/* Of another size: no file of ours. */
	if (r == -EINVAL && unlinkat(progress->directory, ACKNOWLEDGED, 0) == 0)
		r = storefile_open(progress->directory, ACKNOWLEDGED, ACKNOWLEDGED_FILE_SIZE,
				   &progress->store);
	if (r < 0)
		return r;
	r = acknowledged_read(progress->store, &acknowledged);
	if (r == -EBADMSG) {
		fprintf(stderr, "what was acknowledged is damaged: all events are sent again\n");
		acknowledged = (struct acknowledged){};
		r = 0;
	}
	if (r < 0)
		return r;
	progress->stored = acknowledged;
	take_resend(progress, &acknowledged);
	progress->standing.acknowledged = acknowledged.head.sequence;
	*ret_acknowledged = acknowledged;
	return 0;
}

void progress_store_soon(struct progress *progress, struct acknowledged *acknowledged, int64_t now)
{
	const uint64_t waiting = acknowledged->head.sequence - progress->stored.head.sequence;

	if (is_stored(progress, acknowledged)) {
		progress->store_at = 0;
		return;
	}
	if (progress->store_at == 0)
		progress->store_at = now + STORE_MS;
	if (progress->store_at < progress->store_again)
		progress->store_at = progress->store_again;
	if (now >= progress->store_again && (waiting >= STORE_EVENTS || now >= progress->store_at))
		progress_store(progress, acknowledged);
}

static int set_aside(struct progress *progress, struct acknowledged *acknowledged,
		     const struct acknowledged *mark, const char *why)
{
	const uint64_t generation = acknowledged->generation;
	char line[REASON_MAX + 64];
	_cleanup_close_ int fd = -1;
	int length;

	fd = openat(progress->directory, SET_ASIDE,
		    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	length = snprintf(line, sizeof(line), "%" PRIu64 " %.*s\n", mark->head.sequence, REASON_MAX,
			  why);
	if (fd < 0 || write(fd, line, (size_t)length) != length || fdatasync(fd) < 0)
		return -errno;
	*acknowledged = *mark;
	acknowledged->generation = generation;
	progress->standing.set_aside++;
	return 0;
}

void progress_refused(struct progress *progress, struct acknowledged *acknowledged,
		      const struct acknowledged *mark, const char *why)
{
	if (mark->head.sequence != progress->refused)
		progress->refusals = 0;
	progress->refused = mark->head.sequence;
	if (++progress->refusals < REFUSALS_MAX)
		return;
	if (set_aside(progress, acknowledged, mark, why) == 0)
		fprintf(stderr, "event %" PRIu64 " is set aside\n", progress->refused);
	progress->refusals = 0;
}

void progress_tell(struct progress *progress, const struct acknowledged *acknowledged,
		   uint64_t passed_over, int64_t now)
{
	progress->standing.passed_over = passed_over;
	progress->standing.acknowledged = acknowledged->head.sequence;
	standing_write(&progress->standing, now);
}

int64_t progress_due(const struct progress *progress)
{
	const int64_t tell_at = standing_due(&progress->standing);

	return progress->store_at > 0 && progress->store_at < tell_at ? progress->store_at
								      : tell_at;
}
