#include "doctor.h"

#include "gettext.h"

#include "cleanup.h"
#include "escape.h"

#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

#define TEXT_MAX 1024
#define CLOCK_S	 60 /* that the two clocks may differ */

void doctor_clock(struct doctor *doctor)
{
	const struct finding alone = {
		.check = N_("clock"),
		.result = FINDING_WARNING,
		.reason = "unsynchronised",
		.next = _("let it follow a time server: timedatectl set-ntp true; a wrong clock "
			  "makes certificates invalid")};
	const struct finding well = {.check = alone.check};
	struct timex state = {};

	if (adjtimex(&state) == TIME_ERROR || state.status & STA_UNSYNC)
		diagnosis_add(&doctor->diagnosis, &alone, "%s", _("nobody keeps it right"));
	else
		diagnosis_add(&doctor->diagnosis, &well, "%s", _("it follows a time server"));
}

/* The web server with the letters does not say what time it has. */
static void show_silence(struct doctor *doctor, const json_t *probe, const char *place)
{
	const char *reason = json_string_value(json_object_get(probe, "reason"));
	const char *error = json_string_value(json_object_get(probe, "error"));
	const struct finding finding = {N_("clock"), FINDING_SKIPPED, place, "no-date",
					reason && *reason
						? doctor_advice(reason)
						: _("see LettersFrom= in collector.conf")};
	char text[4 * TEXT_MAX];

	escape_text(error ? error : "", error ? strlen(error) : 0, text, sizeof(text));
	diagnosis_add(&doctor->diagnosis, &finding, _("it does not tell the collector's time (%s)"),
		      text);
}

static void show_difference(struct doctor *doctor, long long ahead, const char *place)
{
	const struct finding differs = {N_("clock"), FINDING_WARNING, place, "clocks-differ",
					_("check the clocks of this terminal and of the "
					  "collector: timedatectl")};
	const struct finding well = {.check = differs.check, .subject = place};

	if (ahead > CLOCK_S)
		diagnosis_add(&doctor->diagnosis, &differs,
			      _("the collector's clock is %lld seconds ahead of this one"), ahead);
	else if (ahead < -CLOCK_S)
		diagnosis_add(&doctor->diagnosis, &differs,
			      _("the collector's clock is %lld seconds behind this one"), -ahead);
	else
		diagnosis_add(&doctor->diagnosis, &well, "%s",
			      _("the collector's clock and this one agree"));
}

void doctor_compare_clock(struct doctor *doctor, const json_t *probe, const char *place)
{
	const json_t *ahead = json_object_get(probe, "ahead");

	if (ahead)
		show_difference(doctor, json_integer_value(ahead), place);
	else
		show_silence(doctor, probe, place);
}

void doctor_no_clock(struct doctor *doctor)
{
	const struct finding finding = {
		.check = N_("clock"),
		.result = FINDING_SKIPPED,
		.reason = "no-date",
		.next = _("set LettersFrom= in collector.conf: the web server with the collector's "
			  "letters tells its time")};

	diagnosis_add(&doctor->diagnosis, &finding, "%s",
		      _("the collector's time is not told by this protocol"));
}
