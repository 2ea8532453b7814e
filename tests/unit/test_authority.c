/* The collector's authority: OpenSSL's own verification is the judge. */
#include "agent/collector/namelist.h"
#include "agent/collector/rsyslog.h"

#include "authority_fixture.h"

static void certificates_are_valid(void **state)
{
	X509 *authority, *collector;
	char name[NAME_MAX_HOST + 1];

	(void)state;
	set_up();
	authority = certificate(directory, "authority.pem");
	collector = certificate(directory, "collector.pem");
	assert_int_equal(certificate_check(collector, authority, CERTIFICATE_COLLECTOR, NAME), 0);
	assert_int_equal(
		certificate_check(collector, authority, CERTIFICATE_COLLECTOR, "log2.example"),
		X509_V_ERR_HOSTNAME_MISMATCH);
	assert_int_equal(certificate_check(collector, authority, CERTIFICATE_TERMINAL, NULL),
			 X509_V_ERR_INVALID_PURPOSE);
	assert_int_equal(certificate_name(collector, name, sizeof(name)), 0);
	assert_string_equal(name, NAME);
	assert_int_equal(X509_check_ca(authority), 1);
	assert_int_equal(X509_get_pathlen(authority), 0);
	assert_int_equal(X509_get_key_usage(authority), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
	assert_int_equal(X509_check_ca(collector), 0);
	X509_free(authority);
	X509_free(collector);
	assert_mode(directory, "authority.key", 0600);
	assert_mode(directory, "collector.key", 0600);
	assert_mode(directory, "authority.pem", 0644);
}

static void nothing_is_overwritten(void **state)
{
	char *before[AUTHORITY_FILES];

	(void)state;
	set_up();
	for (enum authority_file file = 0; file < AUTHORITY_FILES; file++)
		before[file] = content(directory, authority_file_name(file));
	set_up();
	for (enum authority_file file = 0; file < AUTHORITY_FILES; file++) {
		char *after = content(directory, authority_file_name(file));

		assert_string_equal(before[file], after);
		free(before[file]);
		free(after);
	}
}

/* A crash after each step, and in the middle of a write. */
static void half_made_state_heals(void **state)
{
	(void)state;
	for (enum authority_file made = 0; made < AUTHORITY_FILES; made++) {
		char *kept, *after;

		set_up();
		for (enum authority_file file = made + 1; file < AUTHORITY_FILES; file++)
			unlink(path_of(directory, authority_file_name(file)));
		put(directory, ".collector.key.new", "-----BEGIN", 0600);
		kept = content(directory, authority_file_name(made));
		certificates_are_valid(state);
		after = content(directory, authority_file_name(made));
		assert_string_equal(kept, after);
		free(after);
		free(kept);
	}
}

static void what_cannot_be_replaced_is_told(void **state)
{
	static const struct {
		const char *missing[2];
		int code;
		const char *words;
	} rows[] = {
		{{"authority.key", "collector.pem"}, -ENOKEY, "put it back for that time"},
		{{"authority.key", "authority.pem"}, -ENOKEY, "put its copy back"},
		{{"collector.key", NULL}, -ENOKEY, "collector.pem needs it"},
		/* As it should be: the authority's key is kept elsewhere. */
		{{"authority.key", NULL}, 0, ""},
		{{"authority.pem", NULL}, 0, ""},
	};
	struct config_error error;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		set_up();
		for (size_t j = 0; j < 2 && rows[i].missing[j]; j++)
			assert_int_equal(unlink(path_of(directory, rows[i].missing[j])), 0);
		assert_int_equal(setup_as(NAME, &error), rows[i].code);
		assert_non_null(strstr(error.text, rows[i].words));
		end(state);
		begin(state);
	}
}

