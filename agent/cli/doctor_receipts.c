#include "doctor.h"

#include "gettext.h"
#include "keptreceipts.h"

#include <string.h>
#include <time.h>

#define OLD_DAYS  7
#define DAY_S	  86400
#define SECOND_US 1000000

static void bad_one(void *user, const char *path, const char *why)
{
	struct doctor *doctor = user;
	const struct finding finding = {
		.check = N_("receipts"),
		.result = FINDING_WARNING,
		.reason = "bad-receipt",
		.next = _("see 'sekisho verify'"),
	};

	(void)path;
	diagnosis_add(&doctor->diagnosis, &finding, "%s", why);
}

static int64_t days_since(const struct receipt *receipt)
{
	const struct journal_span then = {receipt->letter.time, strlen(receipt->letter.time)};

	return (time(NULL) - journal_time_us(&then) / SECOND_US) / DAY_S;
}

void doctor_receipts(struct doctor *doctor)
{
	struct keptreceipts receipts = {.bad = bad_one, .user = doctor};
	const struct receipt *newest = NULL;
	struct finding finding = {
		N_("receipts"), FINDING_WARNING, NULL, "no-receipt",
		_("at the collector: 'sekisho-collector verify --receipts DIR' each day; here: "
		  "LettersFrom= in collector.conf, or 'sekisho receipt FILE'")};

	keptreceipts_load(&receipts, doctor->configuration, doctor->receipt);
	for (size_t i = 0; i < receipts.count; i++)
		if (!newest || strcmp(receipts.list[i].letter.time, newest->letter.time) > 0)
			newest = &receipts.list[i];
	if (!newest) {
		diagnosis_add(&doctor->diagnosis, &finding, "%s",
			      _("nothing shows that its disk has what it confirmed"));
	} else if (days_since(newest) > OLD_DAYS) {
		finding.reason = "old-receipt";
		diagnosis_add(
			&doctor->diagnosis, &finding,
			_("the newest, up to event %llu, is %lld days old: nothing shows that "
			  "its disk has what it confirmed since"),
			(unsigned long long)newest->verified.sequence,
			(long long)days_since(newest));
	} else {
		finding = (struct finding){.check = finding.check};
		diagnosis_add(&doctor->diagnosis, &finding,
			      _("its files had all up to event %llu, and whole (%s)"),
			      (unsigned long long)newest->verified.sequence, newest->letter.time);
	}
}
