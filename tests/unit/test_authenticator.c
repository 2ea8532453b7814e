/* The software authenticator that the other tests rely on, judged by libfido2. */
#include "tests/unit/key_fixture.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

static void info_tells_what_was_set(void **state)
{
	static const unsigned char aaguid[16] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
						 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
	struct fixture *fixture = *state;
	fido_cbor_info_t *info = fido_cbor_info_new();

	START(fixture, "--aaguid", "00112233445566778899aabbccddeeff", "--min-pin-length", "6",
	      "--pin-protocols", "1", "--always-uv", "--uv", "--max-list", "5");
	assert_true(fido_dev_is_fido2(fixture->dev));
	assert_true(fido_dev_has_uv(fixture->dev));
	assert_false(fido_dev_has_pin(fixture->dev));
	assert_int_equal(fido_dev_get_cbor_info(fixture->dev, info), FIDO_OK);
	assert_memory_equal(fido_cbor_info_aaguid_ptr(info), aaguid, sizeof(aaguid));
	assert_int_equal(fido_cbor_info_minpinlen(info), 6);
	assert_int_equal(fido_cbor_info_maxcredcntlst(info), 5);
	assert_int_equal(fido_cbor_info_protocols_len(info), 1);
	assert_int_equal(fido_cbor_info_protocols_ptr(info)[0], 1);
	assert_int_equal(fido_cbor_info_algorithm_count(info), 2);
	assert_false(fido_cbor_info_new_pin_required(info));
	fido_cbor_info_free(&info);
}

static void pin_is_set_changed_and_wanted(void **state)
{
	static const char *const protocols[] = {"1", "2", "2,1"};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		struct credential credential;
		uint32_t before;

		START(fixture, "--pin-protocols", protocols[i]);
		assert_int_equal(fido_dev_set_pin(fixture->dev, "123", NULL),
				 FIDO_ERR_PIN_POLICY_VIOLATION);
		assert_int_equal(fido_dev_set_pin(fixture->dev, "起動番号1", NULL), FIDO_OK);
		assert_int_equal(fido_dev_set_pin(fixture->dev, PIN, NULL),
				 FIDO_ERR_PIN_AUTH_INVALID);
		assert_int_equal(fido_dev_set_pin(fixture->dev, PIN, "起動番号1"), FIDO_OK);
		credential = make_credential(fixture, &(struct wish){.pin = PIN});
		before = prove(fixture, &credential, PIN, FIDO_OPT_OMIT);
		assert_true(prove(fixture, &credential, PIN, FIDO_OPT_OMIT) > before);
	}
}

static void wrong_pin_costs_tries(void **state)
{
	struct fixture *fixture = *state;
	struct credential credential;
	int left = 0;

	START(fixture, "--pin", PIN);
	credential = make_credential(fixture, &(struct wish){.pin = PIN});
	for (int i = 1; i <= 8; i++) {
		bool last = i == 8;
		bool third = i % 3 == 0;

		assert_int_equal(
			ask(fixture, &credential, "9999", FIDO_OPT_TRUE, FIDO_OPT_OMIT, NULL),
			last	? FIDO_ERR_PIN_BLOCKED
			: third ? FIDO_ERR_PIN_AUTH_BLOCKED
				: FIDO_ERR_PIN_INVALID);
		assert_int_equal(fido_dev_get_retry_count(fixture->dev, &left), FIDO_OK);
		assert_int_equal(left, 8 - i);
		if (!third)
			continue;
		/* The right one is of no use before the key was pulled. */
		assert_int_equal(ask(fixture, &credential, PIN, FIDO_OPT_TRUE, FIDO_OPT_OMIT, NULL),
				 FIDO_ERR_PIN_AUTH_BLOCKED);
		command(fixture, "unplug");
		assert_int_not_equal(open_device(fixture, 0), FIDO_OK);
		command(fixture, "plug");
		assert_int_equal(open_device(fixture, 0), FIDO_OK);
	}
	command(fixture, "unplug");
	command(fixture, "plug");
	assert_int_equal(open_device(fixture, 0), FIDO_OK);
	assert_int_equal(ask(fixture, &credential, PIN, FIDO_OPT_TRUE, FIDO_OPT_OMIT, NULL),
			 FIDO_ERR_PIN_BLOCKED);
	command(fixture, "set pin-retries 1");
	prove(fixture, &credential, PIN, FIDO_OPT_OMIT);
	assert_int_equal(status(fixture, "pin-retries"), 8);
}

