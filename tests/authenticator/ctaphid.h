/* CTAPHID (CTAP 2.1, 11.2): channels, and messages cut into reports of 64 bytes. One message at a
 * time, as on real keys. Pure: no descriptor, no clock. */
#ifndef SOFTKEY_CTAPHID_H
#define SOFTKEY_CTAPHID_H

#include "encoder.h"

#include <stdbool.h>
#include <stdint.h>

#define REPORT_SIZE	   64 /* bytes, without a report number */
#define CTAPHID_MAX	   ENCODER_SIZE /* bytes of a message */
#define CTAPHID_BROADCAST  0xffffffffU
#define CTAPHID_ANSWER_MAX 17
#define CTAPHID_PART_MS	   1000 /* patience for the next report of a message */

struct ctaphid {
	uint32_t channels; /* given out so far, numbered from 1 */
	bool receiving; /* the rest of a message is awaited */
	bool busy; /* a message is complete and not yet answered */
	uint32_t channel; /* of that message */
	uint8_t command;
	uint8_t sequence; /* of the next report */
	size_t expected;
	size_t length;
	uint64_t since_ms;
	uint8_t bytes[CTAPHID_MAX];
};

enum ctaphid_event {
	CTAPHID_NOTHING,
	CTAPHID_ANSWER, /* send the answer; what this layer answers by itself */
	CTAPHID_MESSAGE, /* hid->bytes is a request; ctaphid_done() once it is answered */
	CTAPHID_CANCELLED, /* the platform wants no more of the message under way */
};

struct ctaphid_result {
	enum ctaphid_event event;
	bool dropped; /* the message under way was given up: answer it no more */
	uint32_t channel;
	uint8_t command;
	uint8_t answer[CTAPHID_ANSWER_MAX];
	size_t length;
};

void ctaphid_receive(struct ctaphid *hid, const uint8_t report[static REPORT_SIZE], uint64_t now_ms,
		     struct ctaphid_result *ret_result);

/* Gives up a message whose reports stopped coming. */
void ctaphid_expire(struct ctaphid *hid, uint64_t now_ms, struct ctaphid_result *ret_result);

/* The message under way is answered, or never will be. */
void ctaphid_done(struct ctaphid *hid);

/* Cuts a message into at most @max_reports reports. */
void ctaphid_send(uint32_t channel, uint8_t command, const uint8_t *bytes, size_t length,
		  size_t max_reports, void (*send)(void *context, const uint8_t *report),
		  void *context);

#endif
