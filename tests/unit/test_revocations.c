/* the list of what is revoked is the collector's, or it is none; what is kept of it can be
 * written by whoever keeps it alone, and what is damaged is not taken for an empty one. */
#include "authority_fixture.h"

#include "cleanup.h"
#include "receipt.h"
#include "revocations.h"

#define KEY "0123456789abcdef"

static const char good[] =
	"{\"format\":1,\"what\":\"revoked\",\"number\":2026112701,"
	"\"time\":\"2026-11-27T08:35:00.000000Z\","
	"\"keys\":{\"" KEY "\":\"2026-11-26\"},"
	"\"people\":{\"hanako\":\"2026-11-27\",\"\u592a\u90ce\":\"2026-01-01\"}}";

static char pem[256], key[256], kept[256];

static int parse(const char *json, struct revocations *list)
{
	return revocations_parse(json, strlen(json), list);
}

static void expect_good(const struct revocations *list)
{
	assert_int_equal(list->number, 2026112701);
	assert_string_equal(list->time, "2026-11-27T08:35:00.000000Z");
	assert_true(revocations_have_key(list, KEY));
	assert_false(revocations_have_key(list, "0123456789abcdee"));
	assert_false(revocations_have_key(list, "hanako"));
	assert_true(revocations_have_person(list, "hanako"));
	assert_true(revocations_have_person(list, "\u592a\u90ce"));
	assert_false(revocations_have_person(list, "hanak"));
	assert_false(revocations_have_person(list, ""));
	assert_false(revocations_have_person(list, KEY));
}

static void a_list_says_who(void **state)
{
	_cleanup_revocations_ struct revocations list = {};

	(void)state;
	assert_int_equal(parse(good, &list), 0);
	expect_good(&list);
	assert_int_equal(revocations_age(&list, 1795768500), 0);
	assert_int_equal(revocations_age(&list, 1795768500 + 86399), 0);
	assert_int_equal(revocations_age(&list, 1795768500 + 86400), 1);
	assert_int_equal(revocations_age(&list, 1795768500 + 400L * 86400), 400);
	assert_int_equal(revocations_age(&list, 0), 0);
	assert_true(revocations_are_same(&list, &list));
}

/* @good with one text in the place of another. */
static void expect_wrong(const char *part, const char *instead)
{
	_cleanup_free_ char *text = NULL;
	const char *at = strstr(good, part);
	struct revocations list;

	assert_non_null(at);
	assert_true(asprintf(&text, "%.*s%s%s", (int)(at - good), good, instead,
			     at + strlen(part)) > 0);
	if (parse(text, &list) != -EBADMSG)
		fail_msg("taken: %s", text);
}

static void what_is_no_list_is_none(void **state)
{
	char name[REVOCATIONS_PERSON_MAX + 2];
	struct revocations list;

	(void)state;
	assert_int_equal(parse("", &list), -EBADMSG);
	assert_int_equal(parse("[]", &list), -EBADMSG);
	assert_int_equal(parse("{}", &list), -EBADMSG);
	expect_wrong("\"format\":1", "\"format\":2");
	expect_wrong("\"format\":1,", "");
	expect_wrong("revoked", "receipt");
	expect_wrong("2026112701", "0");
	expect_wrong("2026112701", "-1");
	expect_wrong("2026112701", "\"1\"");
	expect_wrong("2026112701", "1.5");
	expect_wrong("2026112701", "99999999999999999");
	expect_wrong("2026-11-27T08:35:00.000000Z", "2026-11-27T08:35:00Z");
	expect_wrong("2026-11-27T08:35:00.000000Z", "");
	expect_wrong("\"keys\":{\"" KEY "\":\"2026-11-26\"},", "");
	expect_wrong("{\"" KEY "\":\"2026-11-26\"}", "[\"" KEY "\"]");
	expect_wrong(KEY, "0123456789ABCDEF");
	expect_wrong(KEY, "0123456789abcde");
	expect_wrong(KEY, KEY "0");
	expect_wrong("2026-11-26", "");
	expect_wrong("\"2026-11-26\"", "true");
	expect_wrong("\"2026-11-26\"", "\"today\"");
	expect_wrong("hanako", "");
	expect_wrong("hanako", "ha nako");
	expect_wrong("hanako", "ha\\nnako");
	expect_wrong("hanako", "ha\\u0000nako");
	expect_wrong("hanako", "\xff");
	expect_wrong("\"hanako\"", "\"taro\":\"2026-01-01\",\"taro\"");
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	expect_wrong("hanako", name);
	assert_false(revocations_is_person(name));
	assert_true(revocations_is_person(name + 1));
}

static int begin_signed(void **state)
{
	if (begin(state) < 0)
		return -1;
	set_up();
	snprintf(pem, sizeof(pem), "%s/collector.pem", directory);
	snprintf(key, sizeof(key), "%s/collector.key", directory);
	snprintf(kept, sizeof(kept), "%s/list", output);
	return 0;
}

