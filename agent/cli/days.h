/* Days for people: "2026-04-01..2027-03-31", an end that is not given is left out. */
#ifndef SEKISHO_CLI_DAYS_H
#define SEKISHO_CLI_DAYS_H

#include <stdint.h>

#define DAYS_SIZE 40

void days_format(uint32_t from, uint32_t to, char text[static DAYS_SIZE]);

#endif
