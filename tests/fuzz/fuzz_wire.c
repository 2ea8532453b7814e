/* Any packet as any message: refused, or decoded into something that encodes and decodes the same.
 */
#include "protocol.h"

#include "cleanup.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct wire_layout *const layouts[] = {
	&auth_hello_layout,   &auth_answer_layout,    &auth_prompt_layout,  &auth_notice_layout,
	&auth_verdict_layout, &record_request_layout, &record_reply_layout, &control_request_layout,
	&control_line_layout, &control_end_layout,    &auth_passed_layout,  &record_door_layout,
};

static union message {
	char bytes[16384];
	uint64_t aligned;
} first, second;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct wire_packet packet;
	uint16_t type;

	if (size > sizeof(packet.bytes))
		return 0;
	memcpy(packet.bytes, data, size);
	packet.length = size;
	if (wire_type(&packet, &type) < 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		if (wire_decode(layouts[i], &packet, &first) < 0)
			continue;
		if (layouts[i]->type != type || wire_encode(layouts[i], &first, &packet) < 0 ||
		    wire_decode(layouts[i], &packet, &second) < 0 ||
		    memcmp(&first, &second, layouts[i]->size) != 0)
			__builtin_trap();
	}
	return 0;
}
