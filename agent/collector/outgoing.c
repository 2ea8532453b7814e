#include "outgoing.h"

#include "cleanup.h"
#include "file.h"
#include "receipt.h"
#include "resend.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

static int begin(const struct audit_chain *chain, struct letter *ret_letter)
{
	struct letter letter = {};
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	memcpy(letter.terminal, chain->owner->name, sizeof(letter.terminal));
	memcpy(letter.host, chain->host, sizeof(letter.host));
	memcpy(letter.epoch, chain->epoch, sizeof(letter.epoch));
	if (journal_format_time((uint64_t)now.tv_sec * 1000000, letter.time) < 0)
		return -ERANGE;
	*ret_letter = letter;
	return 0;
}

static int sign_receipt(const struct outgoing *outgoing, const struct audit_chain *chain,
			char **ret_text, size_t *ret_length)
{
	struct receipt receipt = {.verified = chain->verified};
	int r = begin(chain, &receipt.letter);

	return r < 0 ? r
		     : receipt_sign(&receipt, outgoing->certificate, outgoing->key, ret_text,
				    ret_length);
}

static int sign_request(const struct outgoing *outgoing, const struct audit_chain *chain,
			char **ret_text, size_t *ret_length)
{
	struct resend_request request = {
		.first = chain->first_missing,
		.verified = chain->verified.sequence,
	};
	int r = begin(chain, &request.letter);

	return r < 0 ? r
		     : resend_sign(&request, outgoing->certificate, outgoing->key, ret_text,
				   ret_length);
}

typedef int sign_fn(const struct outgoing *outgoing, const struct audit_chain *chain,
		    char **ret_text, size_t *ret_length);

static int write_one(const struct outgoing *outgoing, const struct audit_chain *chain,
		     sign_fn *sign, const char *suffix)
{
	_cleanup_close_ int directory =
		open(outgoing->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	char name[TERMINALS_NAME_MAX + 32];
	size_t length;
	int r;

	if (directory < 0)
		return -errno;
	r = sign(outgoing, chain, &text, &length);
	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "%s-%.8s.%s", chain->owner->name, chain->epoch, suffix);
	return file_write_atomic(directory, name, text, length, 0644);
}

static void write_letter(struct outgoing *outgoing, const struct audit_chain *chain, sign_fn *sign,
			 const char *suffix)
{
	int r;

	if (outgoing->error < 0 || !chain->owner || chain->excess)
		return;
	r = write_one(outgoing, chain, sign, suffix);
	if (r < 0)
		outgoing->error = r;
	else
		outgoing->written++;
}

void outgoing_receipt(void *user, const struct audit_chain *chain)
{
	/* Where something is wrong the terminal keeps its own copy of all of it. */
	if (chain->verified.sequence > 0 && !chain->spoiled)
		write_letter(user, chain, sign_receipt, "receipt");
}

void outgoing_request(void *user, const struct audit_chain *chain)
{
	if (chain->missing > 0)
		write_letter(user, chain, sign_request, "resend");
}
