#include "terminal.h"

#include "folder.h"

#include "agent/auth/tokenchild.h"
#include "cleanup.h"
#include "revocations.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>

int terminal_setup(void **state)
{
	struct terminal *terminal = calloc(1, sizeof(*terminal));
	char place[128];
	_cleanup_free_ char *program = realpath(program_invocation_name, NULL);

	/* Not /proc/self/exe: in a chroot, with mounts of our own, that is a path outside. */
	assert_non_null(program);
	/* The words must not depend on who runs the tests. */
	unsetenv("LC_ALL");
	unsetenv("LC_MESSAGES");
	setenv("LANG", "C.UTF-8", 1);
	snprintf(terminal->build, sizeof(terminal->build), "%s", program);
	/* BUILD/MODE/tests/auth/test_NAME */
	for (int i = 0; i < 3; i++)
		*strrchr(terminal->build, '/') = '\0';
	snprintf(terminal->folder, sizeof(terminal->folder), "/tmp/sekisho-auth-XXXXXX");
	assert_non_null(mkdtemp(terminal->folder));
	assert_int_equal(chmod(terminal->folder, 0755), 0);
	assert_int_equal(mkdir(folder_path(terminal, "dev", place), 0755), 0);
	assert_int_equal(mkdir(folder_path(terminal, "state", place), 0700), 0);
	assert_int_equal(mkdir(folder_path(terminal, "notes", place), 0750), 0);
	terminal_configure(terminal, PATIENT);
	terminal_roster(terminal);
	folder_write(terminal, "events", "", 0644);
	folder_write(terminal, "errors", "", 0644);
	terminal_engine(terminal, true);
	*state = terminal;
	return 0;
}

