#include "loginlist.h"

#include "command.h"
#include "enrolled.h"
#include "loginday.h"
#include "peoplenames.h"

#include "cleanup.h"
#include "columns.h"
#include "escape.h"
#include "gettext.h"

#include <errno.h>
#include <string.h>

#define NAME_WIDTH    17
#define VERDICT_WIDTH 14

struct list {
	struct loginask *ask;
	const struct peoplenames *names;
	int *codes; /* of each of them, as enrolled_codes() has it */
	size_t people, in, vouched, unknown;
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

static const char *verdict(enum loginview_known known, bool vouched)
{
	if (known == LOGINVIEW_YES)
		return _("gets in");
	if (vouched)
		return _("vouched for");
	return known == LOGINVIEW_UNSEEN ? _("NOT KNOWN") : _("DOES NOT");
}

static void show_row(const struct loginview *view, enum loginview_known known, bool vouched,
		     const char *refusals)
{
	char name[1024];

	escape_text(view->user, strlen(view->user), name, sizeof(name));
	command_column(name, NAME_WIDTH);
	command_column(verdict(known, vouched), VERDICT_WIDTH);
	show_terms(view);
	if (known != LOGINVIEW_YES)
		fputs(refusals, stdout);
}

/* Where nobody is asked, why stands in the service's part, which is the same for all of them. */
static int show_person(struct list *list, size_t at, const struct login *login, bool named)
{
	static struct loginview view;
	_cleanup_free_ char *told = NULL;
	enum loginview_known known = LOGINVIEW_NO;
	size_t length = 0, before = 0;
	bool vouched = false;
	FILE *out = open_memstream(&told, &length);
	int r = 0;

	if (!out)
		return -ENOMEM;
	loginask_look(list->ask, list->names->list[at], &list->codes[at], out, &view);
	loginview_tell_service(&view, login, named);
	if (fflush(out) != 0)
		r = -ENOMEM;
	before = view.asked ? length : 0;
	if (r == 0 && view.asked)
		known = loginview_judge(&view, &vouched);
	if (fclose(out) != 0)
		r = -ENOMEM;
	if (r == 0 && view.asked)
		show_row(&view, known, vouched, told + before);
	else if (r == 0)
		fputs(told, stdout);
	list->people++;
	list->in += known == LOGINVIEW_YES;
	list->vouched += known != LOGINVIEW_YES && vouched;
	list->unknown += known == LOGINVIEW_UNSEEN && !vouched;
	list->open |= view.open;
	list->unasked |= !view.asked;
	loginask_forget(&view);
	return r;
}

static int show_people(void *user, const struct login *login, bool named)
{
	struct list *list = user;
	int r = 0;

	for (size_t i = 0; r == 0 && !list->unasked && i < list->names->count; i++)
		r = show_person(list, i, login, named);
	return r;
}

static void show_title(const struct loginask *ask)
{
	char service[512], day[LOGINDAY_TEXT_MAX];

	escape_text(ask->service, strlen(ask->service), service, sizeof(service));
	loginday_format(ask->moment, day);
	columns_print_item(
		stdout,
		_("Everybody whom the roster, the operators or the codes name, at the service %s, "
		  "on "
		  "%s\n"),
		service, day);
}

static int show_end(const struct list *list)
{
	const struct loginask *ask = list->ask;

	if (list->people == 0)
		puts(_("Nobody is named: no roster, no operators, no codes."));
	if (list->people == 0 || list->unasked)
		return COMMAND_NO;
	columns_print_item(
		stdout,
		_("people: %zu; get in: %zu, only if a colleague vouches: %zu, do not: %zu\n"),
		list->people, list->in, list->vouched,
		list->people - list->in - list->vouched - list->unknown);
	if (list->unknown > 0)
		printf(_("people of whom it can't be told: %zu\n"), list->unknown);
	if (list->open)
		columns_print_item(stdout, "%s\n",
				   _("There are ways in with less than two factors, or they can't "
				     "be judged; see "
				     "'sekisho check login'."));
	if (ask->dated)
		loginday_tell_limits(stdout, ask->usual.max_revocation_age > 0);
	if (list->unknown > 0 && !list->open)
		return COMMAND_ERROR;
	return list->open || list->in < list->people ? COMMAND_NO : COMMAND_OK;
}

int loginlist_show(struct loginask *ask)
{
	_cleanup_peoplenames_ struct peoplenames names = {};
	_cleanup_free_ int *codes = NULL;
	struct list list = {.ask = ask, .names = &names};
	int r, status, complete;

	complete = peoplenames_find("explain", ask->roster, ask->operators, ask->state, &names);
	if (complete == COMMAND_ERROR)
		return complete;
	list.codes = codes = calloc(names.count + 1, sizeof(*codes));
	if (!codes)
		return command_fail("explain", "%s", strerror(ENOMEM));
	enrolled_codes(ask->state, names.list, names.count, ask->moment.day, codes);
	show_title(ask);
	r = loginask_at_service(ask, show_people, &list);
	if (r < 0)
		return command_fail("explain", "%s", strerror(-r));
	status = show_end(&list);
	return status > complete ? status : complete;
}
