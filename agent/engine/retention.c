#include "retention.h"

#include "cleanup.h"
#include "clock.h"
#include "file.h"
#include "sealpublic.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>

#define DAY_US	     UINT64_C(86400000000)
#define MIB	     UINT64_C(1048576)
#define MAX_SIZE_MIN 32 /* MiB: a few segments */
#define STANDING_MAX 8192 /* bytes */

static const struct config_key keys[] = {
	{"Journal", "KeepDays", CONFIG_NUMBER, offsetof(struct retention_settings, keep_days), 0, 0,
	 36500, NULL},
	{"Journal", "MaxSize", CONFIG_NUMBER, offsetof(struct retention_settings, max_size), 0, 0,
	 1048576, NULL},
};

static bool is_verified(const struct receipt *receipt, const struct journal_oldest *oldest)
{
	return receipt && letter_is_for(&receipt->letter, oldest->host, oldest->epoch) &&
	       oldest->last <= receipt->verified.sequence;
}

static bool is_old(const struct retention_settings *settings, const struct journal_oldest *oldest,
		   uint64_t now_us)
{
	return settings->keep_days > 0 && now_us > oldest->next_us &&
	       now_us - oldest->next_us > settings->keep_days * DAY_US;
}

bool retention_judge(const struct retention_settings *settings, const struct retention_known *known,
		     const struct journal_oldest *oldest, struct journal_cause *ret_cause)
{
	bool verified = is_verified(known->receipt, oldest);
	struct journal_cause cause = {.mark = "verified"};

	if (settings->max_size > 0 && oldest->bytes > settings->max_size * MIB)
		cause.reason = "size";
	else if (verified && is_old(settings, oldest, known->now_us))
		cause.reason = "age";
	else if (verified && known->wants_room)
		cause.reason = "full";
	else
		return false;
	if (!verified)
		cause.mark = oldest->last <= known->acknowledged ? "acknowledged" : "none";
	*ret_cause = cause;
	return true;
}

/* Only for what is told of records that have to go. 0 in doubt, and where nobody answers. */
static uint64_t acknowledged(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	_cleanup_free_ char *text = NULL;
	json_int_t number = 0;
	size_t length;
	json_t *object;

	if (fd < 0 || file_read_all(fd, STANDING_MAX, &text, &length) < 0)
		return 0;
	object = json_loadb(text, length, 0, NULL);
	if (json_is_true(json_object_get(object, "confirmed")))
		number = json_integer_value(json_object_get(object, "acknowledged"));
	json_decref(object);
	return number > 0 ? (uint64_t)number : 0;
}

static bool is_ours(const struct retention *retention, const struct letter *letter)
{
	return journal_is(retention->journal, letter->host, letter->epoch);
}

/* Of the two that may be there the one that says more of our journal. One that can't be used is a
 * fault as long as there is no other one. */
static int load_receipt(const struct retention *retention, struct receipt *ret_receipt,
			struct config_error *error)
{
	struct receipt fetched;
	int r = receipt_load(retention->receipt, 0, ret_receipt, error), f = -ENOENT;

	if (retention->fetched)
		f = receipt_load(retention->fetched, geteuid(), &fetched, error);
	if (f < 0)
		return f == -ENOENT || r == 0 ? r : f;
	if (r < 0 || !is_ours(retention, &ret_receipt->letter) ||
	    (is_ours(retention, &fetched.letter) &&
	     fetched.verified.sequence > ret_receipt->verified.sequence))
		*ret_receipt = fetched;
	return 0;
}

/* A file that is not there says nothing: that is no error. */
static int load(const struct retention *retention, struct retention_settings *settings,
		struct receipt *receipt, struct retention_known *known, struct config_error *error)
{
	int r = config_load(retention->configuration, 0, keys, ARRAY_SIZE(keys), settings, error);

	if (r < 0 && r != -ENOENT)
		return r;
	/* Then its drop-ins were not read either: who knows what they say. */
	if (r == -ENOENT)
		*settings = (struct retention_settings){};
	r = load_receipt(retention, receipt, error);
	if (r < 0 && r != -ENOENT)
		return r;
	if (settings->max_size > 0 && settings->max_size < MAX_SIZE_MIN)
		return config_fail(error, -EINVAL, retention->configuration, 0,
				   "MaxSize: 0 for no limit, or at least %d", MAX_SIZE_MIN);
	error->text[0] = '\0';
	*known = (struct retention_known){
		.receipt = r == 0 ? receipt : NULL,
		.acknowledged = acknowledged(retention->standing),
		.now_us = clock_us(CLOCK_REALTIME),
		.wants_room = retention->wanted && !retention->failed,
	};
	return 0;
}

/* The journal may have become another one since the receipt was taken, by a backup or by fsck: what
 * was verified then is not what is here. */
static int check_receipt(struct retention *retention, const struct receipt *receipt)
{
	int r;

	if (memcmp(&retention->checked, &receipt->verified, sizeof(retention->checked)) == 0)
		return 0;
	r = journal_has(retention->journal, &receipt->verified);
	if (r <= 0)
		return r < 0 ? r : -EXDEV;
	retention->checked = receipt->verified;
	return 0;
}

