/* `sekisho explain login` about a terminal's log-ins, at a service that asks Sekisho and a
 * password. */
#ifndef TEST_EXPLAINED_FIXTURE_H
#define TEST_EXPLAINED_FIXTURE_H

#include "command.h"

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

/* As one line: sentences are broken at 80 columns. */
static inline void join_words(const char *text, char joined[static WORDS_MAX])
{
	while (*text) {
		const size_t blanks = strspn(text, " \n");

		text += blanks;
		if (blanks > 0)
			*joined++ = ' ';
		if (*text)
			*joined++ = *text++;
	}
	*joined = '\0';
}

/* The exit status; what it says goes to @said, in one line. @on: a day, or a moment; NULL: now. */
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
	size_t count = 3;
	struct run run;

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
	run = command_run(words, 0, "");
	join_words(run.text, said);
	return run.status;
}

#endif
