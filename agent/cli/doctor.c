/* sekisho doctor: looks at what must be right, step by step, and says what to do where it is not.
 */
#include "command.h"
#include "doctor.h"

#include "gettext.h"
#include "jsonout.h"

#include <getopt.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* True if there is a collector to look at. */
static bool read_configuration(struct doctor *doctor)
{
	const struct finding wrong = {.check = N_("configuration"),
				      .result = FINDING_WRONG,
				      .reason = "configuration",
				      .next = _("put that right, then: systemctl restart "
						"sekisho-forward")};
	const struct finding none = {.check = wrong.check,
				     .result = FINDING_WRONG,
				     .subject = doctor->configuration,
				     .reason = "no-collector",
				     .next = _("set Server= and what else the collector's "
					       "administrator gave you; see collector.conf(5)")};
	struct config_error error;

	if (collectors_load(doctor->configuration, 0, &doctor->collectors, &error) < 0) {
		diagnosis_add(&doctor->diagnosis, &wrong, "%s", error.text);
		return false;
	}
	if (doctor->collectors.count == 0) {
		diagnosis_add(&doctor->diagnosis, &none, "%s", _("no collector is named"));
		return false;
	}
	diagnosis_add(&doctor->diagnosis,
		      &(struct finding){.check = wrong.check, .subject = doctor->configuration},
		      _("names %zu collectors: %s"), doctor->collectors.count,
		      doctor->collectors.list);
	return true;
}

int doctor_collector(struct doctor *doctor)
{
	const struct passwd *user = getpwnam(doctor->user);

	if (geteuid() != 0)
		return command_fail("doctor", _("only root may do this; try sudo"));
	if (!user)
		return command_fail("doctor", _("there is no user %s: reinstall the package"),
				    doctor->user);
	doctor->uid = user->pw_uid;
	doctor->gid = user->pw_gid;
	if (read_configuration(doctor)) {
		doctor_files(doctor);
		doctor_clock(doctor);
		doctor_probe(doctor);
		doctor_forwarder(doctor);
		doctor_receipts(doctor);
	}
	diagnosis_end(&doctor->diagnosis);
	return doctor->diagnosis.wrong ? COMMAND_NO : COMMAND_OK;
}

static const struct {
	const char *name;
	int (*examine)(struct doctor *doctor);
} subjects[] = {
	{"collector", doctor_collector},
};

static int parse_arguments(int argc, char **argv, struct doctor *doctor)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{"configuration", required_argument, NULL, 'c'},
		{"directory", required_argument, NULL, 'd'},
		{"receipt", required_argument, NULL, 'R'},
		{"run", required_argument, NULL, 'r'},
		{"state", required_argument, NULL, 's'},
		{"program", required_argument, NULL, 'p'},
		{"user", required_argument, NULL, 'u'},
		{},
	};
	int option;

	while ((option = command_option(argc, argv, "", options)) != -1) {
		switch (option) {
		case 'j':
			doctor->diagnosis.json = true;
			jsonout_begin();
			break;
		case 'c':
			doctor->configuration = optarg;
			break;
		case 'd':
			doctor->journal = optarg;
			break;
		case 'r':
			doctor->run = optarg;
			break;
		case 's':
			doctor->state = optarg;
			break;
		case 'R':
			doctor->receipt = optarg;
			break;
		case 'p':
			doctor->program = optarg;
			break;
		case 'u':
			doctor->user = optarg;
			break;
		default:
			return command_usage("doctor");
		}
	}
	return optind + 1 == argc ? COMMAND_OK : command_usage("doctor");
}

int command_doctor(int argc, char **argv)
{
	struct doctor doctor = DOCTOR;
	size_t subject = 0;
	int r = parse_arguments(argc, argv, &doctor);

	if (r != COMMAND_OK)
		return r;
	while (subject < sizeof(subjects) / sizeof(*subjects) &&
	       strcmp(subjects[subject].name, argv[optind]) != 0)
		subject++;
	if (subject == sizeof(subjects) / sizeof(*subjects))
		return command_usage("doctor");
	return subjects[subject].examine(&doctor);
}
