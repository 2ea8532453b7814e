#include "receipts.h"

#include "cleanup.h"
#include "file.h"
#include "receipt.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

static int sign(const struct receipts *receipts, const struct audit_chain *chain, char **ret_text,
		size_t *ret_length)
{
	struct receipt receipt = {.verified = chain->verified};
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	memcpy(receipt.terminal, chain->owner->name, sizeof(receipt.terminal));
	memcpy(receipt.host, chain->host, sizeof(receipt.host));
	memcpy(receipt.epoch, chain->epoch, sizeof(receipt.epoch));
	if (journal_format_time((uint64_t)now.tv_sec * 1000000, receipt.time) < 0)
		return -ERANGE;
	return receipt_sign(&receipt, receipts->certificate, receipts->key, ret_text, ret_length);
}

static int write_one(const struct receipts *receipts, const struct audit_chain *chain)
{
	_cleanup_close_ int directory =
		open(receipts->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	char name[TERMINALS_NAME_MAX + 32];
	size_t length;
	int r;

	if (directory < 0)
		return -errno;
	r = sign(receipts, chain, &text, &length);
	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "%s-%.8s.receipt", chain->owner->name, chain->epoch);
	return file_write_atomic(directory, name, text, length, 0644);
}

void receipts_write(void *user, const struct audit_chain *chain)
{
	struct receipts *receipts = user;
	int r;

	/* Where something is wrong the terminal keeps its own copy of all of it. */
	if (chain->verified.sequence == 0 || chain->spoiled || !chain->owner || receipts->error < 0)
		return;
	r = write_one(receipts, chain);
	if (r < 0)
		receipts->error = r;
	else
		receipts->written++;
}