static void forced_change_comes_first(void **state)
{
	struct fixture *fixture = *state;
	fido_cbor_info_t *info = fido_cbor_info_new();
	fido_cred_t *cred;

	START(fixture, "--pin", PIN, "--force-pin-change");
	assert_int_equal(fido_dev_get_cbor_info(fixture->dev, info), FIDO_OK);
	assert_true(fido_cbor_info_new_pin_required(info));
	cred = ask_credential(fixture, &(struct wish){.pin = PIN}, FIDO_ERR_PIN_INVALID);
	fido_cred_free(&cred);
	assert_int_equal(fido_dev_set_pin(fixture->dev, PIN, PIN), FIDO_ERR_PIN_POLICY_VIOLATION);
	assert_int_equal(fido_dev_set_pin(fixture->dev, "4321", PIN), FIDO_OK);
	make_credential(fixture, &(struct wish){.pin = "4321"});
	fido_cbor_info_free(&info);
}

static void built_in_verification(void **state)
{
	struct fixture *fixture = *state;
	struct credential credential;
	int left = 0;

	START(fixture, "--uv", "--pin", PIN);
	credential = make_credential(fixture, &(struct wish){.uv = FIDO_OPT_TRUE});
	/* One gesture serves as verification and presence. */
	assert_int_equal(status(fixture, "touches"), 1);
	prove(fixture, &credential, NULL, FIDO_OPT_TRUE);
	assert_int_equal(status(fixture, "touches"), 2);
	command(fixture, "set uv fail");
	for (int i = 4; i >= 0; i--) {
		assert_int_equal(
			ask(fixture, &credential, NULL, FIDO_OPT_TRUE, FIDO_OPT_TRUE, NULL),
			i ? FIDO_ERR_UV_INVALID : FIDO_ERR_UV_BLOCKED);
		assert_int_equal(fido_dev_get_uv_retry_count(fixture->dev, &left), FIDO_OK);
		assert_int_equal(left, i);
	}
	command(fixture, "set uv ok");
	assert_int_equal(ask(fixture, &credential, NULL, FIDO_OPT_TRUE, FIDO_OPT_TRUE, NULL),
			 FIDO_ERR_UV_BLOCKED);
	prove(fixture, &credential, PIN, FIDO_OPT_OMIT);
	prove(fixture, &credential, NULL, FIDO_OPT_TRUE);
	START(fixture, "--uv", "--ctap2.0");
	credential = make_credential(fixture, &(struct wish){.uv = FIDO_OPT_TRUE});
	prove(fixture, &credential, NULL, FIDO_OPT_TRUE);
}

static void every_kind_of_credential(void **state)
{
	static const char *const attestations[] = {"batch", "self"};
	static const int algorithms[] = {COSE_ES256, COSE_EDDSA};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < 4; i++) {
		struct wish wish = {.algorithm = algorithms[i % 2], .pin = PIN};
		struct credential credential;

		START(fixture, "--pin", PIN, "--attestation", attestations[i / 2]);
		credential = make_credential(fixture, &wish);
		prove(fixture, &credential, PIN, FIDO_OPT_OMIT);
	}
}

static void residents_newest_first(void **state)
{
	static const char *const users[] = {"taro", "jiro", "saburo"};
	struct fixture *fixture = *state;
	struct credential credentials[3];
	fido_assert_t *assertion = NULL;

	START(fixture, "--pin", PIN);
	for (int i = 0; i < 3; i++)
		credentials[i] = make_credential(
			fixture, &(struct wish){.pin = PIN, .rk = FIDO_OPT_TRUE, .user = users[i]});
	/* The same user again takes the old one's place. */
	credentials[1] = make_credential(
		fixture, &(struct wish){.pin = PIN, .rk = FIDO_OPT_TRUE, .user = users[1]});
	assert_int_equal(status(fixture, "residents"), 3);
	assert_int_equal(ask(fixture, NULL, PIN, FIDO_OPT_TRUE, FIDO_OPT_OMIT, &assertion),
			 FIDO_OK);
	assert_int_equal(fido_assert_count(assertion), 3);
	assert_string_equal(fido_assert_user_name(assertion, 0), "jiro");
	assert_string_equal(fido_assert_user_name(assertion, 1), "saburo");
	assert_string_equal(fido_assert_user_name(assertion, 2), "taro");
	assert_int_equal(fido_assert_id_len(assertion, 2), credentials[0].id_length);
	assert_memory_equal(fido_assert_id_ptr(assertion, 2), credentials[0].id,
			    credentials[0].id_length);
	assert_int_equal(verify(assertion, &credentials[1], FIDO_OPT_TRUE, FIDO_OPT_TRUE), FIDO_OK);
	assert_int_equal(verify(assertion, &credentials[0], FIDO_OPT_TRUE, FIDO_OPT_TRUE),
			 FIDO_ERR_INVALID_SIG);
	fido_assert_free(&assertion);
	/* Without verification nobody's name. */
	assert_int_equal(ask(fixture, NULL, NULL, FIDO_OPT_TRUE, FIDO_OPT_OMIT, &assertion),
			 FIDO_OK);
	assert_null(fido_assert_user_name(assertion, 0));
	fido_assert_free(&assertion);
}

