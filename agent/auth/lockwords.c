#include "lockwords.h"

#include <string.h>

#define SHORT_MS 90000 /* told in seconds */

void lockwords_wait(const struct lockout *lockout, time_t clock, char *text, size_t size)
{
	const int64_t left = lockout->wait_ms;
	/* In whole minutes, and not one too early. */
	const time_t at = clock + (time_t)((left + 59999) / 1000);
	enum message message = failure_rows[lockout->why].message;
	char time_of_day[16] = "?";
	const struct message_values values = {
		.seconds = (unsigned int)((left + 999) / 1000),
		.minutes = (unsigned int)((left + 59999) / 60000),
		.time = time_of_day,
	};
	struct tm parts;

	if (localtime_r(&at, &parts))
		strftime(time_of_day, sizeof(time_of_day), "%-H:%M", &parts);
	if (message == MESSAGE_LOCKED && left <= SHORT_MS)
		message = MESSAGE_LOCKED_SECONDS;
	message_format(message, &values, text, size);
}

void lockwords_format(enum failure failure, const struct lockout *lockout,
		      const struct message_values *values, char *text, size_t size)
{
	enum message message = failure_rows[failure].message;
	size_t length;

	if (failure == FAILURE_LOCKED || failure == FAILURE_TERMINAL_LOCKED) {
		lockwords_wait(lockout, time(NULL), text, size);
		return;
	}
	if (failure == FAILURE_PIN_WRONG && values->left > 0)
		message = MESSAGE_PIN_WRONG_LEFT;
	message_format(message, values, text, size);
	length = strlen(text);
	if (!lockout->locked || length + 2 >= size)
		return;
	text[length++] = '\n';
	lockwords_wait(lockout, time(NULL), text + length, size - length);
}
