/* A file of sections about log-ins, and people of two groups. */
#ifndef TESTS_LOGINPOLICY_FIXTURE_H
#define TESTS_LOGINPOLICY_FIXTURE_H

#include "agent/auth/loginpolicy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/sekisho-policy-XXXXXX";

static inline void put(const char *place, const char *text)
{
	FILE *file = fopen(place, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

struct site {
	struct settings settings;
	struct loginrules rules;
	struct config_error error;
};

static inline int load(struct site *site, const char *text)
{
	put(path, text);
	return settings_load_rules(path, geteuid(), &site->settings, &site->rules, NULL,
				   &site->error);
}

/* "staff" and "contractors" are groups; hanako is of the first, taro of both; "lost" can't be
 * looked up. */
static inline enum loginpolicy_match member(void *user, const char *group)
{
	const char *name = user;

	if (strcmp(group, "lost") == 0)
		return LOGINPOLICY_DOUBT;
	if (strcmp(group, "staff") == 0)
		return strcmp(name, "hanako") == 0 || strcmp(name, "taro") == 0 ? LOGINPOLICY_YES
										: LOGINPOLICY_NO;
	return strcmp(group, "contractors") == 0 && strcmp(name, "taro") == 0 ? LOGINPOLICY_YES
									      : LOGINPOLICY_NO;
}

/* "key otp", "key+pin", "" and so on; with a "-" before it where the person is not let in. */
static inline const char *decided(const struct site *site, const char *user, const char *service)
{
	static char text[32];
	struct loginpolicy policy;
	char pairs[PAIRS_TEXT];

	loginpolicy_decide(&site->settings, &site->rules, user, service, member, (void *)user,
			   &policy);
	pairs_text(&policy.pairs, pairs);
	snprintf(text, sizeof(text), "%s%s%s", policy.allowed ? "" : "-", pairs,
		 policy.pairs.verified ? " pin" : "");
	return text;
}

static inline int set_up(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static inline int tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

#endif
