/* Whoever else takes part in a log-in, and the hours at which it may be: whose terms count is the
 * person's, and at a shared account the operator's. */
#include "colleagues.h"
#include "loginview.h"

#include "cleanup.h"
#include "columns.h"
#include "gettext.h"

#include <string.h>

static const struct roster_period *period_of(const struct loginview *view,
					     const struct standing *standing)
{
	return roster_period_on(standing->person.periods, standing->person.n_periods,
				view->moment.day);
}

/* Begins with whose business it is, where that is not the account's. */
static void line(const struct loginview *view, const char *operator, const char * text)
{
	if (operator)
		columns_print_item(view->out, "       %s: %s\n", operator, text);
	else
		columns_print_item(view->out, "       %s\n", text);
}

static void refusal(struct loginview *view, enum failure failure, const char *operator,
		    const char * text)
{
	char whole[ROSTER_USER_MAX + 512];

	snprintf(whole, sizeof(whole), "%s%s%s", operator ? operator : "", operator ? ": " : "",
		 text);
	loginview_refuse(view, failure, whole);
}

static bool has_good_key(const struct loginview *view)
{
	for (size_t i = 0; i < view->standing.n_usable; i++)
		if (!view->suspect[i])
			return true;
	return false;
}

/* As factors_run() offers it and substitute_run() takes it. */
static bool may_be_vouched_for(const struct loginview *view)
{
	return !view->exempt && view->roster == FAILURE_NONE && !view->shared.is &&
	       standing_suits_substitute(&view->standing, has_good_key(view), view->moment.day) &&
	       factors_substitute(&view->settings, loginview_way(view));
}

/* By telephone the key is counted at the other terminal. */
static enum loginview_known find_voucher(const struct loginview *view, bool here, bool telephone)
{
	enum loginview_known one = LOGINVIEW_NO, other = LOGINVIEW_NO;

	if (here)
		one = colleagues_have(view, ROSTER_MAY_SUBSTITUTE, true, view->user,
				      &view->standing);
	if (telephone)
		other = colleagues_have(view, ROSTER_MAY_SUBSTITUTE, false, view->user,
					&view->standing);
	return loginview_better(one, other);
}

bool loginview_has_substitute(const struct loginview *view)
{
	return may_be_vouched_for(view) && !view->substitute_late &&
	       find_voucher(view, settings_substitute(&view->settings, view->service),
			    view->telephone == LOGINVIEW_YES) == LOGINVIEW_YES;
}

static void tell_substitutes(const struct loginview *view)
{
	const bool here = settings_substitute(&view->settings, view->service);

	if (!may_be_vouched_for(view) || (!here && view->telephone == LOGINVIEW_NO))
		return;
	if (here)
		line(view, NULL,
		     _("whoever has forgotten the key may type \"substitute\": then a "
		       "colleague with that right vouches"));
	if (view->telephone != LOGINVIEW_NO)
		line(view, NULL,
		     _("whoever has forgotten the key may type \"telephone\": then a "
		       "colleague with that right vouches at another terminal, and reads "
		       "out a number by telephone"));
	if (view->telephone == LOGINVIEW_UNSEEN)
		line(view, NULL, _("only root sees whether this terminal is set up for that"));
	line(view, NULL,
	     _("so only for who is at this terminal's screen, not at a serial line, and "
	       "till midnight"));
}

/* A day as a whole: a moment at which the account is open, so that the operator's own hours are
 * left beside it. */
static struct roster_moment moment_of_operators(const struct loginview *view)
{
	const struct roster_period *account = period_of(view, &view->standing);
	struct roster_moment moment = view->moment;

	if (loginview_is_whole_day(view))
		moment.minute = account ? account->terms.opens : 0;
	return moment;
}

/* Which of the usable keys is the first of its operator's; @room is filled with what counts of that
 * person here. */
static enum failure operator_at(const struct loginview *view, size_t i, struct standing *room,
				const char **ret_operator)
{
	const struct roster_entry *entries = view->shared.entries;

	*ret_operator = NULL;
	if (!entries)
		return FAILURE_NONE; /* nobody's */
	for (size_t j = 0; j < i; j++)
		if (strcmp(entries[j].user, entries[i].user) == 0)
			return FAILURE_NONE;
	*ret_operator = entries[i].user;
	return shared_person(&view->places_of_people, &view->settings, &view->standing,
			     entries[i].user, moment_of_operators(view), room);
}

static void tell_witness(const struct loginview *view, const struct standing *standing,
			 const char *operator)
{
	const struct roster_period *period = period_of(view, standing);

	if (period && period->terms.witnessed)
		line(view, operator,
		     _("then a colleague with the right to witness, who shows a key; "
		       "from afar nobody can"));
}

void loginview_tell_second(const struct loginview *view)
{
	static struct standing room;
	const char *operator;

	tell_substitutes(view);
	if (view->roster != FAILURE_NONE)
		return;
	if (!view->shared.is)
		tell_witness(view, &view->standing, NULL);
	for (size_t i = 0; view->shared.is && i < view->shared.n_usable; i++)
		if (operator_at(view, i, &room, &operator) == FAILURE_NONE && operator)
			tell_witness(view, &room, operator);
}

static void tell_open(const struct loginview *view, const struct roster_terms *terms,
		      const char *operator)
{
	char hours[ROSTER_HOURS_SIZE], text[256];

	if (!roster_has_hours(terms))
		return;
	roster_format_hours(terms, hours);
	snprintf(text, sizeof(text), _("on that day only at these hours: %s"), hours);
	line(view, operator, text);
}