static void verification_where_it_is_wanted(void **state)
{
	struct fixture *fixture = *state;
	struct credential credential;
	fido_cred_t *cred;

	START(fixture, "--pin", PIN, "--always-uv");
	cred = ask_credential(fixture, &(struct wish){}, FIDO_ERR_PIN_REQUIRED);
	fido_cred_free(&cred);
	credential = make_credential(fixture, &(struct wish){.pin = PIN});
	assert_int_equal(ask(fixture, &credential, NULL, FIDO_OPT_TRUE, FIDO_OPT_OMIT, NULL),
			 FIDO_ERR_PIN_REQUIRED);
	assert_int_equal(ask(fixture, &credential, NULL, FIDO_OPT_FALSE, FIDO_OPT_OMIT, NULL),
			 FIDO_OK);
	START(fixture, "--pin", PIN, "--uv-required");
	cred = ask_credential(fixture, &(struct wish){}, FIDO_ERR_PIN_REQUIRED);
	fido_cred_free(&cred);
	START(fixture, "--pin", PIN);
	make_credential(fixture, &(struct wish){});
	cred = ask_credential(fixture, &(struct wish){.rk = FIDO_OPT_TRUE}, FIDO_ERR_PIN_REQUIRED);
	fido_cred_free(&cred);
	START(fixture, "--no-rk");
	cred = ask_credential(fixture, &(struct wish){.rk = FIDO_OPT_TRUE},
			      FIDO_ERR_UNSUPPORTED_OPTION);
	fido_cred_free(&cred);
}

static void an_excluded_credential_stops_enrolment(void **state)
{
	struct fixture *fixture = *state;
	struct credential credential;
	fido_cred_t *cred;

	START(fixture, "--attestation", "none");
	cred = ask_credential(fixture, &(struct wish){}, FIDO_OK);
	assert_string_equal(fido_cred_fmt(cred), "none");
	credential.id_length = fido_cred_id_len(cred);
	memcpy(credential.id, fido_cred_id_ptr(cred), credential.id_length);
	fido_cred_free(&cred);

	cred = fido_cred_new();
	fido_cred_set_type(cred, COSE_ES256);
	fido_cred_set_rp(cred, RP, NULL);
	fido_cred_set_user(cred, (const unsigned char *)"u", 1, "u", NULL, NULL);
	fido_cred_set_clientdata_hash(cred, client_hash, sizeof(client_hash));
	assert_int_equal(fido_cred_exclude(cred, credential.id, credential.id_length), FIDO_OK);
	assert_int_equal(fido_dev_make_cred(fixture->dev, cred, NULL),
			 FIDO_ERR_CREDENTIAL_EXCLUDED);
	fido_cred_free(&cred);
}

static void copy_file(const char *from, const char *to)
{
	char bytes[4096];
	FILE *source = fopen(from, "r");
	FILE *target = fopen(to, "w");
	size_t length;

	assert_non_null(source);
	assert_non_null(target);
	length = fread(bytes, 1, sizeof(bytes), source);
	assert_true(length > 0 && length < sizeof(bytes));
	assert_int_equal(fwrite(bytes, 1, length, target), length);
	assert_int_equal(fclose(target), 0);
	fclose(source);
}

static void a_copied_state_is_a_clone(void **state)
{
	struct fixture *fixture = *state;
	struct credential credential;
	char path[128];
	char copy[128];
	uint32_t counter;

	snprintf(path, sizeof(path), "%s/state", fixture->folder);
	snprintf(copy, sizeof(copy), "%s/copy", fixture->folder);
	START(fixture, "--state", path, "--pin", PIN, "--counter", "40");
	credential = make_credential(fixture, &(struct wish){.pin = PIN, .rk = FIDO_OPT_TRUE});
	copy_file(path, copy);
	counter = prove(fixture, &credential, PIN, FIDO_OPT_OMIT);
	assert_int_equal(counter, 42);
	assert_int_equal(prove(fixture, &credential, PIN, FIDO_OPT_OMIT), 43);
	START(fixture, "--state", path);
	assert_int_equal(prove(fixture, &credential, PIN, FIDO_OPT_OMIT), 44);
	assert_int_equal(status(fixture, "residents"), 1);
	/* The clone is as good a key, only that its counter lies behind. */
	START(fixture, "--state", copy);
	assert_int_equal(prove(fixture, &credential, PIN, FIDO_OPT_OMIT), counter);
	START(fixture, "--state", copy, "--counter", "off");
	assert_int_equal(prove(fixture, &credential, PIN, FIDO_OPT_OMIT), 0);
	assert_int_equal(prove(fixture, &credential, PIN, FIDO_OPT_OMIT), 0);
}

