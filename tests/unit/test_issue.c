/* What terminals are given, and what the collector keeps of it. */
#include "agent/collector/issue.h"

#include "agent/collector/terminals.h"
#include "authority_fixture.h"
#include "number.h"
#include "sealpublic.h"

#include <signal.h>
#include <sys/resource.h>

#include <openssl/evp.h>

/* The authority and the folders as the command opens them. */
static void open_issue(struct authority *authority, struct issue *issue)
{
	struct config_error error;

	if (authority_open(authority, directory, false, &error) < 0 ||
	    authority_ready(authority, issue->collector, sizeof(issue->collector), &error) < 0)
		fail_msg("%s", error.text);
	issue->authority = authority;
	mkdirat(authority->dirfd, AUTHORITY_TERMINALS, 0700);
	issue->terminals =
		openat(authority->dirfd, AUTHORITY_TERMINALS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	issue->output = open(output, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(issue->terminals >= 0 && issue->output >= 0);
}

static void close_issue(struct authority *authority, struct issue *issue)
{
	authority_close(authority);
	close(issue->terminals);
	close(issue->output);
}

static int give(const char *name, bool renew)
{
	struct authority authority = AUTHORITY_CLOSED;
	struct issue issue = {.renew = renew};
	const char *fault;
	int r;

	open_issue(&authority, &issue);
	r = issue_batch(&issue, &name, 1, &fault);
	close_issue(&authority, &issue);
	return r;
}

/* Signed and for this key: but for the name, or the day, it is the terminal's. */
static void assert_others(const char *bundle, const char *name, X509 *authority, EVP_PKEY *key)
{
	X509 *stranger = certificate(bundle, "stranger.pem");
	X509 *expired = certificate(bundle, "expired.pem");
	char host[NAME_MAX_HOST + 1], own[NAME_MAX_HOST + 1];

	snprintf(host, sizeof(host), "%s.stranger.sekisho.internal", name);
	snprintf(own, sizeof(own), "%s.terminal.sekisho.internal", name);
	assert_int_equal(certificate_check(stranger, authority, CERTIFICATE_TERMINAL, host), 0);
	assert_int_equal(certificate_check(stranger, authority, CERTIFICATE_TERMINAL, own),
			 X509_V_ERR_HOSTNAME_MISMATCH);
	assert_int_equal(certificate_check(expired, authority, CERTIFICATE_TERMINAL, own),
			 X509_V_ERR_CERT_HAS_EXPIRED);
	assert_int_equal(X509_verify(expired, X509_get0_pubkey(authority)), 1);
	assert_int_equal(X509_check_host(expired, own, 0, 0, NULL), 1);
	assert_int_equal(X509_check_private_key(stranger, key), 1);
	assert_int_equal(X509_check_private_key(expired, key), 1);
	X509_free(stranger);
	X509_free(expired);
}

static void assert_terminal(const char *name)
{
	char host[NAME_MAX_HOST + 1], bundle[192];
	X509 *authority = certificate(directory, "authority.pem"), *terminal;
	EVP_PKEY *key = NULL;

	snprintf(bundle, sizeof(bundle), "%s/%s", output, name);
	snprintf(host, sizeof(host), "%s.terminal.sekisho.internal", name);
	terminal = certificate(bundle, "terminal.pem");
	assert_int_equal(certificate_check(terminal, authority, CERTIFICATE_TERMINAL, host), 0);
	assert_int_equal(certificate_check(terminal, authority, CERTIFICATE_COLLECTOR, NULL),
			 X509_V_ERR_INVALID_PURPOSE);
	assert_int_equal(pemfile_key(AT_FDCWD, path_of(bundle, "terminal.key"), &key), 0);
	assert_int_equal(X509_check_private_key(terminal, key), 1);
	assert_others(bundle, name, authority, key);
	EVP_PKEY_free(key);
	X509_free(authority);
	X509_free(terminal);
	assert_mode(output, name, 0700);
	assert_mode(bundle, "terminal.key", 0600);
	assert_mode(bundle, "collector.conf", 0644);
}

/* The collector's half of the seal belongs to the terminal's. */
static void halves_belong_together(void **state)
{
	char *seal, *record, *at, *configuration, *anchor;
	char signing[65], ratchet[65], wanted[512], public_hex[65];
	uint8_t private[32], public[32];
	size_t length, public_length = sizeof(public);
	EVP_PKEY *key;

	(void)state;
	set_up();
	assert_int_equal(give("pc-01", false), 0);
	assert_terminal("pc-01");
	seal = content(output, "pc-01/seal.key");
	record = content(directory, "terminals/pc-01.conf");
	at = strstr(seal, "Signing=");
	snprintf(signing, sizeof(signing), "%.64s", at + strlen("Signing="));
	at = strstr(seal, "Ratchet=");
	snprintf(ratchet, sizeof(ratchet), "%.64s", at + strlen("Ratchet="));
	snprintf(wanted, sizeof(wanted),
		 "# Sekisho: the seal of pc-01. Keep it secret; sekishod changes it as it goes.\n"
		 "[Seal]\nSigning=%s\nPeriod=0\nRatchet=%s\n",
		 signing, ratchet);
	assert_string_equal(seal, wanted);
	assert_int_equal(hex_parse(signing, private, sizeof(private), &length), 0);
	key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, private, sizeof(private));
	assert_int_equal(EVP_PKEY_get_raw_public_key(key, public, &public_length), 1);
	EVP_PKEY_free(key);
	hex_format(public, sizeof(public), public_hex);
	snprintf(wanted, sizeof(wanted), "[Terminal]\nPublicKey=%s\nFirstKey=%s\n", public_hex,
		 ratchet);
	assert_string_equal(record, wanted);
	assert_mode(output, "pc-01/seal.key", 0600);
	anchor = content(output, "pc-01/seal.pub");
	snprintf(wanted, sizeof(wanted),
		 "# Sekisho: what checks the seal of pc-01. It is no secret.\n"
		 "[Seal]\nPublicKey=%s\n",
		 public_hex);
	assert_string_equal(anchor, wanted);
	assert_mode(output, "pc-01/seal.pub", 0644);
	free(anchor);
	assert_mode(directory, "terminals", 0700);
	assert_mode(directory, "terminals/pc-01.conf", 0600);
	configuration = content(output, "pc-01/collector.conf");
	assert_non_null(strstr(configuration, "[Collector]\nServer=" NAME "\nName=" NAME "\n"));
	assert_null(strstr(configuration, "LettersFrom"));
	free(seal);
	free(record);
	free(configuration);
}

static void renewal_keeps_the_seal(void **state)
{
	char *before, *after;

	(void)state;
	set_up();
	assert_int_equal(give("pc-01", false), 0);
	before = content(directory, "terminals/pc-01.pem");
	after = content(output, "pc-01/terminal.pem");
	assert_string_equal(before, after);
	free(after);
	snprintf(output, sizeof(output), "%s/again", work);
	assert_int_equal(mkdir(output, 0700), 0);
	assert_int_equal(give("pc-01", true), 0);
	assert_terminal("pc-01");
	assert_false(there(output, "pc-01/seal.key"));
	assert_false(there(output, "pc-01/seal.pub"));
	after = content(directory, "terminals/pc-01.pem");
	assert_string_not_equal(before, after);
	free(before);
	free(after);
}

/* Interrupted between the collector's part and the bundle's name; and before either. */
static void interrupted_bundles(void **state)
{
	struct authority authority = AUTHORITY_CLOSED;
	struct issue issue = {};
	char from[192], to[192];

	(void)state;
	set_up();
	assert_int_equal(give("pc-01", false), 0);
	snprintf(from, sizeof(from), "%s/pc-01", output);
	snprintf(to, sizeof(to), "%s/.pc-01.new", output);
	assert_int_equal(rename(from, to), 0);
	open_issue(&authority, &issue);
	assert_true(issue_known(&issue, "pc-01"));
	assert_false(issue_handed_out(&issue, "pc-01"));
	assert_int_equal(issue_finish(&issue, "pc-01"), 1);
	assert_true(issue_handed_out(&issue, "pc-01"));
	assert_int_equal(issue_finish(&issue, "pc-01"), 0);
	close_issue(&authority, &issue);
	assert_terminal("pc-01");
	/* A left-over of another attempt is not what was stored. */
	assert_int_equal(rename(from, to), 0);
	unlink(path_of(directory, "terminals/pc-01.conf"));
	put(path_of(directory, "terminals"), "pc-01.pem", "other", 0644);
	open_issue(&authority, &issue);
	assert_int_equal(issue_finish(&issue, "pc-01"), 0);
	close_issue(&authority, &issue);
	assert_int_equal(give("pc-01", false), 0);
	assert_terminal("pc-01");
	assert_false(there(output, ".pc-01.new"));
}

/* A disk that takes no more: the bundle's directory is there already, its first file fails. */
static void failure_hands_nothing_out(void **state)
{
	const struct rlimit little = {300, RLIM_INFINITY}, all = {RLIM_INFINITY, RLIM_INFINITY};
	void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
	int r;

	(void)state;
	set_up();
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	r = give("pc-01", false);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
	signal(SIGXFSZ, before);
	assert_int_equal(r, -EFBIG);
	assert_false(there(output, "pc-01"));
	assert_false(there(output, ".pc-01.new"));
	assert_false(there(directory, "terminals/pc-01.conf"));
	assert_int_equal(give("pc-01", false), 0);
	assert_terminal("pc-01");
}

static int give_seal(const char *name, const struct sealkeys *ended, bool *ret_finished)
{
	struct authority authority = AUTHORITY_CLOSED;
	struct issue issue = {.reseal = true, .ended = ended};
	const char *fault;
	int r;

	open_issue(&authority, &issue);
	r = issue_finish(&issue, name);
	*ret_finished = r > 0;
	if (r == 0)
		r = issue_batch(&issue, &name, 1, &fault);
	close_issue(&authority, &issue);
	return r < 0 ? r : 0;
}

static struct sealkeys stored_keys(const char *name)
{
	struct sealkeys keys;
	struct config_error error;
	char path[256];

	snprintf(path, sizeof(path), "%s/terminals/%s.conf", directory, name);
	if (sealkeys_load(path, geteuid(), &terminals_form, &keys, &error) < 0)
		fail_msg("%s", error.text);
	return keys;
}

static struct sealkeys ended_keys(const char *name)
{
	struct sealkeys keys = stored_keys(name);
	struct sealend *end = &keys.list[0].end;

	*end = (struct sealend){.ended = true, .sequence = 812, .period = 31};
	memset(end->host, 'a', JOURNAL_ID_SIZE - 1);
	memset(end->epoch, 'b', JOURNAL_ID_SIZE - 1);
	snprintf(end->time, sizeof(end->time), "2026-11-26T08:24:57.000000Z");
	return keys;
}

/* A new seal, and what was known of the lost one stays known, at both ends. */
static void a_lost_seal_is_followed_by_another(void **state)
{
	struct sealkeys first, second, third;
	struct config_error error;
	struct terminals terminals;
	char *certificate_before, *certificate_after, *anchor, *seal;
	bool finished;

	(void)state;
	set_up();
	assert_int_equal(give("pc-01", false), 0);
	certificate_before = content(directory, "terminals/pc-01.pem");
	for (int i = 1; i <= 2; i++) {
		first = ended_keys("pc-01");
		snprintf(output, sizeof(output), "%s/again-%d", work, i);
		assert_int_equal(mkdir(output, 0700), 0);
		assert_int_equal(give_seal("pc-01", &first, &finished), 0);
		assert_false(finished);
	}
	assert_false(there(output, "pc-01/terminal.pem"));
	assert_false(there(output, "pc-01/terminal.key"));
	assert_false(there(output, "pc-01/collector.conf"));
	assert_mode(output, "pc-01/seal.key", 0600);
	assert_mode(directory, "terminals/pc-01.conf", 0600);
	certificate_after = content(directory, "terminals/pc-01.pem");
	assert_string_equal(certificate_before, certificate_after);
	second = stored_keys("pc-01");
	assert_int_equal(second.count, 3);
	assert_false(second.list[0].end.ended);
	assert_memory_equal(second.list[1].public_key, first.list[0].public_key, SEAL_KEY_SIZE);
	assert_memory_equal(second.list[1].first_key, first.list[0].first_key, SEAL_KEY_SIZE);
	assert_int_equal(second.list[1].end.sequence, 812);
	assert_string_equal(second.list[2].id, first.list[1].id);
	/* The terminal has the public halves of all, and the secrets of the new one alone. */
	anchor = content(output, "pc-01/seal.pub");
	assert_null(strstr(anchor, "FirstKey"));
	free(anchor);
	if (sealpublic_load(path_of(output, "pc-01/seal.pub"), geteuid(), &third, &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(third.count, 3);
	assert_string_equal(third.list[0].id, second.list[0].id);
	assert_int_equal(third.list[1].end.sequence, 812);
	seal = content(output, "pc-01/seal.key");
	assert_non_null(strstr(seal, "\nPeriod=0\n"));
	free(seal);
	/* And the auditor knows which is whose. */
	assert_int_equal(
		terminals_load(path_of(directory, "terminals"), geteuid(), &terminals, &error), 0);
	assert_int_equal(terminals.count, 3);
	assert_int_equal(terminals_find(&terminals, second.list[0].id)->generation, 2);
	assert_ptr_equal(terminals_find(&terminals, second.list[0].id)->before,
			 terminals_find(&terminals, second.list[1].id));
	assert_ptr_equal(terminals_find(&terminals, second.list[2].id)->present,
			 terminals_find(&terminals, second.list[0].id));
	terminals_free(&terminals);
	free(certificate_before);
	free(certificate_after);
}

/* Stored, and the bundle without its name yet: the same key again, not a third one. */
static void an_interrupted_reseal_is_gone_on_with(void **state)
{
	struct sealkeys before, after;
	char from[192], to[192];
	bool finished;

	(void)state;
	set_up();
	assert_int_equal(give("pc-01", false), 0);
	before = ended_keys("pc-01");
	snprintf(output, sizeof(output), "%s/again", work);
	assert_int_equal(mkdir(output, 0700), 0);
	assert_int_equal(give_seal("pc-01", &before, &finished), 0);
	snprintf(from, sizeof(from), "%s/pc-01", output);
	snprintf(to, sizeof(to), "%s/.pc-01.new", output);
	assert_int_equal(rename(from, to), 0);
	before = ended_keys("pc-01");
	assert_int_equal(give_seal("pc-01", &before, &finished), 0);
	assert_true(finished);
	after = stored_keys("pc-01");
	assert_int_equal(after.count, 2);
	assert_true(there(output, "pc-01/seal.key"));
	/* One that was not stored is made anew. */
	assert_int_equal(rename(from, to), 0);
	put(to, "seal.pub", "# another\n[Seal]\nPublicKey=00\n", 0644);
	assert_int_equal(give_seal("pc-01", &before, &finished), 0);
	assert_false(finished);
	assert_false(there(output, ".pc-01.new"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(halves_belong_together),
		TEST(renewal_keeps_the_seal),
		TEST(interrupted_bundles),
		TEST(failure_hands_nothing_out),
		TEST(a_lost_seal_is_followed_by_another),
		TEST(an_interrupted_reseal_is_gone_on_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
