/* sekisho explain login --everybody: who of all people gets in at a service, and why not. */
#ifndef SEKISHO_LOGINLIST_H
#define SEKISHO_LOGINLIST_H

#include "loginask.h"

/* Of all whom the roster, the file of operators or the file of codes names. COMMAND_OK: all of them
 * get in, and nobody does with less than two factors; COMMAND_NO; COMMAND_ERROR with a message. */
int loginlist_show(struct loginask *ask);

#endif
