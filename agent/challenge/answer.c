#include "answer.h"

#include <stdbool.h>
#include <string.h>

/* HID usage tables 1.12, chapter 10: the keyboard page. */
#define USAGE_UNDEFINED                                                                            \
	0x03 /* and below but for 0: the keyboard is at a loss, no keys are told                   \
	      */
#define USAGE_1		   0x1e
#define USAGE_0		   0x27
#define USAGE_ENTER	   0x28
#define USAGE_ESCAPE	   0x29
#define USAGE_BACKSPACE	   0x2a
#define USAGE_KEYPAD_ENTER 0x58
#define USAGE_KEYPAD_1	   0x59
#define USAGE_KEYPAD_0	   0x62

void answer_begin(struct answer *answer, const char *code, unsigned int tries)
{
	*answer = (struct answer){.tries = tries};
	memcpy(answer->code, code, sizeof(answer->code));
}

static bool has(const uint8_t *keys, size_t count, uint8_t key)
{
	return memchr(keys, key, count) != NULL;
}

/* The digit of a key by its place, whatever its cap says and whichever modifiers are down; -1:
 * none.
 */
static int digit_of(uint8_t key)
{
	if (key >= USAGE_1 && key <= USAGE_0)
		return (key - USAGE_1 + 1) % 10;
	if (key >= USAGE_KEYPAD_1 && key <= USAGE_KEYPAD_0)
		return (key - USAGE_KEYPAD_1 + 1) % 10;
	return -1;
}

static void press(struct answer *answer, uint8_t key)
{
	int digit = digit_of(key);

	if (digit >= 0)
		answer->typed[answer->count++] = (char)('0' + digit);
	else if (key == USAGE_BACKSPACE && answer->count > 0)
		answer->count--;
	else if (key == USAGE_ENTER || key == USAGE_KEYPAD_ENTER || key == USAGE_ESCAPE)
		answer->count = 0;
	if (answer->count < CHALLENGE_DIGITS)
		return;
	answer->count = 0;
	if (memcmp(answer->typed, answer->code, CHALLENGE_DIGITS) != 0)
		answer->tries--;
	else
		answer->count = CHALLENGE_DIGITS;
}

static enum answer_state state_of(const struct answer *answer)
{
	if (answer->count == CHALLENGE_DIGITS)
		return ANSWER_RIGHT;
	return answer->tries == 0 ? ANSWER_WRONG : ANSWER_MORE;
}

enum answer_state answer_report(struct answer *answer, const uint8_t *report, size_t length)
{
	const uint8_t *keys = report + ANSWER_REPORT - ANSWER_KEYS;
	unsigned int tries = answer->tries;

	if (length < ANSWER_REPORT || state_of(answer) != ANSWER_MORE)
		return state_of(answer);
	for (size_t i = 0; i < ANSWER_KEYS; i++)
		if (keys[i] > 0 && keys[i] <= USAGE_UNDEFINED)
			return ANSWER_MORE;
	for (size_t i = 0; i < ANSWER_KEYS && state_of(answer) == ANSWER_MORE; i++)
		if (keys[i] && !has(answer->down, ANSWER_KEYS, keys[i]) && !has(keys, i, keys[i]))
			press(answer, keys[i]);
	memcpy(answer->down, keys, ANSWER_KEYS);
	if (state_of(answer) != ANSWER_MORE)
		return state_of(answer);
	return answer->tries < tries ? ANSWER_AGAIN : ANSWER_MORE;
}
