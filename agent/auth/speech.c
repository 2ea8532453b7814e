#include "speech.h"

#include "cleanup.h"
#include "file.h"
#include "language.h"
#include "number.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#define TTY_MAJOR 4
#define TTY_WORD  5 /* tty_nr, counted from the program's name */
#define SERIAL	  64 /* the first minor number that is no text console's (devices.txt) */

void speech_console(const char *stat, char tty[static SPEECH_TTY])
{
	/* The program's name may hold anything, blanks and brackets too. */
	const char *at = strrchr(stat, ')');
	char word[16];
	uint64_t device;
	size_t length;

	tty[0] = '\0';
	for (int i = 0; at && i < TTY_WORD; i++)
		at = strchr(at + 1, ' ');
	if (!at)
		return;
	length = strcspn(++at, " ");
	if (length >= sizeof(word))
		return;
	memcpy(word, at, length);
	word[length] = '\0';
	if (number_parse(word, 0, UINT32_MAX, &device) == 0 && major((dev_t)device) == TTY_MAJOR &&
	    minor((dev_t)device) > 0 && minor((dev_t)device) < SERIAL)
		snprintf(tty, SPEECH_TTY, "tty%u", minor((dev_t)device));
}

static const char *own_locale(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = getenv(names[i]);

		if (value && value[0] != '\0')
			return value;
	}
	return "";
}

bool speech_japanese(const struct auth_hello *hello, pid_t pid)
{
	char path[64];
	char stat[1024];
	char tty[SPEECH_TTY] = "";

	if (hello->locale[0] != '\0')
		return language_japanese(hello->locale, hello->tty, hello->service);
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (hello->tty[0] == '\0' && file_read_line(AT_FDCWD, path, stat, sizeof(stat)) == 0)
		speech_console(stat, tty);
	return language_japanese(own_locale(), hello->tty[0] ? hello->tty : tty, hello->service);
}
