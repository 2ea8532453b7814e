/* What of a log-in would be refused today. */
#include "loginview.h"

#include "cleanup.h"
#include "gettext.h"

/* The reason as the event and `sekisho why` have it. */
static void tell(enum failure failure, const char *text)
{
	const struct failure_row *row = &failure_rows[failure];

	printf("    %s (%s, S-%u)\n", text, row->name, message_rows[row->message].number);
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
	default:
		return _("it is not accepted");
	}
}

/* Of an account that several people share. */
static bool tell_operators(const struct shared *shared)
{
	for (size_t i = shared->n_usable; i < shared->n_usable + shared->n_unusable; i++) {
		char text[512];

		snprintf(text, sizeof(text), _("the key of %s: %s"), shared->entries[i].user,
			 why_unusable(shared->reasons[i]));
		tell(shared->reasons[i], text);
	}
	if (shared->n_usable == 0)
		tell(FAILURE_NOT_ENROLLED, _("keys: none of the operators has one that is good"));
	return shared->n_usable > 0;
}

/* Whether one is good today. */
static bool tell_keys(const struct loginview *view)
{
	const struct standing *standing = &view->standing;

	if (!view->settings.pairs.key || view->roster != FAILURE_NONE)
		return false;
	if (view->shared.is)
		return tell_operators(&view->shared);
	for (size_t i = standing->n_usable; i < standing->n_usable + standing->n_unusable; i++) {
		const struct roster_entry *entry = &standing->entries[i];
		enum failure failure = standing_of(standing, &view->settings, entry);
		char name[ROSTER_NAME_SIZE], text[512];

		roster_name(entry, name);
		snprintf(text, sizeof(text), _("the key \"%s\": %s"),
			 entry->label[0] ? entry->label : name, why_unusable(failure));
		tell(failure, text);
	}
	if (standing->n_usable > 0)
		return true;
	if (standing->n_unusable == 0)
		tell(FAILURE_NOT_ENROLLED, _("keys: the person has none registered"));
	return false;
}

static enum loginview_known tell_code(const struct loginview *view)
{
	if (!view->settings.pairs.otp)
		return LOGINVIEW_NO;
	if (view->shared.is) {
		tell(FAILURE_OTP_SHARED, _("one-time codes: they don't tell which operator it is"));
		return LOGINVIEW_NO;
	}
	if (view->code == LOGINVIEW_UNSEEN)
		printf("    %s\n", _("one-time codes: only root sees whether there are any"));
	if (view->code == LOGINVIEW_NO)
		tell(FAILURE_OTP_NOT_ENROLLED, _("one-time codes: none is good today"));
	switch (standing_rights(&view->standing)) {
	case ROSTER_VALID:
		return view->code;
	case ROSTER_NOT_YET:
		tell(FAILURE_OTP_NOT_YET, _("one-time codes: the person's days are still to come"));
		return LOGINVIEW_NO;
	case ROSTER_REVOKED:
		tell(FAILURE_OTP_REVOKED,
		     _("one-time codes: the person is on the collector's list of what is "
		       "revoked"));
		return LOGINVIEW_NO;
	default:
		tell(FAILURE_OTP_EXPIRED, _("one-time codes: the person's days are over"));
		return LOGINVIEW_NO;
	}
}

static enum loginview_known tell_factors(const struct loginview *view)
{
	bool key;
	enum loginview_known code;

	if (view->exempt)
		return LOGINVIEW_YES;
	if (view->roster != FAILURE_NONE) {
		tell(view->roster,
		     view->roster == FAILURE_ROSTER
			     ? _("the roster can't be read, or is wrong")
			     : _("the collector's list of what is revoked is missing, too "
				 "old or can't be read"));
		return LOGINVIEW_NO;
	}
	if (!view->settings.pairs.key && !view->settings.pairs.otp) {
		tell(FAILURE_NO_FACTORS, _("no factor is accepted by all sections that match"));
		return LOGINVIEW_NO;
	}
	key = tell_keys(view);
	code = tell_code(view);
	return key ? LOGINVIEW_YES : code;
}

/* As secondperson_witness() has it. */
static bool tell_terms(const struct loginview *view)
{
	const struct roster_person *person = &view->standing.person;
	const struct roster_period *period =
		roster_period_on(person->periods, person->n_periods, roster_today());
	char hours[ROSTER_HOURS_SIZE], text[256];

	if (!period || view->exempt)
		return true;
	if (!roster_is_open(&period->terms, roster_minute())) {
		roster_format_hours(&period->terms, hours);
		snprintf(text, sizeof(text), _("the hours: only %s"), hours);
		tell(FAILURE_OUTSIDE_HOURS, text);
		return false;
	}
	if (!period->terms.witnessed || view->settings.pairs.key)
		return true;
	tell(FAILURE_SECOND_AFAR, _("the witness: no key is asked at this service"));
	return false;
}

static bool tell_person(const struct loginview *view)
{
	char text[256];

	if (!view->account)
		printf("    %s\n", _("the name: this machine has no account of that name"));
	if (!view->policy.allowed)
		tell(FAILURE_NOT_HERE,
		     _("the person: not let in here by AllowUsers and AllowGroups, "
		       "which is told once the factors were right"));
	if (view->waits == LOGINVIEW_UNSEEN)
		printf("    %s\n",
		       _("wrong answers: only root sees whether the next try has to wait"));
	if (view->waits == LOGINVIEW_YES) {
		snprintf(text, sizeof(text),
			 _("after wrong answers the next try waits, %lld seconds from now at most"),
			 (long long)(view->wait_ms + 999) / 1000);
		tell(FAILURE_LOCKED, text);
	}
	return view->account && view->policy.allowed && view->waits != LOGINVIEW_YES;
}

enum loginview_known loginview_tell_refusals(const struct loginview *view)
{
	enum loginview_known factors;
	bool person;

	printf("  %s\n", _("Refused today:"));
	person = tell_person(view);
	factors = tell_factors(view);
	if (!tell_terms(view) || !person)
		factors = LOGINVIEW_NO;
	if (factors == LOGINVIEW_YES)
		printf("    %s\n", _("nothing: with the factors above the person gets in."));
	else if (factors == LOGINVIEW_UNSEEN)
		printf("    %s\n", _("Whether the person gets in, only root can see."));
	else
		printf("    %s\n", _("The person does not get in today."));
	return factors;
}
