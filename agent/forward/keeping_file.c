#include "keeping.h"

#include "cleanup.h"
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 4096

static int read_json(int state, const char *name, json_t **ret_object)
{
	_cleanup_close_ int fd = openat(state, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_free_ char *text = NULL;
	size_t length = 0;
	int r = fd < 0 ? -errno : file_read_all(fd, TEXT_MAX, &text, &length);

	if (r < 0)
		return r;
	*ret_object = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
	return *ret_object ? 0 : -EBADMSG;
}

static void write_json(int state, const char *name, json_t *object)
{
	_cleanup_free_ char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	int r = text ? file_write_atomic(state, name, text, strlen(text), 0600) : -ENOMEM;

	json_decref(object);
	if (r < 0)
		fprintf(stderr, "%s can't be written: %s\n", name, strerror(-r));
}

static bool take_text(const json_t *object, const char *key, char *text, size_t size)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value && (size_t)snprintf(text, size, "%s", value) < size;
}

static bool take_number(const json_t *object, const char *key, uint64_t *ret_number)
{
	const json_int_t number = json_integer_value(json_object_get(object, key));

	*ret_number = (uint64_t)number;
	return number >= 0 && number <= (json_int_t)JOURNAL_SEQUENCE_MAX;
}

static bool take_time(const json_t *object, char time[static JOURNAL_TIME_SIZE])
{
	if (!take_text(object, "time", time, JOURNAL_TIME_SIZE))
		return false;
	return journal_is_time(&(struct journal_span){time, strlen(time)});
}

static void take_receipt(const json_t *object, struct keeping_receipt *receipt)
{
	if (!take_time(object, receipt->time) ||
	    !take_number(object, "acknowledged", &receipt->acknowledged))
		*receipt = (struct keeping_receipt){};
}

void keeping_read(struct keeping *keeping)
{
	json_t *object;

	if (read_json(keeping->state, KEEPING_FILE, &object) < 0)
		return;
	/* Without its beginning nobody's word counts. */
	if (!take_number(object, "from", &keeping->from) || keeping->from == 0 ||
	    !take_text(object, "collector", keeping->place, sizeof(keeping->place)) ||
	    !take_text(object, "host", keeping->host, sizeof(keeping->host)) ||
	    !take_text(object, "epoch", keeping->epoch, sizeof(keeping->epoch)))
		*keeping = (struct keeping){.journal = keeping->journal, .state = keeping->state};
	for (size_t i = 0; i < ARRAY_SIZE(keeping->seen); i++)
		take_receipt(json_array_get(json_object_get(object, "receipts"), i),
			     &keeping->seen[i]);
	json_decref(object);
}

static json_t *receipt_of(const struct keeping_receipt *receipt)
{
	return json_pack("{s:s, s:I}", "time", receipt->time, "acknowledged",
			 (json_int_t)receipt->acknowledged);
}

void keeping_write(const struct keeping *keeping)
{
	write_json(keeping->state, KEEPING_FILE,
		   json_pack("{s:s, s:s, s:s, s:I, s:[o, o]}", "collector", keeping->place, "host",
			     keeping->host, "epoch", keeping->epoch, "from",
			     (json_int_t)keeping->from, "receipts", receipt_of(&keeping->seen[0]),
			     receipt_of(&keeping->seen[1])));
}

void keeping_write_loss(int state, const struct keeping_loss *loss)
{
	write_json(state, KEEPING_LOST_FILE,
		   json_pack("{s:s, s:s, s:I, s:I, s:s}", "host", loss->host, "epoch", loss->epoch,
			     "first", (json_int_t)loss->first, "last", (json_int_t)loss->last,
			     "time", loss->time));
}

int keeping_read_loss(int state, struct keeping_loss *ret_loss)
{
	struct keeping_loss loss;
	json_t *object;
	bool good;
	int r = read_json(state, KEEPING_LOST_FILE, &object);

	if (r < 0)
		return r;
	good = take_text(object, "host", loss.host, sizeof(loss.host)) &&
	       take_text(object, "epoch", loss.epoch, sizeof(loss.epoch)) &&
	       take_number(object, "first", &loss.first) &&
	       take_number(object, "last", &loss.last) && loss.first >= 1 &&
	       loss.last >= loss.first && take_time(object, loss.time);
	json_decref(object);
	if (!good)
		return -EBADMSG;
	*ret_loss = loss;
	return 0;
}
