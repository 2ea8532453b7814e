/* sekisho setup devices: enrols what is plugged in, shows what the rules would make of all that is
 * there, and changes nothing if a thing that people need would go. */
#include "command.h"
#include "program.h"
#include "question.h"
#include "setup.h"

#include "agent/engine/clone.h"

#include "cleanup.h"
#include "file.h"
#include "gettext.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void setup_release(struct setup *setup)
{
	present_release(&setup->present);
	enrolment_release(&setup->enrolment);
	free(setup->text);
	rules_free(&setup->rules);
	if (setup->root >= 0)
		close(setup->root);
}

static int parse(int argc, char **argv, struct setup *setup)
{
	static const struct option options[] = {{"yes", no_argument, NULL, 'y'},
						{"allow", required_argument, NULL, 'a'},
						{"rules", required_argument, NULL, 'r'},
						{"root", required_argument, NULL, 'R'},
						{}};
	int option;

	while ((option = command_option(argc, argv, "y", options)) != -1) {
		switch (option) {
		case 'y':
			setup->yes = true;
			break;
		case 'a':
			if (setup->n_named == SETUP_NAMED_MAX)
				return command_fail("setup", _("more than %d times --allow"),
						    SETUP_NAMED_MAX);
			setup->named[setup->n_named++] = optarg;
			break;
		case 'r':
			setup->rules_path = optarg;
			break;
		case 'R':
			setup->root_path = optarg;
			break;
		default:
			return command_usage("setup");
		}
	}
	if (optind + 1 != argc || strcmp(argv[optind], "devices") != 0)
		return command_usage("setup");
	return COMMAND_OK;
}

static int look(struct setup *setup)
{
	int r;

	setup->root = open(setup->root_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = setup->root < 0 ? -errno : present_read(setup->root, &setup->present);
	if (r == 0)
		r = needs_read(setup->root, &setup->needs);
	if (r < 0)
		return command_fail("setup", _("what is plugged in cannot be seen: %s"),
				    strerror(-r));
	for (size_t i = 0; i < setup->n_named; i++)
		if (!present_find(&setup->present, setup->named[i]))
			return command_fail("setup",
					    _("no device %s is plugged in: see 'sekisho devices'"),
					    setup->named[i]);
	return COMMAND_OK;
}

static bool is_named(const struct setup *setup, const char *name)
{
	for (size_t i = 0; i < setup->n_named; i++)
		if (strcmp(setup->named[i], name) == 0)
			return true;
	return false;
}

static bool is_input(const struct setup *setup, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < setup->needs.count; i++) {
		const struct need *need = &setup->needs.list[i];

		if (need->kind != NEED_NETWORK && strncmp(need->interface, name, length) == 0 &&
		    need->interface[length] == ':')
			return true;
	}
	return false;
}

static bool has_class(const struct device_facts *facts, uint8_t class)
{
	for (size_t i = 0; i < facts->descriptors.n_interfaces; i++)
		if (facts->descriptors.interfaces[i].class.class == class)
			return true;
	return false;
}

/* ENROL_ROLE_COUNT: what it is is left to the rules. */
static enum enrolment_role role_of(const struct setup *setup, const struct device_facts *facts)
{
	if (is_named(setup, facts->name))
		return ENROL_NAMED;
	if (is_input(setup, facts->name))
		return ENROL_INPUT;
	if (has_class(facts, 0x09))
		return ENROL_HUB;
	return has_class(facts, 0x0b) ? ENROL_READER : ENROL_ROLE_COUNT;
}

static int not_enrolled(const struct device_facts *facts, enum enrolment_role role, int error)
{
	if (error == -ENOMEM)
		return command_fail("setup", _("out of memory"));
	if (role == ENROL_NAMED)
		return command_fail("setup",
				    error == -E2BIG ? _("%s has too many kinds of interfaces to be "
							"enrolled")
						    : _("%s stores data, or its descriptors are "
							"malformed: it is not enrolled"),
				    facts->name);
	printf(error == -E2BIG ? _("%s has too many kinds of interfaces: not enrolled\n")
			       : _("%s also stores data, so it is storage: not enrolled\n"),
	       facts->name);
	return COMMAND_OK;
}

