#include "collected.h"

#include "number.h"

#include <errno.h>
#include <string.h>

#define HASH_DIGITS ((size_t)JOURNAL_HASH_SIZE * 2)
#define MINUTE	    16 /* characters of "2026-11-26T08:24" */
#define SECONDS	    17 /* where they stand */

/* A quote inside JSON has a backslash before it: no event can hold this. */
static const char opening[] = "[sekisho@32473 h=\"";

struct place {
	const char *at;
	const char *end;
};

static bool take(struct place *place, const char *text)
{
	size_t length = strlen(text);

	if ((size_t)(place->end - place->at) < length || memcmp(place->at, text, length) != 0)
		return false;
	place->at += length;
	return true;
}

/* Up to a quote, at most @size - 1 characters. */
static bool take_quoted(struct place *place, char *text, size_t size)
{
	size_t length = (size_t)(place->end - place->at);
	const char *quote = memchr(place->at, '"', length < size ? length : size);

	if (!quote)
		return false;
	memcpy(text, place->at, (size_t)(quote - place->at));
	text[quote - place->at] = '\0';
	place->at = quote + 1;
	return true;
}

static bool is_id(const char *text)
{
	return strlen(text) == JOURNAL_ID_SIZE - 1 &&
	       strspn(text, "0123456789abcdef") == JOURNAL_ID_SIZE - 1;
}

/* The last one: before it may stand a line whose writing a power cut ended. */
static const char *find_opening(const char *line, size_t length)
{
	const char *found = NULL;

	for (;;) {
		size_t left = found ? length - (size_t)(found + 1 - line) : length;
		const char *next =
			memmem(found ? found + 1 : line, left, opening, sizeof(opening) - 1);

		if (!next)
			return found;
		found = next;
	}
}

static bool take_origin(struct place *place, struct collected *collected)
{
	char number[20];

	if (!take(place, opening) || !take_quoted(place, collected->host, JOURNAL_ID_SIZE) ||
	    !is_id(collected->host) || !take(place, " e=\"") ||
	    !take_quoted(place, collected->epoch, JOURNAL_ID_SIZE) || !is_id(collected->epoch)) {
		collected->host[0] = collected->epoch[0] = '\0';
		return false;
	}
	if (!take(place, " n=\"") || !take_quoted(place, number, sizeof(number)) ||
	    number_parse(number, 1, JOURNAL_SEQUENCE_MAX, &collected->sequence) < 0) {
		collected->sequence = 0;
		return false;
	}
	return true;
}

/* "2026-11-26T08:24:57" and more. */
static bool looks_like_time(const struct journal_span *text)
{
	static const char shape[] = "0000-00-00T00:00:00";

	if (text->length < sizeof(shape))
		return false;
	for (size_t i = 0; i < sizeof(shape) - 1; i++) {
		bool is_digit = text->bytes[i] >= '0' && text->bytes[i] <= '9';

		if (shape[i] == '0' ? !is_digit : text->bytes[i] != shape[i])
			return false;
	}
	return true;
}

/* The collector's own words are the line's first two: a message may hold what looks like them.
 * Between them and the record nothing may stand but a line that was begun in the same form and not
 * finished: false where that is not so. */
static bool find_received(const char *line, const char *record, struct collected *collected)
{
	const char *time_end = memchr(line, ' ', (size_t)(record - line));
	const char *begun;
	size_t same = 0;

	if (!time_end || time_end - line >= COLLECTED_TIME_MAX)
		return true;
	collected->received = (struct journal_span){line, (size_t)(time_end - line)};
	/* Cut within its time, or zeros of the disk: the collector writes no such line. */
	if (!looks_like_time(&collected->received)) {
		collected->received = (struct journal_span){};
		return true;
	}
	begun = memchr(time_end + 1, ' ', (size_t)(record - time_end - 1));
	if (!begun)
		return true; /* cut within its address */
	collected->address = (struct journal_span){time_end + 1, (size_t)(begun - time_end - 1)};
	begun++;
	collected->glued = begun != record;
	while (same < sizeof(opening) - 1 && begun + same < record && begun[same] == opening[same])
		same++;
	return begun == record || same == sizeof(opening) - 1 || begun + same == record ||
	       (begun[same] >= '0' && begun[same] <= '9') || begun[same] == '\0';
}

int collected_parse(const char *line, size_t length, struct collected *ret_collected)
{
	struct collected collected = {};
	struct place place = {find_opening(line, length), line + length};
	char hash[HASH_DIGITS + 1], computed[HASH_DIGITS + 1];

	if (!place.at)
		return -ENOENT;
	if (find_received(line, place.at, &collected) && take_origin(&place, &collected) &&
	    take(&place, " x=\"") && take_quoted(&place, hash, sizeof(hash)) &&
	    take(&place, "] ") &&
	    journal_parse_json(place.at, (size_t)(place.end - place.at), &collected.record) == 0) {
		hex_format(collected.record.hash, JOURNAL_HASH_SIZE, computed);
		if (strcmp(hash, computed) == 0 &&
		    collected.record.sequence == collected.sequence) {
			*ret_collected = collected;
			return 0;
		}
	}
	*ret_collected = collected;
	return -EBADMSG;
}

time_t collected_seconds(struct collected_clock *clock, const struct journal_span *text)
{
	char copy[COLLECTED_TIME_MAX];
	struct tm parts = {};
	const char *zone;
	uint64_t seconds;
	long offset;

	if (text->length < sizeof("2026-11-26T08:24:57Z") - 1 || text->length >= sizeof(copy))
		return 0;
	memcpy(copy, text->bytes, text->length);
	copy[text->length] = '\0';
	zone = strptime(copy + SECONDS, "%S", &parts);
	if (!zone)
		return 0;
	seconds = (uint64_t)parts.tm_sec;
	/* Many are of the same minute. The zone is the collector's own, and does not change within.
	 */
	if (clock->minute[0] && memcmp(clock->minute, copy, MINUTE) == 0)
		return clock->seconds + (time_t)seconds;
	zone = strptime(copy, "%Y-%m-%dT%H:%M:%S", &parts);
	if (!zone)
		return 0;
	zone += *zone == '.' ? 1 + strspn(zone + 1, "0123456789") : 0;
	zone = strptime(zone, "%z", &parts);
	if (!zone || *zone)
		return 0;
	offset = parts.tm_gmtoff;
	parts.tm_sec = 0;
	parts.tm_gmtoff = 0;
	memcpy(clock->minute, copy, MINUTE);
	clock->minute[MINUTE] = '\0';
	clock->seconds = timegm(&parts) - offset;
	return clock->seconds + (time_t)seconds;
}
