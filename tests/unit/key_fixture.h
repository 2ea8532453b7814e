/* What the tests of the software authenticator share: a fixture with one key, and libfido2 asking
 * it for credentials and assertions. */
#ifndef TEST_KEY_FIXTURE_H
#define TEST_KEY_FIXTURE_H

#include "lib/cleanup.h"
#include "tests/authenticator/softkey_io.h"

#include <errno.h>
#include <fcntl.h>
#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define RP  "login.example"
#define PIN "1234"

static const unsigned char client_hash[32] = {1, 2, 3};

struct fixture {
	char folder[64];
	char program[512];
	struct softkey key;
	fido_dev_t *dev;
};

struct credential {
	unsigned char id[128];
	size_t id_length;
	int algorithm;
	unsigned char public_key[64];
};

/* What make_credential() is to ask for. */
struct wish {
	int algorithm;
	const char *pin;
	fido_opt_t rk;
	fido_opt_t uv;
	int protect;
	const char *user;
};

static inline int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	ssize_t length;
	char *slash;

	length = readlink("/proc/self/exe", fixture->program, sizeof(fixture->program) - 32);
	assert_true(length > 0);
	for (int i = 0; i < 2; i++) {
		slash = strrchr(fixture->program, '/');
		assert_non_null(slash);
		*slash = '\0';
	}
	snprintf(slash, 32, "/softkey");
	snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/softkey-test-XXXXXX");
	assert_non_null(mkdtemp(fixture->folder));
	*state = fixture;
	return 0;
}

static inline void close_device(struct fixture *fixture)
{
	if (fixture->dev)
		fido_dev_close(fixture->dev);
	fido_dev_free(&fixture->dev);
}

static inline int teardown(void **state)
{
	static const char *const names[] = {"state", "copy", "batch"};
	struct fixture *fixture = *state;

	close_device(fixture);
	assert_int_equal(softkey_stop(&fixture->key), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char path[128];

		snprintf(path, sizeof(path), "%s/%s", fixture->folder, names[i]);
		unlink(path);
	}
	/* Fails if the key left a socket behind, and so the test. */
	assert_int_equal(rmdir(fixture->folder), 0);
	free(fixture);
	return 0;
}

static inline int open_device(struct fixture *fixture, int limit_ms)
{
	close_device(fixture);
	fixture->dev = fido_dev_new();
	assert_non_null(fixture->dev);
	if (limit_ms)
		assert_int_equal(fido_dev_set_timeout(fixture->dev, limit_ms), FIDO_OK);
	return softkey_dev_open(fixture->dev, fixture->key.socket);
}

static inline void start(struct fixture *fixture, const char *const options[])
{
	assert_int_equal(softkey_stop(&fixture->key), 0);
	assert_int_equal(
		softkey_start(&fixture->key, fixture->program, fixture->folder, "key", options), 0);
	assert_int_equal(open_device(fixture, 0), FIDO_OK);
}

#define START(fixture, ...) start(fixture, (const char *const[]){__VA_ARGS__, NULL})

static inline void command(const struct fixture *fixture, const char *line)
{
	assert_int_equal(softkey_command(fixture->key.control, line, NULL), 0);
}

/* The value of one name in the status line. */
static inline long status(const struct fixture *fixture, const char *name)
{
	char answer[SOFTKEY_ANSWER_MAX];
	char wanted[32];
	const char *at;

	assert_int_equal(softkey_command(fixture->key.control, "status", answer), 0);
	snprintf(wanted, sizeof(wanted), " %s=", name);
	at = strstr(answer, wanted);
	assert_non_null(at);
	return strtol(at + strlen(wanted), NULL, 10);
}

static inline fido_cred_t *ask_credential(struct fixture *fixture, const struct wish *wish,
					  int expected)
{
	const char *user = wish->user ? wish->user : "hanako";
	fido_cred_t *cred = fido_cred_new();

	assert_int_equal(fido_cred_set_type(cred, wish->algorithm ? wish->algorithm : COSE_ES256),
			 FIDO_OK);
	assert_int_equal(fido_cred_set_rp(cred, RP, "Log-in"), FIDO_OK);
	assert_int_equal(fido_cred_set_user(cred, (const unsigned char *)user, strlen(user), user,
					    "花子", NULL),
			 FIDO_OK);
	assert_int_equal(fido_cred_set_clientdata_hash(cred, client_hash, sizeof(client_hash)),
			 FIDO_OK);
	fido_cred_set_rk(cred, wish->rk);
	fido_cred_set_uv(cred, wish->uv);
	if (wish->protect) {
		fido_cred_set_extensions(cred, FIDO_EXT_CRED_PROTECT);
		fido_cred_set_prot(cred, wish->protect);
	}
	assert_int_equal(fido_dev_make_cred(fixture->dev, cred, wish->pin), expected);
	return cred;
}

