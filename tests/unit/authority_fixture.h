/* A collector's directory and one for bundles, below /tmp. */
#ifndef SEKISHO_AUTHORITY_FIXTURE_H
#define SEKISHO_AUTHORITY_FIXTURE_H

#include "tree_fixture.h"

#include "agent/collector/authority.h"
#include "agent/collector/name.h"
#include "agent/collector/pemfile.h"

#include "file.h"
#include "receipt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/x509v3.h>

#define NAME "log1.example.lg.jp"

static char work[64], directory[96], output[96];

static inline int begin(void **state)
{
	(void)state;
	snprintf(work, sizeof(work), "/tmp/sekisho-authority-XXXXXX");
	assert_non_null(mkdtemp(work));
	snprintf(directory, sizeof(directory), "%s/etc", work);
	snprintf(output, sizeof(output), "%s/out", work);
	return mkdir(output, 0700);
}

static inline int end(void **state)
{
	(void)state;
	return tree_remove(work);
}

static inline const char *path_of(const char *folder, const char *file)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	return path;
}

static inline bool there(const char *folder, const char *file)
{
	return access(path_of(folder, file), F_OK) == 0;
}

static inline void assert_mode(const char *folder, const char *file, mode_t mode)
{
	struct stat status;

	assert_int_equal(stat(path_of(folder, file), &status), 0);
	assert_int_equal(status.st_mode & 07777, mode);
}

static __attribute__((unused, noinline)) char *content(const char *folder, const char *file)
{
	int fd = open(path_of(folder, file), O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	size_t length;

	assert_true(fd >= 0);
	assert_int_equal(file_read_all(fd, 1 << 20, &text, &length), 0);
	close(fd);
	return text;
}

static inline void put(const char *folder, const char *file, const char *text, mode_t mode)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(file_write_atomic(fd, file, text, strlen(text), mode), 0);
	close(fd);
}

static inline int setup_as(const char *name, struct config_error *error)
{
	_cleanup_authority_ struct authority authority = AUTHORITY_CLOSED;
	int r;

	error->text[0] = '\0';
	r = authority_open(&authority, directory, true, error);
	return r < 0 ? r : authority_complete(&authority, name, error);
}

static inline void set_up(void)
{
	struct config_error error;

	if (setup_as(NAME, &error) != 0)
		fail_msg("%s", error.text);
}

static inline X509 *certificate(const char *folder, const char *file)
{
	X509 *read = NULL;

	assert_int_equal(pemfile_certificate(AT_FDCWD, path_of(folder, file), &read), 0);
	return read;
}

/* The letter that says it, with the collector's signature; the caller's. */
static inline char *sign_receipt(const struct receipt *receipt)
{
	char certificate_file[256], key_file[256], *text;
	size_t length;

	snprintf(certificate_file, sizeof(certificate_file), "%s/collector.pem", directory);
	snprintf(key_file, sizeof(key_file), "%s/collector.key", directory);
	assert_int_equal(receipt_sign(receipt, certificate_file, key_file, &text, &length), 0);
	return text;
}

/* As the terminal keeps it. */
static inline void keep_receipt(const char *path, const struct receipt *receipt)
{
	char *text = sign_receipt(receipt);

	assert_int_equal(receipt_keep(path, text, strlen(text)), 0);
	free(text);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

#endif
