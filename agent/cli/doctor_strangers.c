#include "doctor.h"

#include "agent/forward/strangers.h"

#include "gettext.h"

#include "cleanup.h"

#include <string.h>

static const struct {
	const char *check, *reason, *refused, *taken, *advice;
} rows[STRANGER_COUNT] = {
	[STRANGER_FORGED] = {N_("strangers"), "anybody",
			     N_("it refuses a certificate that our authority never signed"),
			     N_("it takes a certificate that our authority never signed"),
			     N_("at the collector: rsyslog's file must be the one that "
				"'sekisho-collector setup' wrote, with tls.authMode=\"name\" and "
				"OpenSSL")},
	[STRANGER_NAME] = {N_("other name"), "any-name",
			   N_("it refuses a certificate of our authority that is no terminal's"),
			   N_("it takes a certificate of our authority that is no terminal's"),
			   N_("at the collector: rsyslog's file must be the one that "
			      "'sekisho-collector setup' wrote, with tls.authMode=\"name\" and "
			      "tls.permittedPeer=[\"*.terminal.sekisho.internal\"]; another server "
			      "must compare the name, too")},
	[STRANGER_EXPIRED] = {N_("expired"), "any-date",
			      N_("it refuses this terminal's certificate of long ago"),
			      N_("it takes a certificate of this terminal that ended long ago"),
			      N_("at the collector: rsyslog's file must be the one that "
				 "'sekisho-collector setup' wrote, and its clock right: "
				 "timedatectl; another server must refuse what has ended")},
};

static const struct {
	const char *result, *reason, *sentence, *advice;
} unknown[] = {
	{"missing", "no-certificate", N_("the certificate for that is not here"),
	 N_("at the collector: 'sekisho-collector terminal renew NAME'; then copy the new files "
	    "here, stranger.pem and expired.pem beside terminal.pem")},
	{"unfit", "unfit-certificate",
	 N_("the certificate for that is none: of another authority or time, or for another key"),
	 N_("copy the files of 'sekisho-collector terminal' here once more, all of the same time: "
	    "stranger.pem and expired.pem, too")},
	{"unclear", "unclear", N_("what it answered does not tell"),
	 N_("try it once more; see the collector's log")},
};

static void show(struct doctor *doctor, size_t kind, const char *result, const char *place)
{
	struct finding finding = {.check = rows[kind].check, .subject = place};

	if (strcmp(result, "refused") == 0) {
		diagnosis_add(&doctor->diagnosis, &finding, "%s", _(rows[kind].refused));
	} else if (strcmp(result, "taken") == 0) {
		finding.result = FINDING_WRONG;
		finding.reason = rows[kind].reason;
		finding.next = _(rows[kind].advice);
		diagnosis_add(&doctor->diagnosis, &finding, "%s", _(rows[kind].taken));
	}
	finding.result = FINDING_SKIPPED;
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++) {
		if (strcmp(result, unknown[i].result) != 0)
			continue;
		finding.reason = unknown[i].reason;
		finding.next = _(unknown[i].advice);
		diagnosis_add(&doctor->diagnosis, &finding, "%s", _(unknown[i].sentence));
	}
}

void doctor_strangers(struct doctor *doctor, const json_t *probe, const char *place)
{
	const json_t *results = json_object_get(probe, "strangers");

	for (size_t kind = 0; kind < STRANGER_COUNT; kind++) {
		const char *result =
			json_string_value(json_object_get(results, strangers_words[kind]));

		show(doctor, kind, result ? result : "unclear", place);
	}
}