static void what_does_not_fit_is_told(void **state)
{
	struct config_error error;
	char *key, *other;

	(void)state;
	set_up();
	assert_int_equal(setup_as("log2.example", &error), -EEXIST);
	assert_non_null(strstr(error.text, "name " NAME));
	key = content(directory, "authority.key");
	other = content(directory, "collector.key");
	put(directory, "authority.key", other, 0600);
	assert_int_equal(setup_as(NAME, &error), -EEXIST);
	assert_non_null(strstr(error.text, "authority.key: it does not belong"));
	put(directory, "authority.key", key, 0640);
	assert_int_equal(setup_as(NAME, &error), -EACCES);
	put(directory, "authority.key", "nonsense", 0600);
	assert_int_equal(setup_as(NAME, &error), -EBADMSG);
	put(directory, "authority.key", key, 0600);
	assert_int_equal(setup_as(NAME, &error), 0);
	assert_int_equal(chmod(directory, 0777), 0);
	assert_int_equal(setup_as(NAME, &error), -EPERM);
	free(key);
	free(other);
}

static void a_lost_authority_is_not_replaced(void **state)
{
	struct config_error error;

	(void)state;
	set_up();
	assert_int_equal(mkdir(path_of(directory, "terminals"), 0700), 0);
	put(path_of(directory, "terminals"), "t1.conf", "", 0600);
	for (enum authority_file file = 0; file < AUTHORITY_FILES; file++)
		unlink(path_of(directory, authority_file_name(file)));
	assert_int_equal(setup_as(NAME, &error), -ENOKEY);
	assert_false(there(directory, "authority.key"));
}

static void two_at_once_are_refused(void **state)
{
	_cleanup_authority_ struct authority authority = AUTHORITY_CLOSED;
	struct config_error error;

	(void)state;
	assert_int_equal(authority_open(&authority, directory, true, &error), 0);
	assert_int_equal(setup_as(NAME, &error), -EBUSY);
}

