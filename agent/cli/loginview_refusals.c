/* What of a log-in would be refused today. */
#include "loginday.h"
#include "loginview.h"

#include "cleanup.h"
#include "columns.h"
#include "gettext.h"

void loginview_refuse(struct loginview *view, enum failure failure, const char *text)
{
	const struct failure_row *row = &failure_rows[failure];

	columns_print_item(view->out, "    %s (%s, S-%u)\n", text, row->name,
			   message_rows[row->message].number);
	view->refused = true;
}

static const char *why_unusable(enum failure failure)
{
	switch (failure) {
	case FAILURE_NOT_YET:
		return _("its days, or the person's, are still to come");
	case FAILURE_EXPIRED:
		return _("its days, or the person's, are over");
	case FAILURE_REVOKED:
		return _("it is revoked");
	case FAILURE_LISTED:
	case FAILURE_PERSON_REVOKED:
		return _("it, or the person, is on the collector's list of what is revoked");
	case FAILURE_MODEL:
		return _("its model is not among AllowedModels");
	case FAILURE_SUSPECT:
		return _(
			"its counter went back once, so it may have been copied; another has to be "
			"registered");
	default:
		return _("it is not accepted");
	}
}

static void refuse_key(struct loginview *view, const struct roster_entry *entry,
		       enum failure failure)
{
	char name[ROSTER_NAME_SIZE], text[512];

	roster_name(entry, name);
	if (view->shared.is)
		snprintf(text, sizeof(text), _("the key of %s: %s"), entry->user,
			 why_unusable(failure));
	else
		snprintf(text, sizeof(text), _("the key \"%s\": %s"),
			 entry->label[0] ? entry->label : name, why_unusable(failure));
	loginview_refuse(view, failure, text);
}

static enum failure reason_of(const struct loginview *view, const struct roster_entry *entry)
{
	return view->shared.is ? shared_reason(&view->shared, entry)
			       : standing_of(&view->standing, &view->settings, entry);
}

/* Whether one is good today. */
static enum loginview_known tell_keys(struct loginview *view)
{
	const bool shared = view->shared.is;
	const struct roster_entry *entries = shared ? view->shared.entries : view->standing.entries;
	const size_t usable = shared ? view->shared.n_usable : view->standing.n_usable;
	const size_t unusable = shared ? view->shared.n_unusable : view->standing.n_unusable;
	size_t good = usable;

	if (!loginview_takes_keys(view))
		return LOGINVIEW_NO;
	for (size_t i = usable; i < usable + unusable; i++)
		refuse_key(view, &entries[i], reason_of(view, &entries[i]));
	for (size_t i = 0; i < usable; i++) {
		if (!view->suspect[i])
			continue;
		refuse_key(view, &entries[i], FAILURE_SUSPECT);
		good--;
	}
	if (shared && good == 0)
		loginview_refuse(view, usable > 0 ? FAILURE_SUSPECT : FAILURE_NOT_ENROLLED,
				 _("keys: none of the operators has one that is good"));
	else if (usable + unusable == 0)
		loginview_refuse(view, FAILURE_NOT_ENROLLED,
				 _("keys: the person has none registered"));
	if (good == 0)
		return LOGINVIEW_NO;
	if (view->counters == LOGINVIEW_UNSEEN)
		columns_print_item(view->out, "    %s\n",
				   _("keys: only root sees whether one is suspected to be a copy"));
	return view->counters;
}

static void tell_no_code(struct loginview *view)
{
	const enum failure failure = view->code_why;

	if (failure == FAILURE_OTP_BLOCKED)
		loginview_refuse(view, failure,
				 _("one-time codes: after too many wrong ones none "
				   "counts any more; see 'sekisho otp resync'"));
	else if (failure == FAILURE_COUNTER_STORE)
		loginview_refuse(view, failure, _("one-time codes: their counts can't be read"));
	else
		loginview_refuse(view, failure,
				 view->dated ? _("one-time codes: none is good on that day")
					     : _("one-time codes: none is good today"));
}

