/* A conversation with sekisho-authd that is no log-in. */
#ifndef SEKISHO_CLI_TALK_H
#define SEKISHO_CLI_TALK_H

/* Has the key of whoever runs the program verified and prints the answer to be read to a colleague
 * at another terminal. COMMAND_OK; COMMAND_NO where authd refused; COMMAND_ERROR. */
int talk_vouch(const char *socket);

#endif
