/* What comes between a collector and a terminal outside the network's protocols: signed letters,
 * what is kept of them, the seal's public half, names of both and in their certificates. The first
 * byte says what the rest is (see readers below). */
#include "agent/collector/authority.h"
#include "agent/collector/name.h"
#include "agent/collector/namelist.h"

#include "cleanup.h"
#include "file.h"
#include "receipt.h"
#include "resend.h"
#include "sealpublic.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

/* After pem.h, which it looks for. */
#include <openssl/cms.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define COLLECTOR "log1.example.lg.jp"
#define CONTENT	  "{\"what\":\"receipt\"}"

static char directory[64], authority_pem[96], file[96];
static int dirfd = -1;
static uint8_t *letter; /* signed with a key that only this process has; DER */
static size_t letter_length;
static X509 *certificate; /* to give names to */

static void clean_up(void)
{
	for (int i = 0; i < AUTHORITY_FILES; i++)
		unlinkat(dirfd, authority_file_name((enum authority_file)i), 0);
	unlinkat(dirfd, "file", 0);
	rmdir(directory);
}

static void sign_letter(void)
{
	_cleanup_free_ char *text = NULL;
	char pem[96], key[96];
	CMS_ContentInfo *message;
	size_t length;
	int written;
	BIO *bio;

	snprintf(pem, sizeof(pem), "%s/%s", directory, authority_file_name(COLLECTOR_PEM));
	snprintf(key, sizeof(key), "%s/%s", directory, authority_file_name(COLLECTOR_KEY));
	if (signed_make(CONTENT, pem, key, &text, &length) < 0)
		__builtin_trap();
	bio = BIO_new_mem_buf(text, (int)length);
	message = PEM_read_bio_CMS(bio, NULL, NULL, NULL);
	written = i2d_CMS_ContentInfo(message, &letter);
	CMS_ContentInfo_free(message);
	BIO_free(bio);
	if (written <= 0)
		__builtin_trap();
	letter_length = (size_t)written;
}

static void begin(void)
{
	_cleanup_authority_ struct authority authority = AUTHORITY_CLOSED;
	struct config_error error;

	snprintf(directory, sizeof(directory), "/dev/shm/sekisho-fuzz-XXXXXX");
	if (!mkdtemp(directory) || authority_open(&authority, directory, true, &error) < 0 ||
	    authority_complete(&authority, COLLECTOR, &error) < 0)
		__builtin_trap();
	dirfd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(authority_pem, sizeof(authority_pem), "%s/%s", directory,
		 authority_file_name(AUTHORITY_PEM));
	snprintf(file, sizeof(file), "%s/file", directory);
	certificate = X509_new();
	atexit(clean_up);
	sign_letter();
}

static void put_file(const char *text, size_t length)
{
	_cleanup_close_ int fd =
		openat(dirfd, "file", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || file_write_all(fd, text, length) < 0)
		__builtin_trap();
}

/* Nobody here has the key. */
static void any_letter(const char *text, size_t length)
{
	char *content;
	size_t content_length;

	if (signed_open(text, length, authority_pem, COLLECTOR, &content, &content_length) == 0)
		__builtin_trap();
}

/* The letter with other bytes in some places, three bytes each: two say where. It is refused, or it
 * says what was signed. */
static void altered_letter(const char *text, size_t length)
{
	_cleanup_free_ uint8_t *altered = malloc(letter_length);
	_cleanup_free_ char *content = NULL;
	BIO *bio = BIO_new(BIO_s_mem());
	size_t content_length;
	char *pem;
	long pem_length;

	memcpy(altered, letter, letter_length);
	for (size_t at = 0; at + 3 <= length; at += 3)
		altered[((size_t)(uint8_t)text[at] << 8 | (uint8_t)text[at + 1]) % letter_length] =
			(uint8_t)text[at + 2];
	PEM_write_bio(bio, PEM_STRING_CMS, "", altered, (long)letter_length);
	pem_length = BIO_get_mem_data(bio, &pem);
	if (signed_open(pem, (size_t)pem_length, authority_pem, COLLECTOR, &content,
			&content_length) == 0 &&
	    (content_length != strlen(CONTENT) || strcmp(content, CONTENT) != 0))
		__builtin_trap();
	BIO_free(bio);
}

/* It is shown to people as it is. */
static void check_words(const char *terminal, const char *time)
{
	if (*terminal == '\0' || strlen(time) != JOURNAL_TIME_SIZE - 1)
		__builtin_trap();
	for (const char *text = terminal; text; text = text == terminal ? time : NULL)
		for (const char *at = text; *at; at++)
			if (*at <= ' ' || *at > '~')
				__builtin_trap();
}