static enum loginview_known tell_code(struct loginview *view)
{
	if (!view->settings.pairs.otp)
		return LOGINVIEW_NO;
	if (view->shared.is) {
		loginview_refuse(view, FAILURE_OTP_SHARED,
				 _("one-time codes: they don't tell which operator it is"));
		return LOGINVIEW_NO;
	}
	if (view->code == LOGINVIEW_UNSEEN)
		columns_print_item(view->out, "    %s\n",
				   _("one-time codes: only root sees whether there are any"));
	if (view->code == LOGINVIEW_NO)
		tell_no_code(view);
	switch (standing_rights(&view->standing)) {
	case ROSTER_VALID:
		return view->code;
	case ROSTER_NOT_YET:
		loginview_refuse(view, FAILURE_OTP_NOT_YET,
				 _("one-time codes: the person's days are still to come"));
		return LOGINVIEW_NO;
	case ROSTER_REVOKED:
		loginview_refuse(view, FAILURE_OTP_REVOKED,
				 _("one-time codes: the person is on the collector's list of what "
				   "is revoked"));
		return LOGINVIEW_NO;
	default:
		loginview_refuse(view, FAILURE_OTP_EXPIRED,
				 _("one-time codes: the person's days are over"));
		return LOGINVIEW_NO;
	}
}

/* What pam_sekisho makes of it, with the numbers of its result.c. */
static enum loginview_known tell_exemption(const struct loginview *view)
{
	if (view->exempt_passes)
		return LOGINVIEW_YES;
	if (view->exempt_at_door)
		columns_print_item(
			view->out, "    %s (account-missing, S-1005)\n",
			_("the exemption: the service's account lines of pam_sekisho.so lack "
			  "exempt=ignore, or another line refuses"));
	else
		columns_print_item(
			view->out, "    %s (exempt-refused, S-1006)\n",
			_("the exemption: a line of pam_sekisho.so at this service lacks "
			  "exempt=ignore"));
	return LOGINVIEW_NO;
}

enum loginview_known loginview_better(enum loginview_known one, enum loginview_known other)
{
	if (one == LOGINVIEW_YES || other == LOGINVIEW_YES)
		return LOGINVIEW_YES;
	return one == LOGINVIEW_UNSEEN || other == LOGINVIEW_UNSEEN ? LOGINVIEW_UNSEEN
								    : LOGINVIEW_NO;
}

static enum loginview_known tell_factors(struct loginview *view)
{
	enum loginview_known key;

	if (view->exempt)
		return tell_exemption(view);
	if (factors_offer(&view->settings, loginview_way(view)) == FACTORS_NOTHING) {
		loginview_refuse(view, FAILURE_NO_FACTORS,
				 _("no factor is accepted by all sections that match"));
		return LOGINVIEW_NO;
	}
	if (factors_offer(&view->settings, loginview_way(view)) == FACTORS_KEY_AFAR) {
		loginview_refuse(view, FAILURE_KEY_AFAR,
				 _("from another machine: keys alone are accepted here"));
		return LOGINVIEW_NO;
	}
	if (view->roster != FAILURE_NONE) {
		loginview_refuse(view, view->roster,
				 view->roster == FAILURE_ROSTER
					 ? _("the roster can't be read, or is wrong")
					 : _("the collector's list of what is revoked is missing, "
					     "too old or can't be read"));
		return LOGINVIEW_NO;
	}
	if (view->counters == LOGINVIEW_NO)
		loginview_refuse(view, FAILURE_COUNTER_STORE,
				 _("the counters of keys can't be read"));
	key = tell_keys(view);
	return loginview_better(key, tell_code(view));
}