/* The folder is small and ours: what is in it goes, two levels deep. */
static void remove_all(const char *folder)
{
	char *const arguments[] = {(char *)"rm", (char *)"-rf", (char *)"--", (char *)folder, NULL};
	pid_t pid = fork();

	if (pid == 0) {
		execv("/bin/rm", arguments);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

int terminal_teardown(void **state)
{
	struct terminal *terminal = *state;
	int result = 0;

	for (size_t i = 0; i < KEYS_HERE; i++)
		if (softkey_stop(&terminal->keys[i]) < 0)
			result = -1;
	terminal_engine(terminal, false);
	remove_all(terminal->folder);
	free(terminal);
	return result;
}

void terminal_plug(struct terminal *terminal, size_t index, const char *const options[])
{
	const char *all[SOFTKEY_OPTIONS_MAX + 1] = {};
	char program[600];
	char node[128];
	char kept[128];
	char name[16];
	size_t count = 0;

	snprintf(program, sizeof(program), "%s/tests/softkey", terminal->build);
	snprintf(name, sizeof(name), "dev/hidraw%zu", index);
	folder_path(terminal, name, node);
	snprintf(name, sizeof(name), "state%zu", index);
	folder_path(terminal, name, kept);
	all[count++] = "--socket";
	all[count++] = node;
	all[count++] = "--state";
	all[count++] = kept;
	for (size_t i = 0; options[i]; i++)
		all[count++] = options[i];
	snprintf(name, sizeof(name), "key%zu", index);
	assert_int_equal(
		softkey_start(&terminal->keys[index], program, terminal->folder, name, all), 0);
}

void terminal_unplug(struct terminal *terminal, size_t index)
{
	char name[24];
	char node[128];

	assert_int_equal(softkey_stop(&terminal->keys[index]), 0);
	snprintf(name, sizeof(name), "dev/hidraw%zu", index);
	unlink(folder_path(terminal, name, node));
}

void terminal_command(const struct terminal *terminal, size_t index, const char *line)
{
	assert_int_equal(softkey_command(terminal->keys[index].control, line, NULL), 0);
}

long terminal_status(const struct terminal *terminal, size_t index, const char *name)
{
	char answer[SOFTKEY_ANSWER_MAX];
	char wanted[32];
	const char *at;

	assert_int_equal(softkey_command(terminal->keys[index].control, "status", answer), 0);
	snprintf(wanted, sizeof(wanted), " %s=", name);
	at = strstr(answer, wanted);
	assert_non_null(at);
	return strtol(at + strlen(wanted), NULL, 10);
}

void terminal_await(const struct terminal *terminal, size_t index, const char *name, long value)
{
	for (int i = 0; i < 200; i++) {
		if (terminal_status(terminal, index, name) == value)
			return;
		poll(NULL, 0, 50);
	}
	fail_msg("key %zu: %s is not %ld", index, name, value);
}

static struct roster_entry entry_from(const struct token_reply *reply, const char *user)
{
	static const enum roster_algorithm algorithms[] = {
		[TOKEN_ES256] = ROSTER_ES256,
		[TOKEN_EDDSA] = ROSTER_EDDSA,
		[TOKEN_ES384] = ROSTER_ES384,
	};
	struct roster_entry entry = {
		.algorithm = algorithms[reply->algorithm],
		.credential_length = reply->credential.length,
		.key_length = reply->public_key.length,
		.has_aaguid = true,
	};

	snprintf(entry.user, sizeof(entry.user), "%s", user);
	memcpy(entry.credential, reply->credential.data, reply->credential.length);
	memcpy(entry.key, reply->public_key.data, reply->public_key.length);
	memcpy(entry.aaguid, reply->aaguid.data, sizeof(entry.aaguid));
	snprintf(entry.label, sizeof(entry.label), "key of %s", user);
	return entry;
}

struct roster_entry *terminal_enrol(struct terminal *terminal, size_t index, const char *user,
				    const char *pin)
{
	struct token_request request = {
		.verb = TOKEN_MAKE,
		.timeout_ms = PATIENCE_MS,
		.rp_id = RP,
		.challenge.length = TOKEN_CHALLENGE,
		.user_id.length = 16,
		.algorithm = TOKEN_ES256,
	};
	struct tokenchild child = {};
	struct token_reply reply;
	char program[600];
	char name[24];
	char node[128];
	size_t at = 0;

	snprintf(program, sizeof(program), "%s/tests/softtoken", terminal->build);
	snprintf(name, sizeof(name), "dev/hidraw%zu", index);
	snprintf(request.user_name, sizeof(request.user_name), "%s", user);
	if (pin)
		snprintf(request.pin, sizeof(request.pin), "%s", pin);
	assert_int_equal(getrandom(request.user_id.data, 16, 0), 16);
	assert_int_equal(tokenchild_start(program, folder_path(terminal, name, node), NULL, &child),
			 0);
	assert_int_equal(tokenchild_ask(&child, &request), 0);
	assert_int_equal(tokenchild_answer(&child, &reply, wire_now() + 2 * PATIENCE_MS), 0);
	tokenchild_stop(&child);
	assert_string_equal(token_status_name(reply.status), "ok");
	assert_true(terminal->n_entries < ARRAY_SIZE(terminal->entries));
	while (at < terminal->n_entries && strcmp(terminal->entries[at].user, user) <= 0)
		at++;
	memmove(&terminal->entries[at + 1], &terminal->entries[at],
		(terminal->n_entries - at) * sizeof(terminal->entries[0]));
	terminal->entries[at] = entry_from(&reply, user);
	terminal->n_entries++;
	terminal_roster(terminal);
	return &terminal->entries[at];
}

void terminal_roster(const struct terminal *terminal)
{
	const struct rosterfile roster = {
		.entries = (struct roster_entry *)terminal->entries,
		.count = terminal->n_entries,
		.periods = (struct roster_period *)terminal->periods,
		.n_periods = terminal->n_periods,
	};
	char place[128];

	assert_int_equal(rosterfile_save(folder_path(terminal, "roster", place), &roster), 0);
}

void terminal_revoke(const struct terminal *terminal, time_t signed_at,
		     const struct roster_entry *key, const char *person)
{
	struct revocations list = {
		.number = 2026112701, .keys = json_object(), .people = json_object()};
	char name[ROSTER_NAME_SIZE], place[128];

	assert_int_equal(journal_format_time((uint64_t)signed_at * 1000000, list.time), 0);
	if (key) {
		roster_name(key, name);
		json_object_set_new(list.keys, name, json_string("2026-11-27"));
	}
	if (person)
		json_object_set_new(list.people, person, json_string("2026-11-27"));
	snprintf(place, sizeof(place), "%s/revoked", terminal->folder);
	assert_int_equal(revocations_keep(place, &list, 0640), 0);
	revocations_release(&list);
}

void terminal_configure(const struct terminal *terminal, const char *text)
{
	folder_write(terminal, "sekisho.conf", text, 0644);
}

void terminal_errors(const struct terminal *terminal, char text[static WORDS_MAX])
{
	folder_read(terminal, "errors", text);
}

static void add_argument(struct arguments *arguments, const char *folder, const char *text)
{
	char *place = arguments->text[arguments->count];

	assert_true(arguments->count < ARGUMENTS_MAX);
	snprintf(place, sizeof(arguments->text[0]), "%s%s%s", folder, folder[0] ? "/" : "", text);
	arguments->words[arguments->count++] = place;
	arguments->words[arguments->count] = NULL;
}

void terminal_arguments(const struct terminal *terminal, struct arguments *ret_arguments)
{
	static const char *const options[][2] = {
		{"--config", "sekisho.conf"},
		{"--roster", "roster"},
		{"--state", "state"},
		{"--record", "record.sock"},
		{"--devices", "dev"},
		{"--notes", "notes"},
		{"--sysfs", "sys"},
		{"--revoked", "revoked"},
		{"--substitutes", "substitutes"},
		{"--operators", "operators"},
		{"--operators-now", "now"},
	};

	ret_arguments->count = 0;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		add_argument(ret_arguments, "", options[i][0]);
		add_argument(ret_arguments, terminal->folder, options[i][1]);
	}
	add_argument(ret_arguments, "", "--token");
	add_argument(ret_arguments, terminal->build,
		     terminal->token ? terminal->token : "tests/softtoken");
	add_argument(ret_arguments, "", "--locale");
	add_argument(ret_arguments, terminal->build, "locale");
	/* The session that the tests are run in is nobody's. */
	add_argument(ret_arguments, "", "--logind");
	add_argument(ret_arguments, terminal->logind ? terminal->build : "",
		     terminal->logind ? terminal->logind : "/nonexistent");
}

pid_t terminal_session(const struct terminal *terminal, int fd, bool flush)
{
	struct arguments arguments;
	char *words[ARGUMENTS_MAX + 3] = {};
	char program[600];
	char place[128];
	pid_t pid;
	int errors;

	snprintf(program, sizeof(program), "%s/sekisho-session", terminal->build);
	terminal_arguments(terminal, &arguments);
	words[0] = program;
	for (size_t i = 0; i < arguments.count; i++)
		words[i + 1] = arguments.words[i];
	if (flush)
		words[arguments.count + 1] = (char *)"--flush";
	pid = fork();
	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	if (fd >= 0 && dup2(fd, STDIN_FILENO) < 0)
		_exit(126);
	errors = open(folder_path(terminal, "errors", place), O_WRONLY | O_APPEND | O_CLOEXEC);
	if (errors < 0 || dup2(errors, STDERR_FILENO) < 0)
		_exit(126);
	close_range(3, ~0U, 0);
	execv(program, words);
	_exit(127);
}

int terminal_exit(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

int terminal_flush(struct terminal *terminal)
{
	return terminal_exit(terminal_session(terminal, -1, true));
}
