#include "doctor.h"

#include "cleanup.h"
#include "escape.h"
#include "gettext.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROBE_MS   120000 /* of each collector, and of the server with its letters */
#define END_MS	   1000 /* between its answer and its end */
#define ANSWER_MAX 65536
#define TEXT_MAX   1024
#define SOON_S	   (30 * INT64_C(86400))

static const struct {
	const char *reason, *sentence, *advice;
} troubles[] = {
	{"unresolved", N_("its name has no address"),
	 N_("check Server= in collector.conf, and this terminal's DNS: getent hosts NAME")},
	{"refused", N_("nobody listens there"),
	 N_("at the collector: does rsyslog run, on this port? Does a firewall refuse it?")},
	{"unreachable", N_("the network does not lead there"),
	 N_("check this terminal's network and the firewalls on the way")},
	{"silent", N_("it does not answer in time"),
	 N_("a firewall may drop what is sent, or the collector hangs: see its log")},
	{"broken", N_("the connection ended"), N_("see the collector's log")},
	{"tls", N_("it offers no TLS that may be used"),
	 N_("check the port in Server=: the collector must speak TLS 1.2 or newer there")},
	{"tls-name", N_("its certificate is for another name"),
	 N_("set Name= in collector.conf to the name in the certificate; if Server= is right and "
	    "the name too, another machine answers there: tell the network's administrator")},
	{"tls-authority", N_("its certificate is of another authority"),
	 N_("copy the files of 'sekisho-collector terminal' here once more; if they are right, "
	    "another machine answers there: tell the network's administrator")},
	{"expired", N_("its certificate has expired"),
	 N_("at the collector: move collector.pem away and run 'sekisho-collector setup' again; "
	    "and "
	    "check this terminal's clock: timedatectl")},
	{"not-yet-valid", N_("its certificate is not valid yet"),
	 N_("check the clocks of this terminal and of the collector: timedatectl")},
	{"own-certificate", N_("it does not take this terminal's certificate"),
	 N_("at the collector: 'sekisho-collector terminal renew NAME'; then copy the new files "
	    "here")},
	{"protocol", N_("it speaks something else"),
	 N_("check Protocol=, Path= and the port in collector.conf")},
	{"rejected", N_("it does not take the events"), N_("see the collector's log")},
	{"busy", N_("it asks for time"), N_("see the collector's load and disk")},
	{"journal", N_("the journal can't be read"), N_("see 'sekisho verify'")},
};

const char *doctor_sentence(const char *reason)
{
	for (size_t i = 0; i < ARRAY_SIZE(troubles); i++)
		if (strcmp(troubles[i].reason, reason) == 0)
			return _(troubles[i].sentence);
	return NULL;
}

const char *doctor_advice(const char *reason)
{
	for (size_t i = 0; i < ARRAY_SIZE(troubles); i++)
		if (strcmp(troubles[i].reason, reason) == 0)
			return _(troubles[i].advice);
	return NULL;
}

/* The stages of agent/forward/probe.h, in their order. */
static const struct {
	const char *name, *check, *well;
} stages[] = {
	{"files", N_("files"), N_("the forwarder's user can use them")},
	{"name", N_("name"), N_("it has an address")},
	{"connection", N_("connection"), N_("it is reached")},
	{"tls", N_("TLS"), N_("its certificate is of our authority and for its name")},
	{"protocol", N_("protocol"), N_("it takes this terminal's certificate and answers")},
};

static _Noreturn void become(const struct doctor *doctor, int out)
{
	const char *const arguments[] = {doctor->program, "--probe", "--configuration",
					 doctor->configuration, NULL};
	const char *const environment[] = {NULL};
	int nowhere;

	if (setgroups(0, NULL) < 0 || setresgid(doctor->gid, doctor->gid, doctor->gid) < 0 ||
	    setresuid(doctor->uid, doctor->uid, doctor->uid) < 0)
		_exit(126);
	/* It talks to whoever is there: nothing of root's terminal may be in its reach. */
	nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (setsid() < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || nowhere < 0 ||
	    dup2(nowhere, STDIN_FILENO) < 0 || dup2(nowhere, STDERR_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 || close_range(3, ~0U, 0) < 0)
		_exit(126);
	execve(doctor->program, (char *const *)arguments, (char *const *)environment);
	_exit(127);
}

/* All that comes until the end, or until @deadline. */
static size_t read_answer(int fd, char *text, size_t size, int64_t deadline)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	size_t length = 0;

	while (length < size - 1) {
		const int64_t left = deadline - wire_now();
		ssize_t count;

		if (left <= 0 || poll(&poll_fd, 1, (int)left) <= 0)
			break;
		count = read(fd, text + length, size - 1 - length);
		if (count <= 0)
			break;
		length += (size_t)count;
	}
	text[length] = '\0';
	return length;
}

/* Kills it where it has not ended a second after its answer. */
static void end_soon(pid_t child, int64_t deadline)
{
	_cleanup_close_ int process = (int)syscall(SYS_pidfd_open, child, 0);
	struct pollfd poll_fd = {.fd = process, .events = POLLIN};

	if (process < 0 || wire_now() >= deadline || poll(&poll_fd, 1, END_MS) <= 0)
		kill(child, SIGKILL);
}

