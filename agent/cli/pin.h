/* A PIN typed at the terminal. */
#ifndef SEKISHO_PIN_H
#define SEKISHO_PIN_H

#include "secret.h"

/* Asks with @prompt on standard error and reads a line from standard input, without echo if that is
 * a terminal: it is off before the prompt shows, for who types at once. A signal that ends the
 * program finds the echo back on. The program can't be dumped from then on. -EINVAL for an
 * empty line, -ENODATA for none, -errno. */
int pin_read_line(const char *prompt, struct secret *line);

/* The same for a PIN: 1 to 63 bytes. */
int pin_read(const char *prompt, struct secret *pin);

#endif
