#include "ctaphid.h"

#include "ctap.h"

#include <string.h>

#define INIT_BIT	0x80 /* marks the first report of a message */
#define INIT_HEADER	7 /* bytes: channel, command, length */
#define CONTINUE_HEADER 5 /* bytes: channel, sequence */
#define NONCE_SIZE	8
#define PROTOCOL	2 /* version of CTAPHID */

static uint32_t read_channel(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static void write_channel(uint32_t channel, uint8_t *bytes)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(channel >> (24 - 8 * i));
}

static void fail(uint32_t channel, uint8_t error, struct ctaphid_result *result)
{
	result->event = CTAPHID_ANSWER;
	result->channel = channel;
	result->command = CTAPHID_ERROR;
	result->answer[0] = error;
	result->length = 1;
}

void ctaphid_done(struct ctaphid *hid)
{
	hid->busy = false;
	hid->receiving = false;
}

/* A new channel by broadcast; on a channel of one's own, a fresh start. */
static void initialize(struct ctaphid *hid, uint32_t channel, const uint8_t *nonce,
		       struct ctaphid_result *result)
{
	uint32_t granted = channel;

	if (channel == CTAPHID_BROADCAST) {
		granted = ++hid->channels;
	} else if ((hid->busy || hid->receiving) && hid->channel == channel) {
		ctaphid_done(hid);
		result->dropped = true;
	}
	result->event = CTAPHID_ANSWER;
	result->channel = channel;
	result->command = CTAPHID_INIT;
	memcpy(result->answer, nonce, NONCE_SIZE);
	write_channel(granted, result->answer + NONCE_SIZE);
	result->answer[12] = PROTOCOL;
	result->answer[13] = 1; /* device version: major, minor, build */
	result->answer[14] = 0;
	result->answer[15] = 0;
	result->answer[16] = CTAPHID_CAP_WINK | CTAPHID_CAP_CBOR | CTAPHID_CAP_NMSG;
	result->length = CTAPHID_ANSWER_MAX;
}

static void take(struct ctaphid *hid, const uint8_t *bytes, size_t room,
		 struct ctaphid_result *result)
{
	size_t missing = hid->expected - hid->length;
	size_t count = missing < room ? missing : room;

	memcpy(hid->bytes + hid->length, bytes, count);
	hid->length += count;
	if (hid->length < hid->expected)
		return;
	hid->receiving = false;
	hid->busy = true;
	result->event = CTAPHID_MESSAGE;
	result->channel = hid->channel;
	result->command = hid->command;
}

static void receive_first(struct ctaphid *hid, uint32_t channel, const uint8_t *report,
			  uint64_t now_ms, struct ctaphid_result *result)
{
	uint8_t command = report[4] & (uint8_t)~INIT_BIT;
	size_t length = (size_t)report[5] << 8 | report[6];
	bool active = hid->busy || hid->receiving;

	if (channel == 0 || (channel != CTAPHID_BROADCAST && channel > hid->channels) ||
	    (channel == CTAPHID_BROADCAST && command != CTAPHID_INIT)) {
		fail(channel, CTAPHID_ERR_INVALID_CHANNEL, result);
	} else if (command == CTAPHID_INIT) {
		if (length == NONCE_SIZE)
			initialize(hid, channel, report + INIT_HEADER, result);
		else
			fail(channel, CTAPHID_ERR_INVALID_LEN, result);
	} else if (command == CTAPHID_CANCEL) {
		/* Never answered itself; without a message under way it means nothing. */
		if (hid->busy && hid->channel == channel)
			result->event = CTAPHID_CANCELLED;
	} else if (active && (hid->busy || hid->channel != channel)) {
		fail(channel, CTAPHID_ERR_CHANNEL_BUSY, result);
	} else if (active) {
		ctaphid_done(hid);
		fail(channel, CTAPHID_ERR_INVALID_SEQ, result);
	} else if (length > CTAPHID_MAX) {
		fail(channel, CTAPHID_ERR_INVALID_LEN, result);
	} else {
		hid->receiving = true;
		hid->channel = channel;
		hid->command = command;
		hid->sequence = 0;
		hid->expected = length;
		hid->length = 0;
		hid->since_ms = now_ms;
		take(hid, report + INIT_HEADER, REPORT_SIZE - INIT_HEADER, result);
	}
}

void ctaphid_receive(struct ctaphid *hid, const uint8_t report[static REPORT_SIZE], uint64_t now_ms,
		     struct ctaphid_result *ret_result)
{
	uint32_t channel = read_channel(report);

	*ret_result = (struct ctaphid_result){.event = CTAPHID_NOTHING};
	if (report[4] & INIT_BIT) {
		receive_first(hid, channel, report, now_ms, ret_result);
		return;
	}
	if (!hid->receiving || hid->channel != channel)
		return;
	if (report[4] != hid->sequence) {
		ctaphid_done(hid);
		fail(channel, CTAPHID_ERR_INVALID_SEQ, ret_result);
		return;
	}
	hid->sequence++;
	hid->since_ms = now_ms;
	take(hid, report + CONTINUE_HEADER, REPORT_SIZE - CONTINUE_HEADER, ret_result);
}

void ctaphid_expire(struct ctaphid *hid, uint64_t now_ms, struct ctaphid_result *ret_result)
{
	*ret_result = (struct ctaphid_result){.event = CTAPHID_NOTHING};
	if (!hid->receiving || now_ms - hid->since_ms < CTAPHID_PART_MS)
		return;
	ctaphid_done(hid);
	fail(hid->channel, CTAPHID_ERR_MSG_TIMEOUT, ret_result);
}

void ctaphid_send(uint32_t channel, uint8_t command, const uint8_t *bytes, size_t length,
		  size_t max_reports, void (*send)(void *context, const uint8_t *report),
		  void *context)
{
	size_t at = 0;

	for (size_t i = 0; i < max_reports && (i == 0 || at < length); i++) {
		uint8_t report[REPORT_SIZE] = {};
		size_t header = i == 0 ? INIT_HEADER : CONTINUE_HEADER;
		size_t count = length - at;

		if (count > REPORT_SIZE - header)
			count = REPORT_SIZE - header;
		write_channel(channel, report);
		if (i == 0) {
			report[4] = command | INIT_BIT;
			report[5] = (uint8_t)(length >> 8);
			report[6] = (uint8_t)length;
		} else {
			report[4] = (uint8_t)(i - 1);
		}
		if (count > 0)
			memcpy(report + header, bytes + at, count);
		at += count;
		send(context, report);
	}
}
