#include "pemfile.h"

#include "cleanup.h"
#include "file.h"
#include "gettext.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#define FILE_MAX 65536u

struct text {
	char *bytes;
	size_t length;
};

static void text_wipe(struct text *text)
{
	if (text->bytes)
		explicit_bzero(text->bytes, text->length);
	free(text->bytes);
}

static int read_text(int dirfd, const char *name, mode_t forbidden, struct text *ret_text)
{
	_cleanup_close_ int fd = -1;
	struct stat status;
	int r;

	r = file_open_trusted(dirfd, name, geteuid(), &fd);
	if (r < 0)
		return r;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (status.st_mode & forbidden)
		return -EACCES;
	return file_read_all(fd, FILE_MAX, &ret_text->bytes, &ret_text->length);
}

int pemfile_certificate(int dirfd, const char *name, X509 **ret_certificate)
{
	_cleanup_(text_wipe) struct text text = {};
	X509 *certificate;
	BIO *bio;
	int r;

	r = read_text(dirfd, name, 0, &text);
	if (r < 0)
		return r;
	bio = BIO_new_mem_buf(text.bytes, (int)text.length);
	certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	BIO_free(bio);
	ERR_clear_error();
	if (!certificate)
		return -EBADMSG;
	*ret_certificate = certificate;
	return 0;
}

/* OpenSSL's own would ask at the terminal. */
static int no_password(char *buffer, int size, int writing, void *user)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)user;
	return -1;
}

int pemfile_key(int dirfd, const char *name, EVP_PKEY **ret_key)
{
	_cleanup_(text_wipe) struct text text = {};
	EVP_PKEY *key;
	BIO *bio;
	int r;

	r = read_text(dirfd, name, 077, &text);
	if (r < 0)
		return r;
	bio = BIO_new_mem_buf(text.bytes, (int)text.length);
	key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
	BIO_free(bio);
	ERR_clear_error();
	if (!key)
		return -EBADMSG;
	*ret_key = key;
	return 0;
}

const char *pemfile_trouble(int code)
{
	switch (code) {
	case -EBADMSG:
		return _("what stands in it can't be read; put its copy back");
	case -EACCES:
		return _("others may read it; run: chmod 600");
	case -EPERM:
		return _("it must be root's and writable by nobody else");
	default:
		return strerror(-code);
	}
}
