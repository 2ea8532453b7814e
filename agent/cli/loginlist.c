#include "loginlist.h"

#include "command.h"
#include "loginday.h"
#include "peoplenames.h"

#include "cleanup.h"
#include "escape.h"
#include "gettext.h"

#include <errno.h>
#include <string.h>

#define NAME_WIDTH    17
#define VERDICT_WIDTH 14

struct counts {
	size_t people, in, vouched;
	bool open; /* somebody gets in with less than two factors, or it can't be judged */
	bool unasked;
};

/* What the person may do for others, or needs others for, on that day. */
static void show_terms(const struct loginview *view)
{
	const struct roster_person *person = &view->standing.person;
	const struct roster_period *period =
		roster_period_on(person->periods, person->n_periods, view->moment.day);
	char rights[ROSTER_RIGHTS_SIZE] = "", hours[ROSTER_HOURS_SIZE] = "";

	if (view->roster == FAILURE_NONE && period) {
		roster_format_rights(period->terms.rights, rights);
		roster_format_hours(&period->terms, hours);
	}
	printf("%s%s%s", rights, rights[0] && hours[0] ? " " : "", hours);
	if (view->roster == FAILURE_NONE && period && period->terms.witnessed)
		printf("%s%s", hours[0] ? " " : "", _("with a witness"));
	putchar('\n');
}

static void show_row(const struct loginview *view, enum loginview_known known, bool vouched,
		     const char *refusals)
{
	char name[1024];

	escape_text(view->user, strlen(view->user), name, sizeof(name));
	command_column(name, NAME_WIDTH);
	command_column(known == LOGINVIEW_YES ? _("gets in")
		       : vouched	      ? _("vouched for")
					      : _("DOES NOT"),
		       VERDICT_WIDTH);
	show_terms(view);
	if (known != LOGINVIEW_YES)
		fputs(refusals, stdout);
}

/* 0 or -errno. */
static int show_person(const struct loginask *ask, const char *user, struct counts *counts)
{
	static struct loginview view;
	_cleanup_free_ char *told = NULL;
	enum loginview_known known = LOGINVIEW_NO;
	size_t length = 0, before = 0;
	bool vouched = false;
	FILE *out = open_memstream(&told, &length);
	int r = out ? 0 : -ENOMEM;

	if (!out)
		return r;
	loginask_look(ask, user, out, &view);
	r = loginask_tell_service(ask, &view);
	/* What is asked, and by which line, is told of one person alone. */
	if (fflush(out) != 0)
		r = -ENOMEM;
	before = length;
	if (r == 0 && view.asked)
		known = loginview_judge(&view, &vouched);
	if (fclose(out) != 0 && r == 0)
		r = -ENOMEM;
	if (r == 0 && view.asked)
		show_row(&view, known, vouched, told + before);
	counts->people++;
	counts->in += known == LOGINVIEW_YES;
	counts->vouched += known != LOGINVIEW_YES && vouched;
	counts->open |= view.open;
	counts->unasked |= !view.asked;
	loginask_forget(&view);
	return r;
}

static void show_title(const struct loginask *ask)
{
	char service[512], day[LOGINDAY_TEXT_MAX];

	escape_text(ask->service, strlen(ask->service), service, sizeof(service));
	loginday_format(ask->moment, day);
	printf(_("Everybody at the service %s, on %s\n"), service, day);
}

static int show_end(const struct loginask *ask, const struct counts *counts)
{
	if (counts->people == 0) {
		puts(_("Nobody is named: no roster, no operators, no codes."));
		return COMMAND_NO;
	}
	if (counts->unasked) {
		printf("  %s\n", _("Sekisho is not asked at this service: neither key nor one-time "
				   "code is needed there."));
		return COMMAND_NO;
	}
	printf(_("people: %zu; get in: %zu, only if a colleague vouches: %zu, do not: %zu\n"),
	       counts->people, counts->in, counts->vouched,
	       counts->people - counts->in - counts->vouched);
	if (counts->open)
		puts(_("There are ways in with less than two factors, or they can't be judged; see "
		       "'sekisho check login'."));
	if (ask->dated)
		loginday_tell_limits(stdout, ask->usual.max_revocation_age > 0);
	return counts->open || counts->in < counts->people ? COMMAND_NO : COMMAND_OK;
}

int loginlist_show(const struct loginask *ask)
{
	_cleanup_peoplenames_ struct peoplenames names = {};
	struct counts counts = {};
	int r = 0, status, complete;

	complete = peoplenames_find("explain", ask->roster, ask->operators, ask->state, &names);
	if (complete == COMMAND_ERROR)
		return complete;
	show_title(ask);
	for (size_t i = 0; r == 0 && !counts.unasked && i < names.count; i++)
		r = show_person(ask, names.list[i], &counts);
	if (r < 0)
		return command_fail("explain", "%s", strerror(-r));
	status = show_end(ask, &counts);
	return status > complete ? status : complete;
}