static void names(void **state)
{
	char label[80], host[400];
	static const char *const good[] = {"a", "pc-01", "0", "a--b"};
	static const char *const bad[] = {"",	  "-a", "a-",  "A",    "a.b",	"a_b",	"a/b",
					  "../a", ".",	"a b", "list", "renew", "端末", "a\n"};
	static const char *const good_hosts[] = {"log1", NAME,	"1.example", "xn--eckwd4c7c.jp",
						 "a.0x", "0x7g"};
	static const char *const bad_hosts[] = {
		"",	  ".",	     "a.",    ".a",   "a..b", "*.a",   "192.0.2.1", "2001:db8::1",
		"Log1.a", "a,DNS:b", "a b.c", "a.-b", "0x7f", "1.0x7f"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_null(name_wrong_terminal(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_non_null(name_wrong_terminal(bad[i]));
	for (size_t i = 0; i < ARRAY_SIZE(good_hosts); i++)
		assert_null(name_wrong_host(good_hosts[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad_hosts); i++)
		assert_non_null(name_wrong_host(bad_hosts[i]));
	memset(label, 'a', sizeof(label));
	label[64] = '\0';
	assert_non_null(name_wrong_terminal(label));
	label[63] = '\0';
	assert_null(name_wrong_terminal(label));
	snprintf(host, sizeof(host), "%s.%s.%s.%.61s", label, label, label, label);
	assert_null(name_wrong_host(host));
	snprintf(host, sizeof(host), "%s.%s.%s.%.62s", label, label, label, label);
	assert_non_null(name_wrong_host(host));
}

static void name_certificate(X509 *certificate, const char *bytes, size_t length)
{
	GENERAL_NAMES *all = sk_GENERAL_NAME_new_null();
	GENERAL_NAME *one = GENERAL_NAME_new();
	ASN1_IA5STRING *string = ASN1_IA5STRING_new();

	assert_int_equal(ASN1_STRING_set(string, bytes, (int)length), 1);
	GENERAL_NAME_set0_value(one, GEN_DNS, string);
	sk_GENERAL_NAME_push(all, one);
	assert_int_equal(
		X509_add1_ext_i2d(certificate, NID_subject_alt_name, all, 0, X509V3_ADD_REPLACE),
		1);
	GENERAL_NAMES_free(all);
}

/* Shown to people, and what terminals are told to look for: neither half of a name nor bytes that
 * are none. */
static void a_certificate_is_for_a_whole_name(void **state)
{
	static const char zero[] = NAME "\0.example.com";
	static const char *const others[] = {"", "*.example.lg.jp", NAME "\033[2J", "192.0.2.1"};
	X509 *made = X509_new();
	char name[NAME_MAX_HOST + 1];

	(void)state;
	assert_int_equal(certificate_name(made, name, sizeof(name)), -ENOENT);
	name_certificate(made, NAME, strlen(NAME));
	assert_int_equal(certificate_name(made, name, sizeof(name)), 0);
	assert_string_equal(name, NAME);
	name_certificate(made, zero, sizeof(zero) - 1);
	assert_int_equal(certificate_name(made, name, sizeof(name)), -ENOENT);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		name_certificate(made, others[i], strlen(others[i]));
		assert_int_equal(certificate_name(made, name, sizeof(name)), -ENOENT);
	}
	X509_free(made);
}

static unsigned int wrong_lines[8];
static size_t n_wrong;

static void note(const struct namelist *list, const struct namelist_row *row, const char *wrong)
{
	assert_non_null(wrong);
	assert_non_null(list->file);
	wrong_lines[n_wrong++] = row->line;
}

static void lists_are_read(void **state)
{
	_cleanup_namelist_ struct namelist list = {}, zero = {};
	int fd;

	(void)state;
	put(work, "list",
	    "\xef\xbb\xbfpc-01\r\n# all of it\n\n  pc-02\t# by the window\nPC-03\npc-01\npc-04",
	    0644);
	assert_int_equal(namelist_read(&list, path_of(work, "list")), 0);
	assert_int_equal(list.count, 5);
	assert_string_equal(list.rows[0].name, "pc-01");
	assert_string_equal(list.rows[1].name, "pc-02");
	assert_int_equal(list.rows[1].line, 4);
	assert_string_equal(list.rows[4].name, "pc-04");
	n_wrong = 0;
	assert_int_equal(namelist_check(&list, note), 2);
	assert_int_equal(wrong_lines[0], 5);
	assert_int_equal(wrong_lines[1], 6);
	fd = open(path_of(work, "zero"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "a\0b\n", 4), 4);
	close(fd);
	assert_int_equal(namelist_read(&zero, path_of(work, "zero")), -EINVAL);
}

static void rsyslog_is_told_where(void **state)
{
	enum rsyslog_state standing;
	char *text;

	(void)state;
	put(work, "shipped", "a=\"/etc/sekisho-collector/authority.pem\"\nb\n", 0644);
	snprintf(directory, sizeof(directory), "%s/shipped", work);
	assert_int_equal(rsyslog_install(directory, "/srv/keys", output, &standing), 0);
	assert_int_equal(standing, RSYSLOG_MADE);
	text = content(output, RSYSLOG_FILE);
	assert_string_equal(text, "a=\"/srv/keys/authority.pem\"\nb\n");
	free(text);
	assert_int_equal(rsyslog_install(directory, "/srv/keys", output, &standing), 0);
	assert_int_equal(standing, RSYSLOG_THERE);
	put(output, RSYSLOG_FILE, "mine\n", 0644);
	assert_int_equal(rsyslog_install(directory, "/srv/keys", output, &standing), 0);
	assert_int_equal(standing, RSYSLOG_OTHER);
	text = content(output, RSYSLOG_FILE);
	assert_string_equal(text, "mine\n");
	free(text);
	assert_int_equal(rsyslog_install(directory, "/srv/keys", "/nonexistent", &standing),
			 -ENOTDIR);
	assert_int_equal(rsyslog_install("/nonexistent", "/srv/keys", output, &standing), -ENOENT);
	assert_int_equal(rsyslog_install(directory, "/a\"b", output, &standing), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(certificates_are_valid),
		TEST(nothing_is_overwritten),
		TEST(half_made_state_heals),
		TEST(what_cannot_be_replaced_is_told),
		TEST(what_does_not_fit_is_told),
		TEST(a_lost_authority_is_not_replaced),
		TEST(two_at_once_are_refused),
		TEST(names),
		TEST(a_certificate_is_for_a_whole_name),
		TEST(lists_are_read),
		TEST(rsyslog_is_told_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
