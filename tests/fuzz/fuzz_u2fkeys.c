/* Any line as one of pam-u2f's and of pam_oath's: what is taken can be written and read again, and
 * never asks for less than the roster's default. */
#include "agent/cli/u2fkeys.h"
#include "agent/cli/usersoath.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_again(const struct u2fkeys_credential *credential)
{
	static struct u2fkeys_credential again;
	char *text = u2fkeys_format(&credential->key);
	char *rest = text;

	if (!text)
		abort();
	if (!u2fkeys_next(&rest, &again) || again.refusal ||
	    again.key.credential_length != credential->key.credential_length ||
	    again.key.algorithm != credential->key.algorithm ||
	    memcmp(again.key.credential, credential->key.credential, ROSTER_CREDENTIAL_MAX) != 0 ||
	    memcmp(again.key.key, credential->key.key, ROSTER_KEY_MAX) != 0)
		__builtin_trap();
	free(text);
}

static void try_u2f(char *line)
{
	static struct u2fkeys_credential credential;
	const char *user;
	char *rest;

	if (u2fkeys_begin(line, &user, &rest) < 0)
		return;
	if (user[0] == '\0')
		__builtin_trap();
	while (u2fkeys_next(&rest, &credential))
		if (!credential.refusal) {
			if (credential.key.credential_length == 0 || credential.key.uv_optional)
				__builtin_trap();
			try_again(&credential);
		}
}

static void try_oath(char *line)
{
	static struct usersoath taken, again;
	static char text[USERSOATH_LINE];
	const char *refusal;
	int r = usersoath_parse(line, &taken, &refusal);

	if ((r == -EINVAL) != !!refusal)
		__builtin_trap();
	if (r < 0)
		return;
	if (usersoath_format(&taken, text, &refusal) < 0)
		__builtin_trap();
	text[strcspn(text, "\n")] = '\0';
	if (usersoath_parse(text, &again, &refusal) < 0 ||
	    strcmp(taken.entry.user, again.entry.user) != 0 ||
	    memcmp(taken.entry.otp.seed, again.entry.otp.seed, OTP_SEED_MAX) != 0 ||
	    (taken.entry.otp.kind == OTP_HOTP && taken.next != again.next))
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = strndup((const char *)data, size), *copy = line ? strdup(line) : NULL;

	if (!copy)
		abort();
	line[strcspn(line, "\n")] = copy[strcspn(copy, "\n")] = '\0';
	try_u2f(line);
	try_oath(copy);
	free(line);
	free(copy);
	return 0;
}
