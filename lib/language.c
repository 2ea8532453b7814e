#include "language.h"

#include "cleanup.h"

#include <string.h>

bool language_text_console(const char *tty)
{
	if (strncmp(tty, "/dev/", 5) == 0)
		tty += 5;
	return strncmp(tty, "tty", 3) == 0 && tty[3] != '\0' &&
	       tty[3 + strspn(tty + 3, "0123456789")] == '\0';
}

bool language_japanese(const char *locale, const char *tty, const char *service)
{
	/* They name the console they draw on, and draw with fonts. */
	static const char *const graphical[] = {"gdm", "lightdm", "sddm", "lxdm", "xdm", "kde"};

	if (strncmp(locale, "ja", 2) != 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(graphical); i++)
		if (strncmp(service, graphical[i], strlen(graphical[i])) == 0)
			return true;
	return !language_text_console(tty);
}