static void inside_of_receipt(const char *text, size_t length)
{
	struct receipt receipt;

	if (receipt_parse(text, length, &receipt) < 0)
		return;
	check_words(receipt.letter.terminal, receipt.letter.time);
	if (receipt.verified.sequence == 0 || receipt.verified.sequence > JOURNAL_SEQUENCE_MAX)
		__builtin_trap();
}

static void inside_of_request(const char *text, size_t length)
{
	struct resend_request request;

	if (resend_parse(text, length, &request) < 0)
		return;
	check_words(request.letter.terminal, request.letter.time);
	if (request.first == 0 || request.first > JOURNAL_SEQUENCE_MAX ||
	    request.verified >= request.first)
		__builtin_trap();
}

static void kept_receipt(const char *text, size_t length)
{
	struct receipt receipt;
	struct config_error error;
	int r;

	put_file(text, length);
	if (receipt_load_signed(file, authority_pem, COLLECTOR, &receipt, &error) == 0)
		__builtin_trap();
	r = receipt_load(file, getuid(), &receipt, &error);
	if ((r < 0) != (error.text[0] != '\0'))
		__builtin_trap();
	if (r == 0)
		check_words(receipt.letter.terminal, receipt.letter.time);
}

static void public_seal(const char *text, size_t length)
{
	struct config_error error;
	struct sealkeys keys;
	int r;

	put_file(text, length);
	r = sealpublic_load(file, getuid(), &keys, &error);
	if ((r < 0) != (error.text[0] != '\0'))
		__builtin_trap();
}

/* What is let into a certificate, a file's name and rsyslog's configuration. */
static void check_name(const char *name)
{
	struct in_addr address;

	if (!name_wrong_terminal(name) && (strchr(name, '.') || strlen(name) > NAME_MAX_LABEL))
		__builtin_trap();
	if (name_wrong_host(name))
		return;
	/* To the resolver it must not be an address, however that is written. */
	if (strlen(name) > NAME_MAX_HOST || inet_aton(name, &address) != 0)
		__builtin_trap();
	for (const char *at = name; *at; at++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789.-", *at))
			__builtin_trap();
}

static void any_name(const char *text, size_t length)
{
	_cleanup_free_ char *name = strndup(text, length);

	check_name(name);
}

static void tell(const struct namelist *list, const struct namelist_row *row, const char *wrong)
{
	if (list->count == 0 || row->line == 0 || !row->name || !wrong)
		__builtin_trap();
}

/* In a list that is right all are names, and each is there once: as long as they are few, which it
 * looks for in another way. */
static void list_of_names(const char *text, size_t length)
{
	struct namelist list = {};

	put_file(text, length);
	if (namelist_read(&list, file) == 0 && namelist_check(&list, tell) == 0) {
		for (size_t i = 0; i < list.count; i++) {
			if (name_wrong_terminal(list.rows[i].name))
				__builtin_trap();
			for (size_t other = 0; other < i && other < 8; other++)
				if (strcmp(list.rows[i].name, list.rows[other].name) == 0)
					__builtin_trap();
		}
	}
	namelist_free(&list);
}

/* The name that a certificate is for is all of one that stands in it. */
static void name_in_certificate(const char *text, size_t length)
{
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	GENERAL_NAME *one = GENERAL_NAME_new();
	ASN1_IA5STRING *string = ASN1_IA5STRING_new();
	char name[NAME_MAX_HOST + 1];

	ASN1_STRING_set(string, text, (int)length);
	GENERAL_NAME_set0_value(one, GEN_DNS, string);
	sk_GENERAL_NAME_push(names, one);
	X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, X509V3_ADD_REPLACE);
	if (certificate_name(certificate, name, sizeof(name)) == 0) {
		if (strlen(name) != length || memcmp(name, text, length) != 0 ||
		    name_wrong_host(name))
			__builtin_trap();
		check_name(name);
	}
	GENERAL_NAMES_free(names);
}

static const struct {
	char letter;
	void (*read)(const char *text, size_t length);
} readers[] = {
	{'a', altered_letter},	  {'c', name_in_certificate},
	{'k', kept_receipt},	  {'l', list_of_names},
	{'n', any_name},	  {'q', inside_of_request},
	{'r', inside_of_receipt}, {'s', public_seal},
	{'t', any_letter},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (dirfd < 0)
		begin();
	for (size_t i = 0; size > 0 && i < ARRAY_SIZE(readers); i++)
		if (readers[i].letter == data[0])
			readers[i].read((const char *)data + 1, size - 1);
	ERR_clear_error();
	return 0;
}
