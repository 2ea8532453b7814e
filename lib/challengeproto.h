/* The conversation of sekishod and sekisho-challenge on challenge.sock: one packet of fixed size
 * each way, the first with the usbfs descriptor of a claimed interface. */
#ifndef SEKISHO_CHALLENGEPROTO_H
#define SEKISHO_CHALLENGEPROTO_H

#include <stdint.h>

#define CHALLENGE_VERSION  2
#define CHALLENGE_DIGITS   6
#define CHALLENGE_PORT_MAX 48
/* Of a report, and of a packet of high speed (USB 2.0, 5.7.3). */
#define CHALLENGE_PACKET_MIN 8
#define CHALLENGE_PACKET_MAX 1024

struct challenge_task {
	uint32_t version;
	uint32_t seconds; /* until it is too late */
	uint8_t interface; /* the kernel's number of it */
	uint8_t endpoint; /* its interrupt endpoint, bEndpointAddress */
	uint8_t tries;
	uint8_t reserved; /* 0 */
	uint16_t packet; /* its wMaxPacketSize in bytes */
	char code[CHALLENGE_DIGITS]; /* '0' to '9' */
	char port[CHALLENGE_PORT_MAX]; /* where it is plugged in; zero-padded to its end */
};

enum challenge_outcome {
	CHALLENGE_PASSED = 1, /* the code was typed */
	CHALLENGE_WRONG, /* another one, as often as it may be tried */
	CHALLENGE_EXPIRED,
	CHALLENGE_BROKEN, /* it can't be read: .error */
	CHALLENGE_OUTCOME_COUNT
};

struct challenge_result {
	uint32_t version;
	uint32_t outcome; /* enum challenge_outcome */
	int32_t error; /* 0 or -errno */
};

#endif
