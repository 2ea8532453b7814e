#include "doctor.h"

#include "forwarding.h"
#include "gettext.h"

#include "agent/forward/source.h"

#include "cleanup.h"
#include "escape.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX 1024

static unsigned long long number_of(const json_t *standing, const char *key)
{
	return (unsigned long long)json_integer_value(json_object_get(standing, key));
}

static const char *text_of(const json_t *standing, const char *key)
{
	const char *text = json_string_value(json_object_get(standing, key));

	return text ? text : "";
}

/* Of the journal; 0 if it can't be told. */
static uint64_t newest_event(const char *journal)
{
	_cleanup_free_ struct source *source = calloc(1, sizeof(*source));
	uint64_t newest = 0;

	if (!source || source_open(journal, source) < 0)
		return 0;
	if (source_newest(source, &newest) < 0)
		newest = 0;
	source_close(source);
	return newest;
}

static void show_running(struct doctor *doctor, const json_t *standing)
{
	const unsigned long long acknowledged = number_of(standing, "acknowledged");
	const unsigned long long newest = newest_event(doctor->journal);
	const unsigned long long waiting = newest > acknowledged ? newest - acknowledged : 0;
	const char *error = text_of(standing, "error");
	const bool confirmed = !json_is_false(json_object_get(standing, "confirmed"));
	struct finding finding = {.check = N_("forwarder")};
	char text[4 * TEXT_MAX];

	escape_text(error, strlen(error), text, sizeof(text));
	if (strcmp(text_of(standing, "state"), "away") == 0) {
		finding.result = FINDING_WRONG;
		finding.reason = "away";
		finding.next = _("put right what is wrong above; it tries again by itself, at once "
				 "with: systemctl restart sekisho-forward");
		diagnosis_add(&doctor->diagnosis, &finding,
			      _("its last try failed (%s); confirmed up to event %llu, %llu wait"),
			      text, acknowledged, waiting);
	} else if (!confirmed) {
		finding.result = FINDING_WARNING;
		finding.reason = "unconfirmed";
		finding.next = _("for a confirmation set Protocol=relp or https in collector.conf");
		diagnosis_add(&doctor->diagnosis, &finding,
			      _("sent up to event %llu, %llu wait; syslog confirms nothing"),
			      acknowledged, waiting);
	} else {
		diagnosis_add(&doctor->diagnosis, &finding,
			      _("confirmed by the collector up to event %llu, %llu wait"),
			      acknowledged, waiting);
	}
	finding = (struct finding){N_("forwarder"), FINDING_WARNING, NULL, "set-aside",
				   _("see sekisho-forward(8), and the collector's log")};
	if (number_of(standing, "set_aside") > 0)
		diagnosis_add(&doctor->diagnosis, &finding,
			      _("%llu events were refused by the collector and are kept here"),
			      number_of(standing, "set_aside"));
}

void doctor_forwarder(struct doctor *doctor)
{
	const struct finding away = {
		.check = N_("forwarder"),
		.result = FINDING_WRONG,
		.reason = "not-running",
		.next = _("systemctl restart sekisho-forward; its messages: journalctl -u "
			  "sekisho-forward"),
	};
	json_t *standing = forwarding_read(doctor->run);

	if (standing && forwarding_is_running(standing))
		show_running(doctor, standing);
	else
		diagnosis_add(&doctor->diagnosis, &away, "%s", _("it is not running"));
	json_decref(standing);
}
