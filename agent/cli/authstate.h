/* authd's directory of secrets and counts, for root's commands. */
#ifndef SEKISHO_CLI_AUTHSTATE_H
#define SEKISHO_CLI_AUTHSTATE_H

/* Becomes, for good, the user whose the directory is: root writes nothing in a folder of another
 * user's, who could have put a link there. -ENOTDIR, -errno. */
int authstate_become_owner(const char *directory);

#endif