static void attestation_leads_to_the_batch_root(void **state)
{
	struct fixture *fixture = *state;
	const unsigned char *at;
	fido_cred_t *cred;
	X509 *batch;
	X509 *root;
	X509 *told;
	FILE *file;
	char path[128];

	snprintf(path, sizeof(path), "%s/batch", fixture->folder);
	START(fixture, "--batch", path);
	/* Another key of the same batch. */
	START(fixture, "--batch", path);
	cred = ask_credential(fixture, &(struct wish){}, FIDO_OK);
	file = fopen(path, "r");
	assert_non_null(file);
	batch = PEM_read_X509(file, NULL, NULL, NULL);
	root = PEM_read_X509(file, NULL, NULL, NULL);
	fclose(file);
	assert_non_null(batch);
	assert_non_null(root);
	at = fido_cred_x5c_ptr(cred);
	told = d2i_X509(NULL, &at, (long)fido_cred_x5c_len(cred));
	assert_non_null(told);
	assert_int_equal(X509_cmp(told, batch), 0);
	assert_int_equal(X509_verify(told, X509_get0_pubkey(root)), 1);
	X509_free(told);
	X509_free(batch);
	X509_free(root);
	fido_cred_free(&cred);
}

static void hmac_secret_depends_on_salt_and_verification(void **state)
{
	static const unsigned char salt[2][32] = {{1}, {2}};
	unsigned char secrets[4][32];
	struct fixture *fixture = *state;
	fido_cred_t *cred;

	START(fixture, "--hmac-secret", "--pin", PIN);
	cred = ask_credential(fixture, &(struct wish){}, FIDO_OK);
	for (int i = 0; i < 4; i++) {
		fido_assert_t *assertion = fido_assert_new();

		fido_assert_set_rp(assertion, RP);
		fido_assert_set_clientdata_hash(assertion, client_hash, sizeof(client_hash));
		fido_assert_allow_cred(assertion, fido_cred_id_ptr(cred), fido_cred_id_len(cred));
		fido_assert_set_extensions(assertion, FIDO_EXT_HMAC_SECRET);
		fido_assert_set_hmac_salt(assertion, salt[i == 1], sizeof(salt[0]));
		assert_int_equal(fido_dev_get_assert(fixture->dev, assertion, i == 2 ? PIN : NULL),
				 FIDO_OK);
		assert_int_equal(fido_assert_hmac_secret_len(assertion, 0), sizeof(secrets[i]));
		memcpy(secrets[i], fido_assert_hmac_secret_ptr(assertion, 0), sizeof(secrets[i]));
		fido_assert_free(&assertion);
	}
	assert_memory_equal(secrets[0], secrets[3], sizeof(secrets[0]));
	assert_memory_not_equal(secrets[0], secrets[1], sizeof(secrets[0]));
	assert_memory_not_equal(secrets[0], secrets[2], sizeof(secrets[0]));
	fido_cred_free(&cred);
}

static void reset_forgets(void **state)
{
	struct fixture *fixture = *state;
	struct credential credential;

	START(fixture, "--pin", PIN);
	credential = make_credential(fixture, &(struct wish){.pin = PIN, .rk = FIDO_OPT_TRUE});
	assert_int_equal(fido_dev_reset(fixture->dev), FIDO_OK);
	assert_int_equal(open_device(fixture, 0), FIDO_OK);
	assert_false(fido_dev_has_pin(fixture->dev));
	assert_int_equal(status(fixture, "residents"), 0);
	assert_int_equal(ask(fixture, &credential, NULL, FIDO_OPT_FALSE, FIDO_OPT_OMIT, NULL),
			 FIDO_ERR_NO_CREDENTIALS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(info_tells_what_was_set, setup, teardown),
		cmocka_unit_test_setup_teardown(pin_is_set_changed_and_wanted, setup, teardown),
		cmocka_unit_test_setup_teardown(wrong_pin_costs_tries, setup, teardown),
		cmocka_unit_test_setup_teardown(forced_change_comes_first, setup, teardown),
		cmocka_unit_test_setup_teardown(built_in_verification, setup, teardown),
		cmocka_unit_test_setup_teardown(every_kind_of_credential, setup, teardown),
		cmocka_unit_test_setup_teardown(residents_newest_first, setup, teardown),
		cmocka_unit_test_setup_teardown(verification_where_it_is_wanted, setup, teardown),
		cmocka_unit_test_setup_teardown(an_excluded_credential_stops_enrolment, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_copied_state_is_a_clone, setup, teardown),
		cmocka_unit_test_setup_teardown(attestation_leads_to_the_batch_root, setup,
						teardown),
		cmocka_unit_test_setup_teardown(hmac_secret_depends_on_salt_and_verification, setup,
						teardown),
		cmocka_unit_test_setup_teardown(reset_forgets, setup, teardown),
	};

	fido_init(FIDO_DISABLE_U2F_FALLBACK);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
