/* Whatever a collector sends: frames are read or refused, and wait for their last byte, however
 * they come; a frame that was read is, written again, the same bytes but for the space before
 * absent data; the state never counts below nothing. */
#include "agent/forward/relp.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char written[RELP_ANSWER_MAX + RELP_HEADER_MAX];
	const char *bytes = (const char *)data;
	struct relp_frame frame;
	struct relp relp;
	size_t used, none;

	relp_begin(&relp);
	relp_open(&relp, written, sizeof(written));
	while (relp_parse(bytes, size, &frame, &used) == 1) {
		enum relp_event event;
		size_t length = relp_format(frame.txnr, frame.command, frame.data, frame.length,
					    written, sizeof(written));

		for (size_t part = 0; part < used; part++)
			if (relp_parse(bytes, part, &(struct relp_frame){}, &none) != 0)
				__builtin_trap();
		if (used > size || frame.length > RELP_ANSWER_MAX || length == 0)
			__builtin_trap();
		if (relp_take(&relp, &frame, &event) < 0)
			break;
		while (relp_message(&relp, "event", 5, written, sizeof(written)) > 0)
			;
		if (relp.under_way > RELP_WINDOW)
			__builtin_trap();
		bytes += used;
		size -= used;
	}
	return 0;
}
