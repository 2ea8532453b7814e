/* Ways to be a bad authenticator, on demand. A set of them is a word of bits. */
#ifndef SOFTKEY_MISBEHAVE_H
#define SOFTKEY_MISBEHAVE_H

#include <stddef.h>
#include <stdint.h>

enum misbehaviour {
	MISBEHAVE_WRONG_SIGNATURE,
	MISBEHAVE_WRONG_CHALLENGE,
	MISBEHAVE_WRONG_RP,
	MISBEHAVE_OTHER_CREDENTIAL,
	MISBEHAVE_NO_UV_BIT,
	MISBEHAVE_NO_UP_BIT,
	MISBEHAVE_UV_IGNORED,
	MISBEHAVE_COUNTER_BACK,
	MISBEHAVE_COUNTER_REPEAT,
	MISBEHAVE_GARBAGE_CBOR,
	MISBEHAVE_HUGE_CBOR,
	MISBEHAVE_TRUNCATED_RESPONSE,
	MISBEHAVE_TRUNCATED_FRAMES,
	MISBEHAVE_HUGE_COUNT,
	MISBEHAVE_SILENT_REFUSED,
	MISBEHAVE_SILENT_NEEDS_UV,
	MISBEHAVE_DENY,
	MISBEHAVE_STALL,
	MISBEHAVE_STALL_BEHIND,
	MISBEHAVE_STALL_INFO,
	MISBEHAVE_STALL_INIT,
	MISBEHAVE_UNPLUG_MIDWAY,
	MISBEHAVE_COUNT,
};

struct misbehaviour_row {
	const char *name;
	const char *help;
};

/* Indexed by enum misbehaviour. */
extern const struct misbehaviour_row misbehaviour_table[MISBEHAVE_COUNT];

/* -ENOENT for an unknown name. */
int misbehave_parse(const char *name, enum misbehaviour *ret_misbehaviour);

static inline int misbehaves(uint32_t set, enum misbehaviour misbehaviour)
{
	return (set >> misbehaviour) & 1;
}

#endif