/* Whom Sekisho exempts is not asked, and does not wait. */
static bool tell_waits(struct loginview *view)
{
	char text[256];

	if (view->exempt)
		return false;
	if (view->waits == LOGINVIEW_UNSEEN)
		columns_print_item(
			view->out, "    %s\n",
			_("wrong answers: only root sees whether the next try has to wait"));
	if (view->afar_wait_ms > 0) {
		snprintf(text, sizeof(text),
			 _("after wrong answers from afar the next try from afar waits, %lld "
			   "seconds from now at most"),
			 (long long)(view->afar_wait_ms + 999) / 1000);
		loginview_refuse(view, FAILURE_LOCKED, text);
	}
	if (view->waits != LOGINVIEW_YES)
		return false;
	snprintf(text, sizeof(text),
		 _("after wrong answers the next try waits, %lld seconds from now at most"),
		 (long long)(view->wait_ms + 999) / 1000);
	loginview_refuse(view, FAILURE_LOCKED, text);
	return true;
}

/* pam_unix's refusal, which is no event of Sekisho's. */
static void tell_account_end(struct loginview *view)
{
	columns_print_item(
		view->out, "    %s\n",
		view->end == ACCOUNTEND_ACCOUNT
			? _("the account: it is over by shadow(5), so pam_unix refuses it")
			: _("the account: its password is over by shadow(5), and too long to be "
			    "changed, so pam_unix refuses it"));
	view->refused = true;
}

/* Whatever the factors are. */
static bool tell_person(struct loginview *view)
{
	bool waits;

	if (!view->account)
		columns_print_item(view->out, "    %s\n",
				   _("the name: this machine has no account of that name"));
	if (view->end != ACCOUNTEND_NONE)
		tell_account_end(view);
	if (!view->policy.allowed)
		loginview_refuse(view, FAILURE_NOT_HERE,
				 _("the person: not let in here by AllowUsers and AllowGroups, "
				   "which is told once the factors were right"));
	waits = tell_waits(view);
	return view->account && view->end == ACCOUNTEND_NONE && view->policy.allowed && !waits;
}

static void tell_end(const struct loginview *view, enum loginview_known known, bool by_substitute)
{
	const char *text;

	if (known == LOGINVIEW_YES)
		text = view->refused ? _("else nothing: with the factors above the person gets in.")
				     : _("nothing: with the factors above the person gets in.");
	else if (known == LOGINVIEW_UNSEEN && view->unknown)
		text = _("Whether the person gets in can't be told; see above.");
	else if (known == LOGINVIEW_UNSEEN)
		text = _("Whether the person gets in, only root can see.");
	else if (by_substitute)
		text = view->dated ? _("With the own factors the person does not get in on that "
				       "day; a colleague may vouch, as above.")
				   : _("With the own factors the person does not get in today; a "
				       "colleague may vouch, as above.");
	else
		text = view->dated ? _("The person does not get in on that day.")
				   : _("The person does not get in today.");
	columns_print_item(view->out, "    %s\n", text);
}

static void tell_title(const struct loginview *view)
{
	char text[LOGINDAY_TEXT_MAX];

	if (view->dated) {
		loginday_format(view->moment, text);
		columns_print_item(view->out, _("  Refused on %s:\n"), text);
	} else {
		columns_print_item(view->out, "  %s\n", _("Refused today:"));
	}
}

enum loginview_known loginview_judge(struct loginview *view, bool *ret_vouched)
{
	bool person = tell_person(view);
	enum loginview_known factors = tell_factors(view);
	enum loginview_known terms = loginview_tell_terms(view);

	if (terms == LOGINVIEW_NO || !person || (view->counters == LOGINVIEW_NO && !view->exempt))
		factors = LOGINVIEW_NO;
	if (factors == LOGINVIEW_YES && !view->exempt &&
	    (view->waits == LOGINVIEW_UNSEEN || terms == LOGINVIEW_UNSEEN))
		factors = LOGINVIEW_UNSEEN;
	*ret_vouched = person && terms == LOGINVIEW_YES && view->counters != LOGINVIEW_NO &&
		       loginview_has_substitute(view);
	return factors;
}

enum loginview_known loginview_tell_refusals(struct loginview *view)
{
	enum loginview_known factors;
	bool vouched;

	tell_title(view);
	factors = loginview_judge(view, &vouched);
	tell_end(view, factors, vouched);
	if (view->dated)
		loginday_tell_limits(view->out, view->age_left_out);
	return factors;
}
