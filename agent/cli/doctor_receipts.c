#include "doctor.h"

#include "cleanup.h"
#include "gettext.h"
#include "journal_segment.h"
#include "keptreceipts.h"

#include <errno.h>
#include <fcntl.h>
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

/* Below 0: it is dated ahead. */
static int64_t days_since(const struct receipt *receipt)
{
	const struct journal_span then = {receipt->letter.time, strlen(receipt->letter.time)};

	return (time(NULL) - journal_time_us(&then) / SECOND_US) / DAY_S;
}

/* Whose journal it is says its newest segment. -errno. */
static int read_identity(const char *path, struct journal_header *ret_header)
{
	_cleanup_close_ int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ struct journal_segment *segments = NULL;
	size_t count = 0;
	int r = directory < 0 ? -errno : journal_segment_list(directory, &segments, &count, NULL);

	if (r < 0)
		return r;
	return count == 0 ? -ENOENT
			  : journal_segment_header(directory, &segments[count - 1], ret_header);
}

/* The one that says most of that journal; NULL: none is for it. */
static const struct receipt *find_highest(const struct keptreceipts *receipts,
					  const struct journal_header *header)
{
	const struct receipt *highest = NULL;

	for (size_t i = 0; i < receipts->count; i++) {
		const struct receipt *one = &receipts->list[i];

		if (letter_is_for(&one->letter, header->host, header->epoch) &&
		    (!highest || one->verified.sequence > highest->verified.sequence))
			highest = one;
	}
	return highest;
}

static void judge_age(struct doctor *doctor, struct finding *finding, const struct receipt *receipt)
{
	unsigned long long verified = receipt->verified.sequence;
	long long days = days_since(receipt);

	if (days < 0) {
		finding->reason = "clocks-differ";
		diagnosis_add(&doctor->diagnosis, finding,
			      _("the newest, up to event %llu, is dated ahead (%s): how old it is "
				"is not known"),
			      verified, receipt->letter.time);
	} else if (days > OLD_DAYS) {
		finding->reason = "old-receipt";
		diagnosis_add(
			&doctor->diagnosis, finding,
			_("the newest, up to event %llu, is %lld days old: nothing shows that "
			  "its disk has what it confirmed since"),
			verified, days);
	} else {
		*finding = (struct finding){.check = finding->check};
		diagnosis_add(&doctor->diagnosis, finding,
			      _("its files had all up to event %llu, and whole (%s)"), verified,
			      receipt->letter.time);
	}
}

void doctor_receipts(struct doctor *doctor)
{
	struct keptreceipts receipts = {.bad = bad_one, .user = doctor};
	const struct receipt *highest = NULL;
	struct journal_header header;
	struct finding finding = {
		N_("receipts"), FINDING_WARNING, NULL, "no-receipt",
		_("at the collector: 'sekisho-collector verify --receipts DIR' each day; here: "
		  "LettersFrom= in collector.conf, or 'sekisho receipt FILE'")};
	int r = read_identity(doctor->journal, &header);

	keptreceipts_load(&receipts, doctor->configuration, doctor->receipt);
	if (r == 0)
		highest = find_highest(&receipts, &header);
	if (highest) {
		judge_age(doctor, &finding, highest);
	} else if (receipts.count == 0) {
		diagnosis_add(&doctor->diagnosis, &finding, "%s",
			      _("nothing shows that its disk has what it confirmed"));
	} else if (r < 0) {
		finding.reason = "unreadable";
		diagnosis_add(&doctor->diagnosis, &finding,
			      _("whose journal this is can't be read: %s"), strerror(-r));
	} else {
		finding.reason = "other-journal";
		diagnosis_add(&doctor->diagnosis, &finding, "%s",
			      _("those that are here are for another journal: nothing shows that "
				"its disk has what it confirmed of this one"));
	}
	if (r == 0)
		doctor_keeping(doctor, &header, highest);
}
