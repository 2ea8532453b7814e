#include "receipt.h"

#include "cleanup.h"
#include "file.h"
#include "number.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#define WHAT	    "receipt"
#define HASH_DIGITS ((size_t)JOURNAL_HASH_SIZE * 2)

/* As they stand in the file. */
struct texts {
	struct letter letter;
	char verified[24];
	char hash[HASH_DIGITS + 1];
};

#define KEY(name, member)                                                                          \
	{                                                                                          \
		"Receipt", name, CONFIG_STRING, offsetof(struct texts, member),                    \
			sizeof(((struct texts *)0)->member), 0, 0, NULL                            \
	}

static const struct config_key keys[] = {
	KEY("Terminal", letter.terminal), KEY("Host", letter.host), KEY("Epoch", letter.epoch),
	KEY("Verified", verified),	  KEY("Hash", hash),	    KEY("Time", letter.time),
};

static int from_texts(const struct texts *texts, struct receipt *ret_receipt)
{
	struct receipt receipt = {.letter = texts->letter};

	if (!letter_is_good(&texts->letter) ||
	    hex_parse_exactly(texts->hash, receipt.verified.hash, JOURNAL_HASH_SIZE) < 0 ||
	    number_parse(texts->verified, 1, JOURNAL_SEQUENCE_MAX, &receipt.verified.sequence) < 0)
		return -EBADMSG;
	*ret_receipt = receipt;
	return 0;
}

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

int receipt_parse(const char *json, size_t length, struct receipt *ret_receipt)
{
	struct texts texts = {};
	const char *hash;
	json_t *content;
	int r = letter_parse(json, length, WHAT, &texts.letter, &content);

	if (r < 0)
		return r;
	snprintf(texts.verified, sizeof(texts.verified), "%" JSON_INTEGER_FORMAT,
		 json_integer_value(json_object_get(content, "verified")));
	hash = json_string_value(json_object_get(content, "hash"));
	if (hash && strlen(hash) == HASH_DIGITS)
		memcpy(texts.hash, hash, HASH_DIGITS);
	json_decref(content);
	return from_texts(&texts, ret_receipt);
}

int receipt_verify(const char *text, size_t length, const char *authority, const char *name,
		   struct receipt *ret_receipt)
{
	_cleanup_free_ char *json = NULL;
	size_t json_length;
	int r = signed_open(text, length, authority, name, &json, &json_length);

	return r < 0 ? r : receipt_parse(json, json_length, ret_receipt);
}

int receipt_load(const char *path, uid_t owner, struct receipt *ret_receipt,
		 struct config_error *ret_error)
{
	struct texts texts = {};
	int r;

	r = config_load(path, owner, keys, ARRAY_SIZE(keys), &texts, ret_error);
	if (r < 0)
		return r;
	if (from_texts(&texts, ret_receipt) < 0)
		return config_fail(ret_error, -EBADMSG, path, 0,
				   "not what sekisho receipt writes; give it the collector's "
				   "receipt once more");
	return 0;
}

int receipt_save(int dirfd, const char *name, const struct receipt *receipt)
{
	char hash[HASH_DIGITS + 1], text[512];
	int length;

	hex_format(receipt->verified.hash, JOURNAL_HASH_SIZE, hash);
	length = snprintf(text, sizeof(text),
			  "# Written by sekisho receipt.\n[Receipt]\nTerminal=%s\nHost=%s\n"
			  "Epoch=%s\nVerified=%" PRIu64 "\nHash=%s\nTime=%s\n",
			  receipt->letter.terminal, receipt->letter.host, receipt->letter.epoch,
			  receipt->verified.sequence, hash, receipt->letter.time);
	if (length < 0 || (size_t)length >= sizeof(text))
		return -EMSGSIZE;
	return file_write_atomic(dirfd, name, text, (size_t)length, 0644);
}

int receipt_keep(const char *path, const struct receipt *receipt)
{
	const char *slash = strrchr(path, '/');
	_cleanup_close_ int fd = -1;
	char folder[4096] = ".";

	if (slash && snprintf(folder, sizeof(folder), "%.*s", (int)(slash + 1 - path), path) >=
			     (int)sizeof(folder))
		return -ENAMETOOLONG;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : receipt_save(fd, slash ? slash + 1 : path, receipt);
}

bool receipt_is_kept(const char *path, uid_t owner, const struct receipt *receipt)
{
	struct config_error error;
	struct receipt kept = {};

	return receipt_load(path, owner, &kept, &error) == 0 &&
	       letter_is_for(&kept.letter, receipt->letter.host, receipt->letter.epoch) &&
	       kept.verified.sequence >= receipt->verified.sequence;
}
