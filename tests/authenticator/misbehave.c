#include "misbehave.h"

#include <errno.h>
#include <string.h>

const struct misbehaviour_row misbehaviour_table[MISBEHAVE_COUNT] = {
	[MISBEHAVE_WRONG_SIGNATURE] = {"wrong-signature", "signs with a key of nobody"},
	[MISBEHAVE_WRONG_CHALLENGE] = {"wrong-challenge", "signs another client data hash"},
	[MISBEHAVE_WRONG_RP] = {"wrong-rp", "signs for another relying party"},
	[MISBEHAVE_OTHER_CREDENTIAL] = {"other-credential", "names a credential not asked for"},
	[MISBEHAVE_NO_UV_BIT] = {"no-uv-bit", "verifies the user but leaves the flag clear"},
	[MISBEHAVE_NO_UP_BIT] = {"no-up-bit", "waits for the touch but leaves the flag clear"},
	[MISBEHAVE_UV_IGNORED] = {"uv-ignored",
				  "says it is a 2.0 key that can verify the user, and never does"},
	[MISBEHAVE_COUNTER_BACK] = {"counter-back", "every signature counter is one lower"},
	[MISBEHAVE_COUNTER_REPEAT] = {"counter-repeat", "repeats the last signature counter"},
	[MISBEHAVE_GARBAGE_CBOR] = {"garbage-cbor", "answers success and bytes that are no CBOR"},
	[MISBEHAVE_HUGE_CBOR] = {"huge-cbor",
				 "claims a map of 2^27 pairs: 2 GiB to a reader that believes it"},
	[MISBEHAVE_TRUNCATED_RESPONSE] = {"truncated-response", "cuts the CBOR in half"},
	[MISBEHAVE_TRUNCATED_FRAMES] = {"truncated-frames", "sends only the first report"},
	[MISBEHAVE_HUGE_COUNT] = {"huge-count", "claims a million assertions and serves them all"},
	[MISBEHAVE_SILENT_REFUSED] = {"silent-refused", "answers up=false with UNSUPPORTED_OPTION"},
	[MISBEHAVE_SILENT_NEEDS_UV] = {"silent-needs-uv", "answers up=false with PUAT_REQUIRED"},
	[MISBEHAVE_DENY] = {"deny", "answers with OPERATION_DENIED after the touch"},
	[MISBEHAVE_STALL] = {"stall", "takes a request to sign and never answers"},
	[MISBEHAVE_STALL_BEHIND] = {"stall-behind",
				    "answers a request to sign, and never what comes behind it"},
	[MISBEHAVE_STALL_INFO] = {"stall-info", "never answers any CTAP2 command"},
	[MISBEHAVE_STALL_INIT] = {"stall-init", "never answers anything, not even CTAPHID_INIT"},
	[MISBEHAVE_UNPLUG_MIDWAY] = {"unplug-midway", "is pulled while it waits for the touch"},
};

int misbehave_parse(const char *name, enum misbehaviour *ret_misbehaviour)
{
	for (int i = 0; i < MISBEHAVE_COUNT; i++) {
		if (strcmp(misbehaviour_table[i].name, name) == 0) {
			*ret_misbehaviour = (enum misbehaviour)i;
			return 0;
		}
	}
	return -ENOENT;
}
