/* A whole log-in through PAM that opens nothing: service sekisho-try. */
#ifndef SEKISHO_REHEARSAL_H
#define SEKISHO_REHEARSAL_H

#define REHEARSAL_SERVICE "sekisho-try"

/* Asks @user's key, PIN and password on the terminal. 0; -EACCES if PAM refused, with PAM's words
 * for it in @ret_why (static); -ENOENT if the service's file is missing. */
int rehearsal_run(const char *user, const char **ret_why);

#endif
