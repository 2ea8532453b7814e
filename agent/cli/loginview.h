/* One log-in as `sekisho explain login` sees it beforehand. Everything that decides is asked of the
 * log-in's own functions; here it is gathered and told. */
#ifndef SEKISHO_LOGINVIEW_H
#define SEKISHO_LOGINVIEW_H

#include "logins.h"

#include "agent/auth/loginpolicy.h"
#include "agent/auth/shared.h"

#include <stdio.h>

enum loginview_known {
	LOGINVIEW_NO,
	LOGINVIEW_YES,
	LOGINVIEW_UNSEEN, /* only root sees it */
};

struct loginview {
	const char *user, *service;
	struct settings settings; /* those of this log-in */
	struct loginrules rules;
	struct settings_places places;
	struct loginpolicy policy;
	bool exempt;
	bool account; /* the name is one of this machine */
	enum failure roster; /* FAILURE_NONE: read */
	struct standing standing;
	struct shared shared; /* whose keys open an account that several people share */
	enum loginview_known code; /* one that is good today */
	enum loginview_known waits; /* wrong answers make the next try wait */
	int64_t wait_ms;
	bool asked; /* Sekisho is, by the service's configuration */
	bool open; /* it lets in with less than two factors, or can't be judged */
};

/* Tells the sections' part: what holds, by which line of which file. */
void loginview_tell_why(const struct loginview *view);

/* Tells what is asked, in the order of the service's modules, and where that is not two factors;
 * fills .asked and .open. @named: the service has a configuration of its own. */
void loginview_tell_service(struct loginview *view, const struct login *login, bool named);

/* Tells what would be refused today, each with the reason of its event. LOGINVIEW_YES: the person
 * can get in. */
enum loginview_known loginview_tell_refusals(const struct loginview *view);

#endif