/* Of a day as a whole: whether one minute of it is within the hours. */
static bool tell_hours_of_day(struct loginview *view, const struct roster_terms *terms,
			      const char *operator)
{
	const struct roster_period *account = period_of(view, &view->standing);

	if (view->shared.is && account && !roster_hours_meet(&account->terms, terms)) {
		refusal(view, FAILURE_OUTSIDE_HOURS, operator,
			_("the hours: those of the account and the person's own don't meet"));
		return false;
	}
	tell_open(view, terms, operator);
	if (view->shared.is && account &&
	    (account->terms.opens != terms->opens || account->terms.closes != terms->closes))
		tell_open(view, &account->terms, operator);
	return true;
}

static bool tell_hours(struct loginview *view, const struct roster_terms *terms,
		       const char *operator)
{
	char hours[ROSTER_HOURS_SIZE], text[256];

	if (loginview_is_whole_day(view))
		return tell_hours_of_day(view, terms, operator);
	if (roster_is_open(terms, view->moment.minute))
		return true;
	roster_format_hours(terms, hours);
	snprintf(text, sizeof(text), _("the hours: only %s"), hours);
	refusal(view, FAILURE_OUTSIDE_HOURS, operator, text);
	return false;
}

/* Who could be the second person is not known. */
static void tell_unknown(struct loginview *view, const char *operator, const char * text)
{
	columns_print_item(view->out, "    %s%s%s: %s\n", operator ? operator : "", operator ? ": " : "",
		text, view->colleagues->wrong);
}

static enum loginview_known
tell_witness_found(struct loginview *view, const struct standing *standing, const char *operator)
{
	enum loginview_known found =
		colleagues_have(view, ROSTER_MAY_WITNESS, true, operator? operator: view->user,
				standing);

	if (found == LOGINVIEW_NO)
		refusal(view, FAILURE_SECOND_RIGHT, operator,
			_("the witness: no colleague with that right has a key and hours that are "
			  "good then"));
	if (found != LOGINVIEW_UNSEEN)
		return found;
	tell_unknown(view, operator, _("the witness: whether a colleague can be it can't be told"));
	view->unknown = true;
	return found;
}

/* As secondperson_witness() has it. */
static enum loginview_known tell_terms_of(struct loginview *view, const struct standing *standing,
					  const char *operator)
{
	const struct roster_period *period = period_of(view, standing);

	if (!period)
		return LOGINVIEW_YES; /* days that are over are told with the keys and the codes */
	if (!tell_hours(view, &period->terms, operator))
		return LOGINVIEW_NO;
	if (!period->terms.witnessed)
		return LOGINVIEW_YES;
	if (loginview_way(view) != FACTORS_HERE) {
		refusal(view, FAILURE_SECOND_AFAR, operator,
			_("the witness: nobody can witness a log-in that is not at this terminal"));
		return LOGINVIEW_NO;
	}
	if (!view->settings.pairs.key) {
		refusal(view, FAILURE_SECOND_AFAR, operator,
			_("the witness: no key is asked at this service"));
		return LOGINVIEW_NO;
	}
	return tell_witness_found(view, standing, operator);
}

/* Whether one of the operators may, with a key that is not suspect. */
static enum loginview_known tell_operators_terms(struct loginview *view)
{
	static struct standing room;
	const struct shared *shared = &view->shared;
	enum loginview_known one = LOGINVIEW_NO;

	for (size_t i = 0; i < shared->n_usable; i++) {
		const char *operator;
		enum failure failure = operator_at(view, i, &room, &operator);
		enum loginview_known may = LOGINVIEW_NO;
		bool key = false;

		if (!operator)
			continue;
		if (failure != FAILURE_NONE)
			refusal(view, failure, operator,
				_("the roster can't be read, or is wrong"));
		else
			may = tell_terms_of(view, &room, operator);
		for (size_t j = i; j < shared->n_usable; j++)
			key |= !view->suspect[j] && strcmp(shared->entries[j].user, operator) == 0;
		if (key)
			one = loginview_better(one, may);
	}
	return one;
}

/* What a colleague would be told, or the person. */
static void tell_vouching(struct loginview *view)
{
	const bool telephone = settings_telephone(&view->settings, view->service);
	const bool here = settings_substitute(&view->settings, view->service);
	enum loginview_known found;

	if (!may_be_vouched_for(view) || (!telephone && !here))
		return;
	found = find_voucher(view, here, telephone);
	if (found == LOGINVIEW_UNSEEN)
		tell_unknown(view, NULL,
			     _("vouching: whether a colleague can do it can't be told"));
	if (found == LOGINVIEW_NO)
		loginview_refuse(view, FAILURE_SECOND_RIGHT,
				 _("vouching: no colleague with that right has a key and hours "
				   "that are good then"));
	if (view->substitute_late)
		loginview_refuse(view, FAILURE_SUBSTITUTE_CLOCK,
				 _("vouching: the clock is behind the day of the last log-in for "
				   "which somebody vouched"));
	if (telephone && view->telephone == LOGINVIEW_NO)
		loginview_refuse(view, view->telephone_why,
				 view->telephone_why == FAILURE_SUBSTITUTE_GROUP
					 ? _("vouching by telephone: this terminal is not set up "
					     "for it; see 'sekisho substitute setup'")
					 : _("vouching by telephone: no other terminal answers"));
}

enum loginview_known loginview_tell_terms(struct loginview *view)
{
	if (view->exempt || view->roster != FAILURE_NONE)
		return LOGINVIEW_YES;
	tell_vouching(view);
	return view->shared.is ? tell_operators_terms(view)
			       : tell_terms_of(view, &view->standing, NULL);
}
