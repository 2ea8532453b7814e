/* sekisho explain login: what a log-in would be asked, why, and what would be refused. */
#ifndef SEKISHO_EXPLAIN_LOGIN_H
#define SEKISHO_EXPLAIN_LOGIN_H

/* As a command's function; @argv[0] is "login". */
int explain_login(int argc, char **argv);

#endif
