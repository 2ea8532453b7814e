#include "accountend.h"

#include "pammodule.h"

#include <string.h>
#include <time.h>

#define SECONDS_OF_DAY 86400

const struct pamstack_element *accountend_line(const struct pamstack_chain *account)
{
	for (size_t i = 0; i < account->count; i++)
		if (account->list[i].module &&
		    strcmp(pammodule_name(account->list[i].module), "pam_unix.so") == 0)
			return &account->list[i];
	return NULL;
}

/* shadow(5) and pam_unix count days since 1970 in UTC, so that here one begins at any hour. */
static long day_of(struct roster_moment moment)
{
	struct tm parts = {.tm_year = (int)(moment.day / 10000) - 1900,
			   .tm_mon = (int)(moment.day / 100 % 100) - 1,
			   .tm_mday = (int)(moment.day % 100),
			   .tm_min = moment.minute < 0 ? 0 : moment.minute,
			   .tm_isdst = -1};
	const time_t at = mktime(&parts);

	return at < 0 ? -1 : (long)(at / SECONDS_OF_DAY);
}

/* As check_shadow_expiry() of Linux-PAM has it; -1: not given. */
enum accountend accountend_at(const struct spwd *shadow, const struct pamstack_element *line,
			      struct roster_moment moment)
{
	const long day = day_of(moment), age = day - shadow->sp_lstchg;

	if (day < 0)
		return ACCOUNTEND_NONE;
	if (shadow->sp_expire != -1 && day >= shadow->sp_expire)
		return ACCOUNTEND_ACCOUNT;
	/* 0: to be changed at the next log-in, which lets in. */
	if (shadow->sp_lstchg <= 0 || shadow->sp_max == -1 || shadow->sp_inact == -1 ||
	    strstr(line->arguments, "no_pass_expiry\n"))
		return ACCOUNTEND_NONE;
	return age > shadow->sp_max && age > shadow->sp_inact &&
			       age - shadow->sp_max > shadow->sp_inact
		       ? ACCOUNTEND_PASSWORD
		       : ACCOUNTEND_NONE;
}
