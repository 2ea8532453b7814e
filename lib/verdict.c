#include "verdict.h"

#include "cleanup.h"

static const char *const names[VERDICT_COUNT] = {
	[VERDICT_BROKEN] = "broken",   [VERDICT_GRANTED] = "granted",
	[VERDICT_WRONG] = "wrong",     [VERDICT_NO_KEY] = "no-key",
	[VERDICT_TIMEOUT] = "timeout", [VERDICT_CANCELLED] = "cancelled",
	[VERDICT_BLOCKED] = "blocked", [VERDICT_EXEMPT] = "exempt",
};

const char *verdict_name(unsigned int verdict)
{
	return verdict < VERDICT_COUNT ? names[verdict] : names[VERDICT_BROKEN];
}
