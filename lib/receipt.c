#include "receipt.h"

#include "cleanup.h"
#include "file.h"
#include "number.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#define FORMAT	    1
#define HASH_DIGITS ((size_t)JOURNAL_HASH_SIZE * 2)

/* As they stand in the file. */
struct texts {
	char terminal[RECEIPT_NAME_MAX];
	char host[JOURNAL_ID_SIZE], epoch[JOURNAL_ID_SIZE];
	char verified[24];
	char hash[HASH_DIGITS + 1];
	char time[JOURNAL_TIME_SIZE];
};

#define KEY(name, member)                                                                          \
	{                                                                                          \
		"Receipt", name, CONFIG_STRING, offsetof(struct texts, member),                    \
			sizeof(((struct texts *)0)->member), 0, 0, NULL                            \
	}

static const struct config_key keys[] = {
	KEY("Terminal", terminal), KEY("Host", host), KEY("Epoch", epoch),
	KEY("Verified", verified), KEY("Hash", hash), KEY("Time", time),
};

static bool is_hex(const char *text, size_t length)
{
	return strlen(text) == length && strspn(text, "0123456789abcdef") == length;
}

static int from_texts(const struct texts *texts, struct receipt *ret_receipt)
{
	struct receipt receipt = {};
	size_t length;

	if (!is_hex(texts->host, JOURNAL_ID_SIZE - 1) ||
	    !is_hex(texts->epoch, JOURNAL_ID_SIZE - 1) || !is_hex(texts->hash, HASH_DIGITS) ||
	    hex_parse(texts->hash, receipt.verified.hash, JOURNAL_HASH_SIZE, &length) < 0 ||
	    number_parse(texts->verified, 1, JOURNAL_SEQUENCE_MAX, &receipt.verified.sequence) < 0)
		return -EBADMSG;
	memcpy(receipt.terminal, texts->terminal, sizeof(receipt.terminal));
	memcpy(receipt.host, texts->host, sizeof(receipt.host));
	memcpy(receipt.epoch, texts->epoch, sizeof(receipt.epoch));
	memcpy(receipt.time, texts->time, sizeof(receipt.time));
	*ret_receipt = receipt;
	return 0;
}

/* "what" tells it from all else that the same collector signs. */
static char *format(const struct receipt *receipt)
{
	char hash[HASH_DIGITS + 1];
	json_t *object;
	char *text;

	hex_format(receipt->verified.hash, JOURNAL_HASH_SIZE, hash);
	object = json_pack("{s:i, s:s, s:s, s:s, s:s, s:I, s:s, s:s}", "format", FORMAT, "what",
			   "receipt", "terminal", receipt->terminal, "host", receipt->host, "epoch",
			   receipt->epoch, "verified", (json_int_t)receipt->verified.sequence,
			   "hash", hash, "time", receipt->time);
	text = json_dumps(object, JSON_INDENT(1) | JSON_ENSURE_ASCII);
	json_decref(object);
	return text;
}

int receipt_sign(const struct receipt *receipt, const char *certificate, const char *key,
		 char **ret_text, size_t *ret_length)
{
	_cleanup_free_ char *json = format(receipt);

	return json ? signed_make(json, certificate, key, ret_text, ret_length) : -ENOMEM;
}

static bool copy_text(const json_t *object, const char *name, char *text, size_t size)
{
	const char *value = json_string_value(json_object_get(object, name));

	if (!value || strlen(value) >= size)
		return false;
	memcpy(text, value, strlen(value) + 1);
	return true;
}

static int parse(const char *json, size_t length, struct receipt *ret_receipt)
{
	json_error_t error;
	json_t *object = json_loadb(json, length, JSON_REJECT_DUPLICATES, &error);
	const char *what = json_string_value(json_object_get(object, "what"));
	struct texts texts = {};
	bool good = json_integer_value(json_object_get(object, "format")) == FORMAT && what &&
		    strcmp(what, "receipt") == 0 &&
		    copy_text(object, "terminal", texts.terminal, sizeof(texts.terminal)) &&
		    copy_text(object, "host", texts.host, sizeof(texts.host)) &&
		    copy_text(object, "epoch", texts.epoch, sizeof(texts.epoch)) &&
		    copy_text(object, "hash", texts.hash, sizeof(texts.hash)) &&
		    copy_text(object, "time", texts.time, sizeof(texts.time));

	snprintf(texts.verified, sizeof(texts.verified), "%" JSON_INTEGER_FORMAT,
		 json_integer_value(json_object_get(object, "verified")));
	json_decref(object);
	return good ? from_texts(&texts, ret_receipt) : -EBADMSG;
}

int receipt_verify(const char *text, size_t length, const char *authority, const char *name,
		   struct receipt *ret_receipt)
{
	_cleanup_free_ char *json = NULL;
	size_t json_length;
	int r;

	r = signed_open(text, length, authority, name, &json, &json_length);
	return r < 0 ? r : parse(json, json_length, ret_receipt);
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
			  receipt->terminal, receipt->host, receipt->epoch,
			  receipt->verified.sequence, hash, receipt->time);
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
	struct receipt kept;

	return receipt_load(path, owner, &kept, &error) == 0 &&
	       strcmp(kept.host, receipt->host) == 0 && strcmp(kept.epoch, receipt->epoch) == 0 &&
	       kept.verified.sequence >= receipt->verified.sequence;
}
