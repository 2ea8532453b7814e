/* The file of a terminal's keys: read as it was written, and nothing else. */
#include "number.h"
#include "sealpublic.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* The present one and one that ended. */
static struct sealkeys two_keys(void)
{
	struct sealkeys keys = {.count = 2};
	struct sealend *end = &keys.list[1].end;

	for (size_t i = 0; i < 2; i++) {
		memset(keys.list[i].public_key, (int)i + 1, SEAL_KEY_SIZE);
		seal_key_id(keys.list[i].public_key, keys.list[i].id);
	}
	*end = (struct sealend){.ended = true, .sequence = 4, .period = 7};
	memset(end->host, 'a', JOURNAL_ID_SIZE - 1);
	memset(end->epoch, 'b', JOURNAL_ID_SIZE - 1);
	snprintf(end->time, sizeof(end->time), "2026-11-25T08:35:00.000000Z");
	return keys;
}

static void write_text(const char *path, const char *text, size_t length)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static void files_are_read_as_they_were_written(void **state)
{
	static const char *const wrong[] = {
		"",
		"[Ended]\nPublicKey=%1$s\nSequence=0\n",
		"[Seal]\n",
		"[Seal]\nPublicKey=%1$s\n[Seal]\nPublicKey=%1$s\n",
		"[Seal]\nPublicKey=%1$s\nPublicKey=%1$s\n",
		"[Seal]\nPublicKey=%1$s0\n",
		"[Seal]\nPublicKey=%1$s\nSequence=4\n",
		"[Seal]\nPublicKey=%1$s\nFirstKey=%1$s\n",
		"[Seal]\nPublicKey=%1$s\n[Ended]\nPublicKey=%1$s\n",
		"[Seal]\nPublicKey=%1$s\n[Ended]\nSequence=0\n",
		"[Seal]\nPublicKey=%1$s\n[Ended]\nPublicKey=%1$s\nSequence=4\n",
		"[Seal]\nPublicKey=%1$s\n[Ended]\nPublicKey=%1$s\nSequence=-1\n",
		"[Seal]\nPublicKey=%1$s\n[Other]\nPublicKey=%1$s\n",
	};
	struct sealkeys keys = two_keys(), read;
	struct config_error error;
	char path[] = "/tmp/sekisho-sealkeys-XXXXXX", text[SEALKEYS_TEXT_MAX],
	     hex[2 * SEAL_KEY_SIZE + 1];
	size_t length;

	(void)state;
	assert_int_equal(close(mkstemp(path)), 0);
	length = sealkeys_format(&keys, &sealpublic_form, text);
	write_text(path, text, length);
	if (sealpublic_load(path, geteuid(), &read, &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(read.count, 2);
	assert_false(read.list[0].end.ended);
	assert_ptr_equal(read.list[0].end.before, &read.list[1].end);
	assert_string_equal(read.list[1].id, keys.list[1].id);
	assert_int_equal(read.list[1].end.sequence, 4);
	assert_int_equal(read.list[1].end.period, 7);
	assert_string_equal(read.list[1].end.time, "2026-11-25T08:35:00.000000Z");
	hex_format(keys.list[0].public_key, SEAL_KEY_SIZE, hex);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		length = (size_t)snprintf(text, sizeof(text), wrong[i], hex);
#pragma GCC diagnostic pop
		write_text(path, text, length);
		if (sealpublic_load(path, geteuid(), &read, &error) != -EINVAL)
			fail_msg("taken: %s", text);
		assert_non_null(strstr(error.text, path));
	}
	/* All that fit, and no more. */
	keys.count = SEALKEYS_MAX;
	for (size_t i = 2; i < SEALKEYS_MAX; i++)
		keys.list[i] = keys.list[1];
	length = sealkeys_format(&keys, &sealpublic_form, text);
	assert_true(length < sizeof(text) - 600);
	write_text(path, text, length);
	assert_int_equal(sealpublic_load(path, geteuid(), &read, &error), 0);
	assert_int_equal(read.count, SEALKEYS_MAX);
	length += (size_t)snprintf(text + length, sizeof(text) - length,
				   "[Ended]\nPublicKey=%s\nSequence=0\n", hex);
	write_text(path, text, length);
	assert_int_equal(sealpublic_load(path, geteuid(), &read, &error), -EINVAL);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_read_as_they_were_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
