/* One line on the text consoles where the person sits. */
#ifndef SEKISHO_CONSOLE_H
#define SEKISHO_CONSOLE_H

#include <jansson.h>
#include <stddef.h>

/* Writes it to each text console on which a session of ours is active. 0, also where there is none.
 * -EBUSY: a PIN or password is being typed on one; it is to be tried again. Other -errno. */
int console_tell(const char *line);

/* The same to one terminal that has to be ours. */
int console_write(const char *path, const char *line);

/* "[S-4302] no. 12: ..." in ASCII: a console draws nothing else. What the device says of itself is
 * not in it, for it could look like a question. Pure. */
void console_line(const json_t *refusal, size_t more, char *line, size_t size);

#endif
