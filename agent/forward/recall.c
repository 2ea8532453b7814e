#include "recall.h"

#include "source.h"

#include "cleanup.h"
#include "file.h"
#include "resend.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int verify(const struct recall *recall, const char *text, size_t length,
		  struct resend_request *ret_request)
{
	return resend_verify(text, length, recall->collectors->authority,
			     collectors_signer(recall->collectors), ret_request);
}

/* One that is not good any more was obeyed long ago: the new one counts. */
static bool was_obeyed(const struct recall *recall, const struct resend_request *request)
{
	_cleanup_close_ int fd =
		openat(recall->state, RECALL_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_free_ char *text = NULL;
	struct resend_request last;
	size_t length;

	if (fd < 0 || file_read_all(fd, SIGNED_FILE_MAX, &text, &length) < 0 ||
	    verify(recall, text, length, &last) < 0)
		return false;
	/* Times of one form: text compares as they do. */
	return letter_is_for(&last.letter, request->letter.host, request->letter.epoch) &&
	       (strcmp(request->letter.time, last.letter.time) <= 0 ||
		request->first == last.first);
}

int recall_take(const struct recall *recall, const struct journal_header *header,
		const struct acknowledged *acknowledged, const char *text,
		struct acknowledged *ret_position)
{
	struct acknowledged position;
	struct resend_request request;
	int r = verify(recall, text, strlen(text), &request);

	if (r < 0)
		return r;
	if (!letter_is_for(&request.letter, header->host, header->epoch))
		return -EXDEV;
	/* What was not acknowledged yet is sent in any case. */
	if (request.first > acknowledged->head.sequence || was_obeyed(recall, &request))
		return 0;
	r = source_before(recall->journal, request.first, &position);
	if (r == -ENOENT)
		return -ENODATA;
	if (r == 0)
		r = file_write_atomic(recall->state, RECALL_FILE, text, strlen(text), 0600);
	if (r < 0)
		return r;
	if (recall->keeping)
		keeping_asked(recall->keeping, &request);
	position.generation = acknowledged->generation;
	*ret_position = position;
	return 1;
}