static int verify(const char *text, size_t length, const char *name, struct revocations *list)
{
	return revocations_verify(text, length, path_of(directory, "authority.pem"), name, list);
}

static void the_collectors_list_is_taken(void **state)
{
	_cleanup_revocations_ struct revocations list = {}, read = {};
	const struct receipt receipt = {.letter = {.terminal = "pc-01",
						   .host = "0123456789abcdef0123456789abcdef",
						   .epoch = "fedcba9876543210fedcba9876543210",
						   .time = "2026-11-25T08:35:00.000000Z"},
					.verified = {.sequence = 17}};
	struct revocations none;
	struct receipt other;
	size_t length;
	char *text;

	(void)state;
	assert_int_equal(parse(good, &list), 0);
	assert_int_equal(revocations_sign(&list, pem, key, &text, &length), 0);
	assert_int_equal(verify(text, length, NAME, &read), 0);
	expect_good(&read);
	assert_true(revocations_are_same(&list, &read));
	assert_int_equal(verify(text, length, "log2.example.lg.jp", &none), -EKEYREJECTED);
	/* One kind of letter never does for another. */
	assert_int_equal(
		receipt_verify(text, length, path_of(directory, "authority.pem"), NAME, &other),
		-EBADMSG);
	text[length / 2] ^= 1;
	assert_int_equal(verify(text, length, NAME, &none), -EKEYREJECTED);
	free(text);
	assert_int_equal(receipt_sign(&receipt, pem, key, &text, &length), 0);
	assert_int_equal(verify(text, length, NAME, &none), -EBADMSG);
	free(text);
}

/* What would not fit into a letter is not signed. */
static void a_full_list_is_told(void **state)
{
	_cleanup_revocations_ struct revocations list = {};
	size_t length, count = 0;
	char *text;
	int r;

	(void)state;
	assert_int_equal(parse(good, &list), 0);
	do {
		char name[REVOCATIONS_KEY_DIGITS + 1];

		for (int i = 0; i < 100; i++, count++) {
			snprintf(name, sizeof(name), "%016zx", count);
			json_object_set_new(list.keys, name, json_string("2026-11-27"));
		}
		r = revocations_sign(&list, pem, key, &text, &length);
		if (r == 0) {
			struct revocations read;

			assert_int_equal(verify(text, length, NAME, &read), 0);
			assert_int_equal(revocations_keep(kept, &read, 0640), 0);
			revocations_release(&read);
			free(text);
			assert_int_equal(revocations_load(kept, &read), 0);
			assert_true(revocations_have_key(&read, name));
			revocations_release(&read);
		}
	} while (r == 0);
	assert_int_equal(r, -EFBIG);
	assert_in_range(count, 1400, 3000);
}

static void expect_kept(int error)
{
	struct revocations list = {};

	assert_int_equal(revocations_load(kept, &list), error);
	revocations_release(&list);
}

static void what_is_kept_is_whole_and_ours(void **state)
{
	_cleanup_revocations_ struct revocations list = {}, read = {};

	(void)state;
	expect_kept(-ENOENT);
	assert_int_equal(parse(good, &list), 0);
	assert_int_equal(revocations_keep(kept, &list, 0640), 0);
	assert_mode(output, "list", 0640);
	assert_int_equal(revocations_load(kept, &read), 0);
	expect_good(&read);
	assert_int_equal(chmod(kept, 0660), 0);
	expect_kept(-EPERM);
	assert_int_equal(chmod(kept, 0640), 0);
	/* Whoever may write the directory may write the list. */
	assert_int_equal(chmod(output, 0770), 0);
	expect_kept(-EPERM);
	assert_int_equal(chmod(output, 0700), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(kept, 65534, 65534), 0);
		expect_kept(-EPERM);
		assert_int_equal(chown(output, 65534, 65534), 0);
		expect_kept(0);
		assert_int_equal(chown(output, 0, 0), 0);
	}
	put(output, "list", "", 0640);
	expect_kept(-EBADMSG);
	put(output, "list", "{\"format\":1,\"what\":\"revoked\"", 0640);
	expect_kept(-EBADMSG);
	assert_int_equal(truncate(kept, SIGNED_FILE_MAX + 1), 0);
	expect_kept(-EFBIG);
	assert_int_equal(unlink(kept), 0);
	assert_int_equal(symlink("/etc/passwd", kept), 0);
	expect_kept(-ELOOP);
	assert_int_equal(unlink(kept), 0);
	assert_int_equal(mkfifo(kept, 0600), 0);
	expect_kept(-EINVAL);
	assert_int_equal(revocations_keep("/nowhere/list", &list, 0640), -ENOENT);
	assert_int_equal(revocations_load("/nowhere/list", &list), -ENOENT);
}

#define SIGNED(function) cmocka_unit_test_setup_teardown(function, begin_signed, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_says_who),	cmocka_unit_test(what_is_no_list_is_none),
		SIGNED(the_collectors_list_is_taken),	SIGNED(a_full_list_is_told),
		SIGNED(what_is_kept_is_whole_and_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
