#include "relp.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define OFFER                                                                                      \
	"relp_version=0\nrelp_software=sekisho-forward," SEKISHO_VERSION                           \
	",https://sekisho.example.org\ncommands=syslog"
#define OK_CODE "200"

size_t relp_format(uint32_t txnr, const char *command, const void *data, size_t length, char *frame,
		   size_t size)
{
	int header = snprintf(frame, size, "%" PRIu32 " %s %zu%s", txnr, command, length,
			      length > 0 ? " " : "");

	if (header < 0 || (size_t)header >= size || length + 1 > size - (size_t)header)
		return 0;
	if (length > 0)
		memcpy(frame + header, data, length);
	frame[(size_t)header + length] = '\n';
	return (size_t)header + length + 1;
}

/* A number of at most nine digits at the place, with the byte behind it. 1, 0 if its end has not
 * come, -EBADMSG. */
static int parse_number(const char *bytes, size_t length, size_t *at, uint32_t *ret_number)
{
	uint32_t number = 0;
	size_t digits = 0;

	while (*at + digits < length && digits < 10) {
		char c = bytes[*at + digits];

		if (!isdigit((unsigned char)c)) {
			*at += digits;
			*ret_number = number;
			return digits > 0 ? 1 : -EBADMSG;
		}
		if (digits == 9)
			return -EBADMSG;
		number = 10 * number + (uint32_t)(c - '0');
		digits++;
	}
	return 0;
}

static int parse_command(const char *bytes, size_t length, size_t *at,
			 char ret_command[static RELP_COMMAND_MAX])
{
	size_t count = 0;

	while (*at + count < length) {
		char c = bytes[*at + count];

		if (!isalnum((unsigned char)c)) {
			memcpy(ret_command, bytes + *at, count);
			ret_command[count] = '\0';
			*at += count;
			return count > 0 ? 1 : -EBADMSG;
		}
		if (++count == RELP_COMMAND_MAX)
			return -EBADMSG;
	}
	return 0;
}

static int expect(const char *bytes, size_t length, size_t *at, char wanted)
{
	if (*at >= length)
		return 0;
	return bytes[(*at)++] == wanted ? 1 : -EBADMSG;
}

int relp_parse(const char *bytes, size_t length, struct relp_frame *ret_frame, size_t *ret_used)
{
	struct relp_frame frame = {};
	uint32_t data;
	size_t at = 0;
	int r;

	if ((r = parse_number(bytes, length, &at, &frame.txnr)) <= 0 ||
	    (r = expect(bytes, length, &at, ' ')) <= 0 ||
	    (r = parse_command(bytes, length, &at, frame.command)) <= 0 ||
	    (r = expect(bytes, length, &at, ' ')) <= 0 ||
	    (r = parse_number(bytes, length, &at, &data)) <= 0)
		return r;
	if (data > RELP_ANSWER_MAX)
		return -EMSGSIZE;
	/* librelp writes the space before an absent DATA in some answers. */
	if (data > 0 || (at < length && bytes[at] == ' ')) {
		r = expect(bytes, length, &at, ' ');
		if (r <= 0)
			return r;
	}
	if (length - at <= data)
		return 0;
	frame.data = bytes + at;
	frame.length = data;
	at += data;
	r = expect(bytes, length, &at, '\n');
	if (r <= 0)
		return r;
	*ret_frame = frame;
	*ret_used = at;
	return 1;
}

void relp_begin(struct relp *relp)
{
	*relp = (struct relp){.state = RELP_NEW, .next = 1};
}

static uint32_t after(uint32_t txnr)
{
	return txnr == RELP_TXNR_MAX ? 1 : txnr + 1;
}

static size_t send_frame(struct relp *relp, const char *command, const void *data, size_t length,
			 char *frame, size_t size)
{
	size_t written = relp_format(relp->next, command, data, length, frame, size);

	if (written > 0)
		relp->next = after(relp->next);
	return written;
}

size_t relp_open(struct relp *relp, char *frame, size_t size)
{
	size_t length = 0;

	if (relp->state == RELP_NEW)
		length = send_frame(relp, "open", OFFER, sizeof(OFFER) - 1, frame, size);
	if (length > 0)
		relp->state = RELP_OFFERED;
	return length;
}

size_t relp_message(struct relp *relp, const void *message, size_t length, char *frame, size_t size)
{
	size_t written = 0;

	if (relp->state == RELP_OPEN && relp->under_way < RELP_WINDOW)
		written = send_frame(relp, "syslog", message, length, frame, size);
	if (written > 0)
		relp->under_way++;
	return written;
}

size_t relp_close(struct relp *relp, char *frame, size_t size)
{
	size_t length = 0;

	if (relp->state == RELP_OPEN)
		length = send_frame(relp, "close", NULL, 0, frame, size);
	if (length > 0)
		relp->state = RELP_CLOSING;
	return length;
}

static bool is_ok(const struct relp_frame *frame)
{
	const size_t length = sizeof(OK_CODE) - 1;

	return frame->length >= length && memcmp(frame->data, OK_CODE, length) == 0 &&
	       (frame->length == length || !isdigit((unsigned char)frame->data[length]));
}

/* Whether the line `commands=` of the server's offer, behind the code's line, names syslog. */
static bool takes_syslog(const struct relp_frame *frame)
{
	static const char key[] = "commands=";
	const char *end = frame->data + frame->length;
	const char *line = frame->data;

	while (line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t length = (size_t)((stop ? stop : end) - line);

		if (length >= sizeof(key) - 1 && memcmp(line, key, sizeof(key) - 1) == 0)
			return memmem(line, length, "syslog", 6) != NULL;
		if (!stop)
			break;
		line = stop + 1;
	}
	return false;
}

static int take_answer(struct relp *relp, const struct relp_frame *frame,
		       enum relp_event *ret_event)
{
	if (relp->state == RELP_OFFERED) {
		if (frame->txnr != 1 || !is_ok(frame))
			return -EPROTO;
		if (!takes_syslog(frame))
			return -EOPNOTSUPP;
		relp->state = RELP_OPEN;
		relp->oldest = relp->next;
		*ret_event = RELP_OPENED;
		return 0;
	}
	if (frame->txnr != relp->oldest)
		return -EPROTO;
	if (relp->under_way > 0) {
		relp->under_way--;
		relp->oldest = after(relp->oldest);
		*ret_event = is_ok(frame) ? RELP_ACKNOWLEDGED : RELP_REFUSED;
		return 0;
	}
	if (relp->state != RELP_CLOSING)
		return -EPROTO;
	relp->state = RELP_CLOSED;
	*ret_event = RELP_ENDED;
	return 0;
}

int relp_take(struct relp *relp, const struct relp_frame *frame, enum relp_event *ret_event)
{
	if (strcmp(frame->command, "serverclose") == 0) {
		relp->state = RELP_CLOSED;
		*ret_event = RELP_SERVER_CLOSES;
		return 0;
	}
	if (strcmp(frame->command, "rsp") != 0 || relp->state == RELP_NEW ||
	    relp->state == RELP_CLOSED)
		return -EPROTO;
	return take_answer(relp, frame, ret_event);
}
