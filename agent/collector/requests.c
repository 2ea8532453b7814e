#include "requests.h"

#include "cleanup.h"
#include "file.h"
#include "resend.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

static int sign(const struct requests *requests, const struct audit_chain *chain, char **ret_text,
		size_t *ret_length)
{
	struct resend_request request = {
		.first = chain->first_missing,
		.verified = chain->verified.sequence,
	};
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	memcpy(request.terminal, chain->owner->name, sizeof(request.terminal));
	memcpy(request.host, chain->host, sizeof(request.host));
	memcpy(request.epoch, chain->epoch, sizeof(request.epoch));
	if (journal_format_time((uint64_t)now.tv_sec * 1000000, request.time) < 0)
		return -ERANGE;
	return resend_sign(&request, requests->certificate, requests->key, ret_text, ret_length);
}

static int write_one(const struct requests *requests, const struct audit_chain *chain)
{
	_cleanup_close_ int directory =
		open(requests->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	char name[TERMINALS_NAME_MAX + 32];
	size_t length;
	int r;

	if (directory < 0)
		return -errno;
	r = sign(requests, chain, &text, &length);
	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "%s-%.8s.resend", chain->owner->name, chain->epoch);
	return file_write_atomic(directory, name, text, length, 0644);
}

void requests_write(void *user, const struct audit_chain *chain)
{
	struct requests *requests = user;
	int r;

	if (chain->missing == 0 || !chain->owner || requests->error < 0)
		return;
	r = write_one(requests, chain);
	if (r < 0)
		requests->error = r;
	else
		requests->written++;
}
