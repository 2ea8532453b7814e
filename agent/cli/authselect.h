/* PAM as authselect(8) keeps it, on Fedora and RHEL. */
#ifndef SEKISHO_AUTHSELECT_H
#define SEKISHO_AUTHSELECT_H

#include <stdbool.h>

#define AUTHSELECT	   "/usr/bin/authselect"
#define AUTHSELECT_PROFILE "/usr/share/authselect/vendor/sekisho/system-auth"

struct logins;

/* Of struct stack_keeper. What was selected before is a line of /var/lib/sekisho/authselect.before;
 * where authselect had no hand in the files before, they are authselect's backup "sekisho". */
int authselect_check(void);
void authselect_tell(void);
int authselect_foresee(struct logins *logins);
int authselect_on(void);

/* -EBUSY without @force, where files were edited since; -ENODATA for a backup that isn't whole.
 * Says so on standard error where it is the nearest profile without features that comes back. */
int authselect_off(bool force);
int authselect_forget(void);
bool authselect_unfinished(void);

#endif
