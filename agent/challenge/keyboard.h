/* A keyboard that no driver has, read by usbfs: Documentation/driver-api/usb/usb.rst of Linux. */
#ifndef SEKISHO_KEYBOARD_H
#define SEKISHO_KEYBOARD_H

#include "answer.h"

#include <stdbool.h>

/* Asks the interface to speak the boot protocol and to report changes alone, or what drivers
 * expect. Some keyboards refuse: then they speak it anyway, or their answer is not understood. */
void keyboard_speak(int fd, uint8_t interface, bool boot);

/* A transfer ends with a short packet or a full buffer, and a keyboard's reports are whole packets
 * as a rule: so it asks for one @packet, CHALLENGE_PACKET_MIN to CHALLENGE_PACKET_MAX bytes, at a
 * time. Reads until something new is to be said of @answer, the @deadline of CLOCK_MONOTONIC in ms
 * has passed
 * (-ETIMEDOUT), the connection @peer ends (-ECONNRESET), or the device fails: -errno. */
int keyboard_read(int fd, uint8_t endpoint, uint16_t packet, struct answer *answer, int peer,
		  int64_t deadline, enum answer_state *ret_state);

#endif
