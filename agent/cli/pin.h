/* A PIN typed at the terminal. */
#ifndef SEKISHO_PIN_H
#define SEKISHO_PIN_H

#include "secret.h"

/* Reads a line from standard input, without echo if that is a terminal; a signal that ends the
 * program finds the echo back on. The program can't be dumped from then on. -EINVAL if it can't be
 * a PIN, -errno. */
int pin_read(struct secret *pin);

#endif