static inline struct credential make_credential(struct fixture *fixture, const struct wish *wish)
{
	fido_cred_t *cred = ask_credential(fixture, wish, FIDO_OK);
	struct credential credential = {.algorithm = fido_cred_type(cred)};

	if (wish->pin)
		fido_cred_set_uv(cred, FIDO_OPT_TRUE);
	assert_string_equal(fido_cred_fmt(cred), "packed");
	if (fido_cred_x5c_len(cred) > 0)
		assert_int_equal(fido_cred_verify(cred), FIDO_OK);
	else
		assert_int_equal(fido_cred_verify_self(cred), FIDO_OK);
	credential.id_length = fido_cred_id_len(cred);
	assert_true(credential.id_length <= sizeof(credential.id));
	memcpy(credential.id, fido_cred_id_ptr(cred), credential.id_length);
	assert_true(fido_cred_pubkey_len(cred) <= sizeof(credential.public_key));
	memcpy(credential.public_key, fido_cred_pubkey_ptr(cred), fido_cred_pubkey_len(cred));
	fido_cred_free(&cred);
	return credential;
}

/* Asks for an assertion and returns libfido2's answer. @credential may be NULL: resident ones. */
static inline int ask(struct fixture *fixture, const struct credential *credential, const char *pin,
		      fido_opt_t up, fido_opt_t uv, fido_assert_t **ret_assertion)
{
	fido_assert_t *assertion = fido_assert_new();
	int r;

	assert_int_equal(fido_assert_set_rp(assertion, RP), FIDO_OK);
	assert_int_equal(
		fido_assert_set_clientdata_hash(assertion, client_hash, sizeof(client_hash)),
		FIDO_OK);
	if (credential)
		assert_int_equal(
			fido_assert_allow_cred(assertion, credential->id, credential->id_length),
			FIDO_OK);
	fido_assert_set_up(assertion, up);
	fido_assert_set_uv(assertion, uv);
	r = fido_dev_get_assert(fixture->dev, assertion, pin);
	if (r != FIDO_OK || !ret_assertion)
		fido_assert_free(&assertion);
	else
		*ret_assertion = assertion;
	return r;
}

static inline int verify(fido_assert_t *assertion, const struct credential *credential,
			 fido_opt_t up, fido_opt_t uv)
{
	es256_pk_t *es256 = es256_pk_new();
	eddsa_pk_t *eddsa = eddsa_pk_new();
	const void *key = es256;
	int r;

	if (credential->algorithm == COSE_EDDSA) {
		assert_int_equal(eddsa_pk_from_ptr(eddsa, credential->public_key, 32), FIDO_OK);
		key = eddsa;
	} else {
		assert_int_equal(es256_pk_from_ptr(es256, credential->public_key, 64), FIDO_OK);
	}
	fido_assert_set_up(assertion, up);
	fido_assert_set_uv(assertion, uv);
	r = fido_assert_verify(assertion, 0, credential->algorithm, key);
	es256_pk_free(&es256);
	eddsa_pk_free(&eddsa);
	return r;
}

/* A good assertion, verified; returns its counter. */
static inline uint32_t prove(struct fixture *fixture, const struct credential *credential,
			     const char *pin, fido_opt_t uv)
{
	fido_assert_t *assertion = NULL;
	uint32_t counter;

	assert_int_equal(ask(fixture, credential, pin, FIDO_OPT_TRUE, uv, &assertion), FIDO_OK);
	assert_int_equal(verify(assertion, credential, FIDO_OPT_TRUE, pin ? FIDO_OPT_TRUE : uv),
			 FIDO_OK);
	counter = fido_assert_sigcount(assertion, 0);
	fido_assert_free(&assertion);
	return counter;
}

#endif
