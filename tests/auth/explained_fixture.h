/* `sekisho explain login` about a terminal's log-ins, at a service that asks Sekisho and a
 * password. */
#ifndef TEST_EXPLAINED_FIXTURE_H
#define TEST_EXPLAINED_FIXTURE_H

#include "terminal.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static inline void put_service(const struct terminal *terminal, const char *service)
{
	static const char text[] = "auth required pam_sekisho.so\nauth required pam_unix.so\n"
				   "account required pam_sekisho.so\n";
	static const char *const folders[] = {"root", "root/etc", "root/etc/pam.d"};
	char path[192];
	FILE *file;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", terminal->folder, folders[i]);
		(void)!mkdir(path, 0755);
	}
	snprintf(path, sizeof(path), "%s/root/etc/pam.d/%s", terminal->folder, service);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* The exit status; what it says goes to @said. @on: a day, or a moment; NULL: now. */
static inline int explain(const struct terminal *terminal, const char *user, const char *service,
			  const char *on, char said[static WORDS_MAX])
{
	static const char *const places[][2] = {
		{"--config", "sekisho.conf"},  {"--roster", "roster"},
		{"--state", "state"},	       {"--root", "root"},
		{"--revoked", "revoked"},      {"--operators", "operators"},
		{"--substitutes", "no-group"},
	};
	char program[600], paths[7][128];
	char *words[24] = {program, (char *)"explain", (char *)"login"};
	size_t count = 3, length = 0;
	ssize_t got;
	int pipes[2];
	pid_t pid;

	put_service(terminal, service);
	snprintf(program, sizeof(program), "%s/sekisho", terminal->build);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s/%s", terminal->folder, places[i][1]);
		words[count++] = (char *)places[i][0];
		words[count++] = paths[i];
	}
	if (on) {
		words[count++] = (char *)"--on";
		words[count++] = (char *)on;
	}
	words[count++] = (char *)user;
	words[count] = (char *)service;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (dup2(pipes[1], 1) < 0 || dup2(pipes[1], 2) < 0)
			_exit(126);
		execv(program, words);
		_exit(127);
	}
	close(pipes[1]);
	while ((got = read(pipes[0], said + length, WORDS_MAX - 1 - length)) > 0)
		length += (size_t)got;
	said[length] = '\0';
	close(pipes[0]);
	return terminal_exit(pid);
}

#endif
