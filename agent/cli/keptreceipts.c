#include "keptreceipts.h"

#include "agent/forward/collectors.h"
#include "cleanup.h"
#include "paths.h"

#include <errno.h>
#include <unistd.h>

static int load(const char *configuration, const char *path, struct receipt *ret_receipt,
		struct config_error *error)
{
	struct collectors collectors;

	if (collectors_load(configuration, 0, &collectors, error) < 0)
		return -EINVAL;
	if (collectors_signer(&collectors)[0] == '\0')
		return config_fail(error, -EINVAL, configuration, 0, "names no collector (Name=)");
	return receipt_load_signed(path, collectors.authority, collectors_signer(&collectors),
				   ret_receipt, error);
}

static void take(struct keptreceipts *receipts, const char *configuration, const char *path)
{
	struct config_error error;

	if (load(configuration, path, &receipts->list[receipts->count], &error) == 0)
		receipts->count++;
	else
		receipts->bad(receipts->user, path, error.text);
}

void keptreceipts_load(struct keptreceipts *receipts, const char *configuration, const char *file)
{
	static const char *const kept[JOURNAL_RECEIPTS_MAX] = {SEKISHO_RECEIPT, SEKISHO_FETCHED};

	receipts->count = 0;
	if (file)
		take(receipts, configuration, file);
	for (size_t i = 0; !file && i < ARRAY_SIZE(kept); i++)
		if (access(kept[i], F_OK) == 0 || errno != ENOENT)
			take(receipts, configuration, kept[i]);
}
