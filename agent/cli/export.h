/* What the parts of `sekisho export` share. */
#ifndef SEKISHO_CLI_EXPORT_H
#define SEKISHO_CLI_EXPORT_H

#include <stddef.h>
#include <stdio.h>

struct export
{
	const char *roster;
	const char *state; /* directory of the one-time codes */
	const char *path; /* of a form with secrets: the file to be made */
	FILE *out;
	size_t lost; /* what was named as not carried over */
};

/* Names something of @user's that the form has no word for; translated. */
void export_lost(struct export *export, const char *user, const char *what);

/* The whole of `sekisho export users.oath`: COMMAND_OK, COMMAND_NO where something was lost. */
int export_users_oath(struct export *export);

#endif
