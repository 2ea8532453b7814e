/* Questions of a dialog: shown on standard output, answered with a line of standard input. */
#ifndef SEKISHO_CLI_QUESTION_H
#define SEKISHO_CLI_QUESTION_H

#include <stdbool.h>
#include <stddef.h>

#define QUESTION_TRIES 10 /* answers that are none, then it is given up */

/* The line without the blanks around it; "" for an empty one. -ENODATA at the end of input, or
 * after too many lines that are too long or not all visible; -ENOMEM. */
int question_text(const char *prompt, char *text, size_t size);

/* y, yes, n or no, in Japanese too; an empty line is @otherwise, which is shown behind the
 * question. The same errors. */
int question_yes(const char *question, bool otherwise, bool *ret_yes);

/* The same where no answer is a no. */
bool question_agreed(const char *question);

#endif
