/* The certificates that a collector has to refuse, which `sekisho doctor` shows to it in this
 * terminal's place. One that its authority signed has to be this terminal's own in all but the one
 * thing that it is to be refused for: it lies beside this terminal's certificate, where
 * `sekisho-collector terminal` made it. */
#ifndef SEKISHO_STRANGERS_H
#define SEKISHO_STRANGERS_H

#include "collectors.h"

enum stranger {
	STRANGER_FORGED, /* link_forge(): only we signed it */
	STRANGER_NAME, /* stranger.pem: of no terminal */
	STRANGER_EXPIRED, /* expired.pem: ours, of long ago */
	STRANGER_COUNT
};

/* As probe.c tells of them. */
extern const char *const strangers_words[STRANGER_COUNT];

/* *ret_collectors: @collectors, but for the certificate that is shown. -ENOENT: it is not there.
 * -EBADMSG: refused it would prove nothing, such as one of another authority or for another key. */
int strangers_disguise(enum stranger stranger, const struct collectors *collectors,
		       struct collectors *ret_collectors);

#endif
