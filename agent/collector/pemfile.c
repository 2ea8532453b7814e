#include "pemfile.h"

#include "cleanup.h"
#include "file.h"
#include "gettext.h"
#include "pem.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>

#define FILE_MAX 65536u

struct pem {
	char *bytes;
	size_t length;
	BIO *bio; /* of them */
};

static void pem_close(struct pem *pem)
{
	BIO_free(pem->bio);
	if (pem->bytes)
		explicit_bzero(pem->bytes, pem->length);
	free(pem->bytes);
	ERR_clear_error();
}

/* -EACCES if the file's mode has one of the bits @forbidden. */
static int pem_open(struct pem *pem, int dirfd, const char *name, mode_t forbidden)
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
	r = file_read_all(fd, FILE_MAX, &pem->bytes, &pem->length);
	if (r < 0)
		return r;
	pem->bio = BIO_new_mem_buf(pem->bytes, (int)pem->length);
	return pem->bio ? 0 : -ENOMEM;
}

int pemfile_certificate(int dirfd, const char *name, X509 **ret_certificate)
{
	_cleanup_(pem_close) struct pem pem = {};
	X509 *certificate;
	int r;

	r = pem_open(&pem, dirfd, name, 0);
	if (r < 0)
		return r;
	certificate = pem_read_certificate(pem.bio);
	if (!certificate)
		return -EBADMSG;
	*ret_certificate = certificate;
	return 0;
}

int pemfile_key(int dirfd, const char *name, EVP_PKEY **ret_key)
{
	_cleanup_(pem_close) struct pem pem = {};
	EVP_PKEY *key;
	int r;

	r = pem_open(&pem, dirfd, name, 077);
	if (r < 0)
		return r;
	key = pem_read_key(pem.bio);
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
