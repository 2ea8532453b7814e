#include "receipt.h"

#include "cleanup.h"
#include "file.h"
#include "number.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define WHAT	    "receipt"
#define HASH_DIGITS ((size_t)JOURNAL_HASH_SIZE * 2)

int receipt_sign(const struct receipt *receipt, const char *certificate, const char *key,
		 char **ret_text, size_t *ret_length)
{
	json_t *content = letter_begin(&receipt->letter, WHAT);
	char hash[HASH_DIGITS + 1];

	hex_format(receipt->verified.hash, JOURNAL_HASH_SIZE, hash);
	json_object_set_new(content, "verified",
			    json_integer((json_int_t)receipt->verified.sequence));
	json_object_set_new(content, "hash", json_string(hash));
	return letter_sign(content, certificate, key, ret_text, ret_length);
}

static int read_content(const json_t *content, struct receipt *receipt)
{
	const char *hash = json_string_value(json_object_get(content, "hash"));
	json_int_t verified = json_integer_value(json_object_get(content, "verified"));

	if (!hash || hex_parse_exactly(hash, receipt->verified.hash, JOURNAL_HASH_SIZE) < 0 ||
	    verified < 1 || (uint64_t)verified > JOURNAL_SEQUENCE_MAX)
		return -EBADMSG;
	receipt->verified.sequence = (uint64_t)verified;
	return 0;
}

int receipt_parse(const char *json, size_t length, struct receipt *ret_receipt)
{
	struct receipt receipt = {};
	json_t *content;
	int r = letter_parse(json, length, WHAT, &receipt.letter, &content);

	if (r < 0)
		return r;
	r = read_content(content, &receipt);
	json_decref(content);
	if (r == 0)
		*ret_receipt = receipt;
	return r;
}

int receipt_verify(const char *text, size_t length, const char *authority, const char *name,
		   struct receipt *ret_receipt)
{
	_cleanup_free_ char *json = NULL;
	size_t json_length;
	int r = signed_open(text, length, authority, name, &json, &json_length);

	return r < 0 ? r : receipt_parse(json, json_length, ret_receipt);
}

/* @authority NULL: whoever signed it. */
static int read_kept(int fd, const char *path, const char *authority, const char *name,
		     struct receipt *ret_receipt, struct config_error *error)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *json = NULL;
	size_t length, json_length;
	int r = file_read_all(fd, SIGNED_FILE_MAX, &text, &length);

	if (r < 0)
		return config_fail(error, r, path, 0, "%s", strerror(-r));
	r = signed_open_kept(text, length, authority, name, &json, &json_length);
	if (r == -EKEYREJECTED && authority)
		return config_fail(error, r, path, 0,
				   "not signed by the collector %s: somebody wrote it, or the "
				   "collector is another one now; give sekisho receipt a new one",
				   name);
	if (r < 0 && r != -EKEYREJECTED && r != -EBADMSG)
		return config_fail(error, r, authority ? authority : path, 0, "%s", strerror(-r));
	if (r == 0)
		r = receipt_parse(json, json_length, ret_receipt);
	if (r < 0)
		return config_fail(error, -EBADMSG, path, 0,
				   "not what sekisho receipt writes; give it the collector's "
				   "receipt once more");
	error->text[0] = '\0';
	return 0;
}

int receipt_load(const char *path, uid_t owner, struct receipt *ret_receipt,
		 struct config_error *ret_error)
{
	_cleanup_close_ int fd = -1;
	int r = file_open_trusted(AT_FDCWD, path, owner, &fd);

	if (r == -EPERM)
		return config_fail(ret_error, r, path, 0,
				   "must be owned by root and writable by nobody else: chown root: "
				   "and chmod go-w it");
	if (r < 0)
		return config_fail(ret_error, r, path, 0, "%s", strerror(-r));
	return read_kept(fd, path, NULL, NULL, ret_receipt, ret_error);
}

int receipt_load_signed(const char *path, const char *authority, const char *name,
			struct receipt *ret_receipt, struct config_error *ret_error)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return config_fail(ret_error, -errno, path, 0, "%s", strerror(errno));
	return read_kept(fd, path, authority, name, ret_receipt, ret_error);
}

int receipt_keep(const char *path, const char *text, size_t length)
{
	const char *slash = strrchr(path, '/');
	_cleanup_close_ int fd = -1;
	char folder[4096] = ".";

	if (slash && snprintf(folder, sizeof(folder), "%.*s", (int)(slash + 1 - path), path) >=
			     (int)sizeof(folder))
		return -ENAMETOOLONG;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno
		      : file_write_atomic(fd, slash ? slash + 1 : path, text, length, 0644);
}

bool receipt_is_kept(const char *path, const char *authority, const char *name,
		     const struct receipt *receipt)
{
	struct config_error error;
	struct receipt kept = {};

	return receipt_load_signed(path, authority, name, &kept, &error) == 0 &&
	       letter_is_for(&kept.letter, receipt->letter.host, receipt->letter.epoch) &&
	       kept.verified.sequence >= receipt->verified.sequence;
}