/* The key of the seal there is, and those before it. Without the file it is not known whether there
 * were any: -EKEYREJECTED, also where the file is another seal's. */
static int find_keys(const struct retention *retention, struct sealkeys *seal_keys)
{
	const struct sealer *sealer = &retention->checkpoint->sealer;
	struct config_error error;

	return sealpublic_load(retention->seal_public, geteuid(), seal_keys, &error) == 0 &&
			       strcmp(seal_keys->list[0].id, sealer->key_id) == 0
		       ? 0
		       : -EKEYREJECTED;
}

/* Nothing goes before a seal stands behind what tells of it: without one, whoever can write the
 * files could tell as much. */
static int drop(struct retention *retention, const struct journal_oldest *oldest,
		const struct journal_cause *cause, int64_t now)
{
	struct checkpoint *checkpoint = retention->checkpoint;
	bool sealed = checkpoint->sealer.fd >= 0;
	struct sealkeys seal_keys;
	int r = sealed ? find_keys(retention, &seal_keys) : 0;

	if (r == 0)
		r = checkpoint_begin(checkpoint, now);
	if (r == 0)
		r = journal_tell_dropped(retention->journal, oldest, cause,
					 sealed ? &seal_keys : NULL);
	if (r == 0)
		r = checkpoint_drop(checkpoint, now);
	return r == 0 ? journal_take_away(retention->journal, oldest) : r;
}

static int drop_one(struct retention *retention, const struct retention_settings *settings,
		    const struct retention_known *known, int64_t now, struct config_error *error)
{
	struct journal_oldest oldest;
	struct journal_cause cause;
	int r = journal_oldest(retention->journal, &oldest);

	if (r == 0) {
		if (!retention_judge(settings, known, &oldest, &cause))
			return -ENOENT;
		if (strcmp(cause.mark, "verified") == 0)
			r = check_receipt(retention, known->receipt);
	}
	if (r == 0)
		r = drop(retention, &oldest, &cause, now);
	if (r == 0)
		retention->dropped = oldest.last;
	else if (r == -EBADMSG || r == -EUCLEAN)
		config_fail(error, r, oldest.file, 0,
			    "is damaged: it is not dropped, nor is what is newer; see 'sekisho "
			    "verify'");
	else if (r == -EXDEV)
		config_fail(error, r, retention->receipt, 0,
			    "names an event that this journal does not have: nothing is dropped; "
			    "see 'sekisho receipt'");
	else if (r == -ENODATA)
		config_fail(error, r, oldest.file, 0,
			    "what stood before it was taken away by somebody else: nothing is "
			    "dropped; see 'sekisho verify'");
	else if (r == -ENOKEY)
		config_fail(error, r, "the seal", 0,
			    "can't be used, and nothing is dropped that is not sealed as dropped; "
			    "see 'sekisho status'");
	else if (r == -EKEYREJECTED)
		config_fail(
			error, r, retention->seal_public, 0,
			"does not name the key of this terminal's seal: nothing is dropped; take "
			"it from the collector once more");
	else if (r != -ENOENT)
		config_fail(error, r, "old segments can't be dropped", 0, "%s", strerror(-r));
	return r;
}

/* A disk that has become full does not wait for the hour, and one that has room again is no reason
 * to drop anything. */
static bool is_due(struct retention *retention, int64_t now)
{
	bool was_wanted = retention->wanted;
	int r;

	retention->wanted = journal_wants_room(retention->journal);
	if (now < retention->due_at && (was_wanted || !retention->wanted))
		return false;
	r = journal_take_room(retention->journal);
	retention->wanted = journal_wants_room(retention->journal);
	/* On a disk that fails for another reason, what goes makes no room. */
	retention->failed = r < 0 && r != -ENOSPC && r != -EDQUOT;
	return true;
}

bool retention_tick(struct retention *retention, int64_t now)
{
	struct retention_settings settings = {.keep_days = RETENTION_DAYS};
	struct config_error error = {};
	struct retention_known known = {};
	struct receipt receipt;
	bool is_new;
	int r;

	if (!is_due(retention, now))
		return false;
	r = load(retention, &settings, &receipt, &known, &error);
	retention->verified = known.receipt && is_ours(retention, &receipt.letter)
				      ? receipt.verified.sequence
				      : 0;
	if (r == 0)
		r = settings.keep_days > 0 || settings.max_size > 0 || known.wants_room
			    ? drop_one(retention, &settings, &known, now, &error)
			    : -ENOENT;
	if (r == -ENOENT)
		error.text[0] = '\0';
	/* Before others take what became free. */
	if (r == 0)
		journal_take_room(retention->journal);
	retention->due_at = now + (r == 0				? RETENTION_NEXT_MS
				   : r == -ENOENT && !retention->wanted ? RETENTION_MS
									: RETENTION_RETRY_MS);
	is_new = error.text[0] != '\0' && strcmp(retention->error, error.text) != 0;
	memcpy(retention->error, error.text, sizeof(retention->error));
	return is_new;
}