/* Its exit status, or -errno. */
static int run(const struct doctor *doctor, char *text, size_t size)
{
	const int64_t deadline = wire_now() + PROBE_MS * ((int64_t)doctor->collectors.count + 1);
	int pipes[2], status;
	pid_t child;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	fflush(stdout);
	child = fork();
	if (child == 0)
		become(doctor, pipes[1]);
	close(pipes[1]);
	if (child > 0)
		read_answer(pipes[0], text, size, deadline);
	close(pipes[0]);
	if (child < 0)
		return -EAGAIN;
	/* After its answer it ends at once, or is late. */
	end_soon(child, deadline);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -ETIMEDOUT;
}

static const char *text_of(const json_t *probe, const char *key)
{
	const char *text = json_string_value(json_object_get(probe, key));

	return text ? text : "";
}

static long long number_of(const json_t *probe, const char *key)
{
	return json_integer_value(json_object_get(probe, key));
}

/* Works now; what will end or is odd. */
static void show_notes(struct doctor *doctor, const json_t *probe, const char *place)
{
	const long long until = number_of(probe, "until"), status = number_of(probe, "status");
	const long long now = time(NULL);

	if (until > 0 && until - now < SOON_S)
		diagnosis_add(&doctor->diagnosis,
			      &(struct finding){N_("TLS"), FINDING_WARNING, place, "expires-soon",
						_("at the collector: move collector.pem away and "
						  "run 'sekisho-collector setup' again")},
			      _("its certificate ends in %lld days"), (until - now) / 86400);
	if (status == 401 || status == 403 || status == 404 || (status >= 300 && status < 400) ||
	    status >= 500)
		diagnosis_add(&doctor->diagnosis,
			      &(struct finding){N_("protocol"), FINDING_WARNING, place, "status",
						_("check Path= in collector.conf, and the "
						  "collector's log")},
			      _("asked without an event, it answered with status %lld"), status);
}

static void show_failure(struct doctor *doctor, const json_t *probe, size_t stage,
			 const char *place)
{
	const char *error = text_of(probe, "error"), *reason = text_of(probe, "reason");
	const char *sentence = doctor_sentence(reason);
	struct finding finding = {stages[stage].check, FINDING_WRONG, place, reason,
				  doctor_advice(reason)};
	char text[4 * TEXT_MAX];

	escape_text(error, strlen(error), text, sizeof(text));
	/* OpenSSL's word for the file's trouble; the steps on files said more. */
	if (strcmp(stages[stage].name, "files") == 0) {
		finding.reason = "files";
		finding.next = _("see what is said of the files above");
		sentence = _("the forwarder's user can't use them");
	}
	diagnosis_add(&doctor->diagnosis, &finding, "%s (%s)",
		      sentence ? sentence : _("it does not work"), text);
}

static void show_collector(struct doctor *doctor, const json_t *probe, const char *place)
{
	const char *failed = text_of(probe, "failed");
	bool past = false;

	for (size_t i = 0; i < ARRAY_SIZE(stages); i++) {
		const struct finding finding = {
			.check = stages[i].check,
			.result = past ? FINDING_SKIPPED : FINDING_OK,
			.subject = place,
		};

		if (strcmp(stages[i].name, failed) == 0) {
			show_failure(doctor, probe, i, place);
			past = true;
		} else {
			diagnosis_add(&doctor->diagnosis, &finding, "%s",
				      past ? _("what it needs is not there") : _(stages[i].well));
		}
	}
	if (past)
		return;
	doctor_strangers(doctor, probe, place);
	show_notes(doctor, probe, place);
	if (doctor->collectors.protocol == COLLECTORS_HTTPS)
		doctor_compare_clock(doctor, probe, place);
}

static void show(struct doctor *doctor, const json_t *probe)
{
	char place[TEXT_MAX], raw[TEXT_MAX];

	snprintf(raw, sizeof(raw), "%s:%s", text_of(probe, "host"), text_of(probe, "port"));
	escape_text(raw, strlen(raw), place, sizeof(place));
	if (strcmp(text_of(probe, "asks"), "letters") == 0)
		doctor_compare_clock(doctor, probe, place);
	else
		show_collector(doctor, probe, place);
}

void doctor_probe(struct doctor *doctor)
{
	const struct finding wrong = {
		.check = N_("connection"),
		.result = FINDING_WRONG,
		.subject = doctor->program,
		.reason = "program",
		.next = _("its message stands above; if there is none, reinstall the package"),
	};
	const size_t expected =
		doctor->collectors.count + (doctor->collectors.letters[0] == '\0' ? 0 : 1);
	char text[ANSWER_MAX] = "";
	size_t count = 0;
	char *rest;
	int r = run(doctor, text, sizeof(text));

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		json_t *probe = json_loads(line, 0, NULL);

		if (probe) {
			show(doctor, probe);
			count++;
		}
		json_decref(probe);
	}
	if (doctor->collectors.protocol != COLLECTORS_HTTPS &&
	    doctor->collectors.letters[0] == '\0')
		doctor_no_clock(doctor);
	if (r != 0 || count != expected)
		diagnosis_add(&doctor->diagnosis, &wrong, "%s",
			      _("the forwarder's program can't look at the collectors"));
}