static int enrol(struct setup *setup)
{
	for (size_t i = 0; i < setup->present.count; i++) {
		const struct device_facts *facts = &setup->present.list[i]->facts;
		enum enrolment_role role = role_of(setup, facts);
		int r;

		if (role == ENROL_ROLE_COUNT)
			continue;
		r = enrolment_add(
			&setup->enrolment, facts, role,
			!clone_is_there(setup->present.list, setup->present.count, facts));
		if (r < 0)
			r = not_enrolled(facts, role, r);
		if (r != COMMAND_OK)
			return r;
	}
	setup->text = enrolment_text(&setup->enrolment);
	return setup->text ? COMMAND_OK : command_fail("setup", _("out of memory"));
}

/* The rules as they would stand. */
static int judge_all(struct setup *setup)
{
	const struct config_staged staged = {ENROLMENT_FILE, setup->text};
	struct config_error error;

	if (rules_load_staged(setup->rules_path, geteuid(), &staged, &setup->rules, &error) < 0)
		return command_fail("setup", "%s", error.text);
	/* What is let in only while nothing is enforced would go later. */
	setup->rules.audit = false;
	present_judge(&setup->present, &setup->rules);
	return COMMAND_OK;
}

static bool agreed(const struct setup *setup)
{
	return setup->yes || question_agreed(_("Enrol and let these rules count?"));
}

static int write_file(const char *directory, const char *text)
{
	_cleanup_close_ int parent = -1, fd = -1;

	if (mkdir(directory, 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	parent = fd < 0 ? -1 : openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0 || fsync(parent) < 0)
		return -errno;
	return file_write_atomic(fd, ENROLMENT_FILE, text, strlen(text), 0644);
}

int setup_activate(const struct setup *setup)
{
	static const char *const reload[] = {"/bin/systemctl", "try-reload-or-restart", "sekishod",
					     NULL};
	char directory[1024];
	int r;

	snprintf(directory, sizeof(directory), "%s.d", setup->rules_path);
	r = write_file(directory, setup->text);
	if (r == -EACCES || r == -EPERM || r == -EROFS)
		return command_fail("setup",
				    _("%s cannot be written (%s): only root may; try sudo"),
				    directory, strerror(-r));
	if (r < 0)
		return command_fail("setup", _("%s cannot be written: %s; nothing was changed"),
				    directory, strerror(-r));
	printf(_("Written: %s/%s\n"), directory, ENROLMENT_FILE);
	/* Other files are no business of the agent's. */
	if (strcmp(setup->rules_path, SEKISHO_DEVICE_RULES) != 0)
		return COMMAND_OK;
	if (program_run(reload) < 0)
		return command_fail("setup",
				    _("sekishod did not read it; put right what 'systemctl "
				      "status sekishod' shows, then 'systemctl reload "
				      "sekishod'"));
	puts(_("sekishod reads it now: see 'sekisho status'."));
	return COMMAND_OK;
}

int setup_prepare(struct setup *setup)
{
	int r = look(setup);

	if (r == COMMAND_OK)
		r = enrol(setup);
	return r == COMMAND_OK ? judge_all(setup) : r;
}

int setup_devices(int argc, char **argv)
{
	static struct setup setup; /* 20 KiB: not for the stack */
	int r;

	setup = (struct setup)SETUP_BEGIN;
	r = parse(argc, argv, &setup);
	if (r == COMMAND_OK)
		r = setup_prepare(&setup);
	if (r == COMMAND_OK) {
		setup_show(&setup);
		r = setup_refuse(&setup);
	}
	if (r == COMMAND_OK && !agreed(&setup)) {
		puts(_("Nothing was changed."));
		r = COMMAND_NO;
	}
	if (r == COMMAND_OK)
		r = setup_activate(&setup);
	setup_release(&setup);
	return r;
}
