#include "doctor.h"

#include "agent/forward/keeping.h"

#include "cleanup.h"
#include "gettext.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>

#define TOLD_DAYS 14 /* after all is there again */
#define DAY_S	  86400
#define SECOND_US 1000000

static int read_loss(const struct doctor *doctor, struct keeping_loss *ret_loss)
{
	_cleanup_close_ int state = open(doctor->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return state < 0 ? -1 : keeping_read_loss(state, ret_loss);
}

/* Does a later receipt say that all of it is there? Times of one form: text compares as they do. */
static bool is_there_again(const struct keeping_loss *loss, const struct receipt *receipt)
{
	return receipt && receipt->verified.sequence >= loss->last &&
	       strcmp(receipt->letter.time, loss->time) > 0;
}

static bool is_recent(const struct keeping_loss *loss)
{
	const struct journal_span then = {loss->time, strlen(loss->time)};

	return time(NULL) - journal_time_us(&then) / SECOND_US <= TOLD_DAYS * (int64_t)DAY_S;
}

static void show_lost(struct doctor *doctor, const struct keeping_loss *loss)
{
	const struct finding finding = {
		.check = N_("durability"),
		.result = FINDING_WRONG,
		.reason = "not-kept",
		.next = _("at the collector: 'sekisho-collector verify'; a disk, a file system or "
			  "a restored backup took what was confirmed, or rsyslog's file is not the "
			  "one that 'sekisho-collector setup' wrote; what is asked for is sent "
			  "again: see 'sekisho resend'")};

	diagnosis_add(&doctor->diagnosis, &finding,
		      _("the collector acknowledged events %llu to %llu and did not have them, or "
			"not whole, on %.10s"),
		      (unsigned long long)loss->first, (unsigned long long)loss->last, loss->time);
}

static void show_there_again(struct doctor *doctor, const struct keeping_loss *loss)
{
	const struct finding finding = {
		.check = N_("durability"),
		.result = FINDING_WARNING,
		.reason = "was-not-kept",
		.next = _("find out at the collector what took them: its disk, its file system, a "
			  "restored backup")};

	diagnosis_add(&doctor->diagnosis, &finding,
		      _("the collector has them now, but it did not have events %llu to %llu, "
			"which it had acknowledged, on %.10s"),
		      (unsigned long long)loss->first, (unsigned long long)loss->last, loss->time);
}

void doctor_keeping(struct doctor *doctor, const struct journal_header *header,
		    const struct receipt *highest)
{
	struct keeping_loss loss;

	if (read_loss(doctor, &loss) < 0 || strcmp(loss.host, header->host) != 0 ||
	    strcmp(loss.epoch, header->epoch) != 0)
		return;
	if (!is_there_again(&loss, highest))
		show_lost(doctor, &loss);
	else if (is_recent(&loss))
		show_there_again(doctor, &loss);
}
