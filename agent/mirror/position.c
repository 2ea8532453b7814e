#include "position.h"

#include "file.h"
#include "number.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NAME "position"
#define SIZE (JOURNAL_ID_SIZE + 2 * 21 + 1) /* BOOT MONOTONIC SEQUENCE */

static int parse(char *text, const char *boot, struct position *position)
{
	char *monotonic = strchr(text, ' ');
	char *sequence = monotonic ? strchr(monotonic + 1, ' ') : NULL;

	if (!sequence)
		return -EBADMSG;
	*monotonic++ = '\0';
	*sequence++ = '\0';
	if (strcmp(text, boot) != 0)
		return -ESTALE;
	if (number_parse(monotonic, 0, UINT64_MAX, &position->monotonic_us) < 0)
		return -EBADMSG;
	return number_parse(sequence, 0, UINT64_MAX, &position->sequence);
}

void position_load(int run, const char *boot, struct position *ret_position)
{
	struct position position = {};
	char text[SIZE];

	if (file_read_line(run, NAME, text, sizeof(text)) < 0 || parse(text, boot, &position) < 0)
		position = (struct position){};
	snprintf(position.boot, sizeof(position.boot), "%s", boot);
	*ret_position = position;
}

int position_store(int run, const struct position *position)
{
	char text[SIZE];
	int length = snprintf(text, sizeof(text), "%s %" PRIu64 " %" PRIu64 "\n", position->boot,
			      position->monotonic_us, position->sequence);

	return file_write_atomic(run, NAME, text, (size_t)length, 0644);
}

bool position_is_new(const struct position *position, const struct journal_record *record)
{
	if (record->boot.length != strlen(position->boot) ||
	    memcmp(record->boot.bytes, position->boot, record->boot.length) != 0)
		return false;
	if (record->monotonic_us != position->monotonic_us)
		return record->monotonic_us > position->monotonic_us;
	return record->sequence > position->sequence;
}

void position_pass(struct position *position, const struct journal_record *record)
{
	position->monotonic_us = record->monotonic_us;
	position->sequence = record->sequence;
}
