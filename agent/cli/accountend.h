/* Whether an account, or its password, is over by shadow(5): pam_unix refuses it then in account
 * management, whatever the factors were. */
#ifndef SEKISHO_ACCOUNTEND_H
#define SEKISHO_ACCOUNTEND_H

#include "pamstack.h"

#include "agent/auth/roster.h"

#include <shadow.h>
#include <stdbool.h>

enum accountend {
	ACCOUNTEND_NONE, /* neither, as far as is known */
	ACCOUNTEND_ACCOUNT,
	ACCOUNTEND_PASSWORD, /* too long to be changed any more */
};

/* The line of pam_unix among @account, or NULL. */
const struct pamstack_element *accountend_line(const struct pamstack_chain *account);

/* At that moment, or, where it is without a minute, when its day begins; whose @shadow it is has to
 * have one. Where @line says no_pass_expiry, passwords are left out. Pure but for the time zone. */
enum accountend accountend_at(const struct spwd *shadow, const struct pamstack_element *line,
			      struct roster_moment moment);

#endif
