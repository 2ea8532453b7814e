#include "bundle.h"

#include "cleanup.h"
#include "file.h"
#include "gettext.h"
#include "paths.h"
#include "pem.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX 65536

/* As sekisho-collector(8) has them installed. A user or group of another name is root's. */
static const struct {
	const char *name, *folder, *user, *group;
	mode_t mode;
	bool needed;
} rows[BUNDLE_FILE_COUNT] = {
	[BUNDLE_AUTHORITY] = {"authority.pem", BUNDLE_FOLDER, "root", "root", 0644, true},
	[BUNDLE_CERTIFICATE] = {"terminal.pem", BUNDLE_FOLDER, "root", "sekisho-log", 0640, true},
	[BUNDLE_STRANGER] = {"stranger.pem", BUNDLE_FOLDER, "root", "sekisho-log", 0640, false},
	[BUNDLE_EXPIRED] = {"expired.pem", BUNDLE_FOLDER, "root", "sekisho-log", 0640, false},
	[BUNDLE_KEY] = {"terminal.key", BUNDLE_FOLDER, "root", "sekisho-log", 0640, true},
	[BUNDLE_SEAL_PUBLIC] = {"seal.pub", "/etc/sekisho", "root", "root", 0644, false},
	[BUNDLE_SEAL] = {"seal.key", "/var/lib/sekisho/seal", "sekisho", "sekisho", 0600, false},
	[BUNDLE_CONFIGURATION] = {"collector.conf", SEKISHO_COLLECTOR_CONF ".d", "root", "root",
				  0644, false},
};

static int read_one(int directory, enum bundle_file which, mode_t forbidden, struct bundle *bundle)
{
	_cleanup_close_ int fd = -1;
	struct stat status;
	int r = file_open_trusted(directory, rows[which].name, 0, &fd);

	if (r == -ENOENT && !rows[which].needed)
		return 0;
	if (r < 0)
		return r;
	if (fstat(fd, &status) < 0)
		return -errno;
	if ((which == BUNDLE_KEY || which == BUNDLE_SEAL) && (status.st_mode & forbidden))
		return -EKEYREJECTED;
	return file_read_all(fd, FILE_MAX, &bundle->files[which].bytes,
			     &bundle->files[which].length);
}

int bundle_read(const char *directory, struct bundle *ret_bundle, const char **ret_path)
{
	_cleanup_close_ int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* In its place the forwarder's group reads the key. */
	const mode_t forbidden = strcmp(directory, BUNDLE_FOLDER) == 0 ? 007 : 077;
	_cleanup_bundle_ struct bundle bundle = {};
	struct stat status;

	*ret_path = directory;
	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (status.st_uid != 0 || (status.st_mode & 022))
		return -EPERM;
	for (int i = 0; i < BUNDLE_FILE_COUNT; i++) {
		int r;

		*ret_path = rows[i].name;
		r = read_one(fd, (enum bundle_file)i, forbidden, &bundle);
		if (r < 0)
			return r;
	}
	*ret_bundle = bundle;
	bundle = (struct bundle){};
	return 0;
}

void bundle_release(struct bundle *bundle)
{
	for (size_t i = 0; i < BUNDLE_FILE_COUNT; i++) {
		if (bundle->files[i].bytes)
			explicit_bzero(bundle->files[i].bytes, bundle->files[i].length);
		free(bundle->files[i].bytes);
	}
	*bundle = (struct bundle){};
}

int bundle_configure(struct bundle *bundle, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return -ENOMEM;
	free(bundle->files[BUNDLE_CONFIGURATION].bytes);
	bundle->files[BUNDLE_CONFIGURATION].bytes = copy;
	bundle->files[BUNDLE_CONFIGURATION].length = strlen(copy);
	return 0;
}

/* Of the first certificate in it. */
static X509 *certificate_of(const struct bundle *bundle, enum bundle_file which)
{
	BIO *bio = BIO_new_mem_buf(bundle->files[which].bytes, (int)bundle->files[which].length);
	X509 *certificate = pem_read_certificate(bio);

	BIO_free(bio);
	return certificate;
}

static EVP_PKEY *key_of(const struct bundle *bundle)
{
	BIO *bio = BIO_new_mem_buf(bundle->files[BUNDLE_KEY].bytes,
				   (int)bundle->files[BUNDLE_KEY].length);
	EVP_PKEY *key = pem_read_key(bio);

	BIO_free(bio);
	return key;
}

/* All of them: while one authority gives way to another there are two. */
static bool add_authorities(const struct bundle *bundle, X509_STORE *store)
{
	BIO *bio = BIO_new_mem_buf(bundle->files[BUNDLE_AUTHORITY].bytes,
				   (int)bundle->files[BUNDLE_AUTHORITY].length);
	bool added = false, good = true;
	X509 *one;

	while (good && (one = pem_read_certificate(bio))) {
		good = X509_STORE_add_cert(store, one) == 1;
		added = true;
		X509_free(one);
	}
	BIO_free(bio);
	return added && good;
}

/* Days included. NULL: the authority signed it. */
static const char *unsigned_why(const struct bundle *bundle, X509 *certificate)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	const char *why = "?";

	if (store && context && add_authorities(bundle, store) &&
	    X509_STORE_CTX_init(context, store, certificate, NULL) == 1) {
		/* What the collector's administrator pinned counts, be it a root's or not. */
		X509_STORE_CTX_set_flags(context, X509_V_FLAG_PARTIAL_CHAIN);
		why = X509_verify_cert(context) == 1
			      ? NULL
			      : X509_verify_cert_error_string(X509_STORE_CTX_get_error(context));
	}
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	return why;
}

const char *bundle_mistake(const struct bundle *bundle)
{
	X509 *authority = certificate_of(bundle, BUNDLE_AUTHORITY);
	X509 *certificate = certificate_of(bundle, BUNDLE_CERTIFICATE);
	EVP_PKEY *key = key_of(bundle);
	const char *why = NULL;

	if (!authority || !certificate)
		why = _("it has no certificate in PEM");
	else if (!key)
		why = _("it has no private key in PEM, or one with a password");
	else if (X509_check_private_key(certificate, key) != 1)
		why = _("it does not belong to this terminal's certificate");
	else
		why = unsigned_why(bundle, certificate);
	EVP_PKEY_free(key);
	X509_free(certificate);
	X509_free(authority);
	return why;
}

int bundle_begins(const struct bundle *bundle, time_t *ret_time, char text[static BUNDLE_TIME])
{
	X509 *certificate = certificate_of(bundle, BUNDLE_CERTIFICATE);
	struct tm time;
	const bool read =
		certificate && ASN1_TIME_to_tm(X509_get0_notBefore(certificate), &time) == 1;

	X509_free(certificate);
	if (!read || strftime(text, BUNDLE_TIME, "%Y-%m-%d %H:%M:%S UTC", &time) == 0)
		return -EBADMSG;
	*ret_time = timegm(&time);
	return 0;
}

enum sameness { ABSENT, OTHER, SAME_BYTES, SAME }; /* SAME: with owner, group and mode */

static enum sameness compare(const struct bundle *bundle, enum bundle_file which)
{
	_cleanup_close_ int directory =
		open(rows[which].folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *bytes = NULL;
	_cleanup_close_ int fd = -1;
	const struct passwd *user = getpwnam(rows[which].user);
	const struct group *group = getgrnam(rows[which].group);
	struct stat status;
	size_t length = 0;
	bool same;

	fd = directory < 0 ? -1
			   : openat(directory, rows[which].name,
				    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return ABSENT;
	if (!bundle->files[which].bytes || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
	    file_read_all(fd, FILE_MAX, &bytes, &length) < 0)
		return OTHER;
	same = length == bundle->files[which].length &&
	       memcmp(bytes, bundle->files[which].bytes, length) == 0;
	explicit_bzero(bytes, length);
	if (!same)
		return OTHER;
	return user && group && status.st_uid == user->pw_uid && status.st_gid == group->gr_gid &&
			       (status.st_mode & 07777) == rows[which].mode
		       ? SAME
		       : SAME_BYTES;
}

bool bundle_has_seal(void)
{
	return compare(&(struct bundle){}, BUNDLE_SEAL) != ABSENT;
}

/* By what can be seen of it: the seal itself is moved on. */
static bool has_other_seal(const struct bundle *bundle)
{
	const enum sameness seal = compare(bundle, BUNDLE_SEAL);
	const enum sameness public_part = compare(bundle, BUNDLE_SEAL_PUBLIC);

	if (!bundle->files[BUNDLE_SEAL].bytes || seal == ABSENT)
		return false;
	return public_part == OTHER || (public_part == ABSENT && seal == OTHER);
}

bool bundle_stands(const struct bundle *bundle, bool *ret_other_seal)
{
	bool stands = true;

	*ret_other_seal = has_other_seal(bundle);
	for (int i = 0; i < BUNDLE_FILE_COUNT; i++) {
		const enum sameness same =
			bundle->files[i].bytes ? compare(bundle, (enum bundle_file)i) : SAME;

		stands &= i == BUNDLE_SEAL ? same != ABSENT : same == SAME;
	}
	return stands;
}

static const char *hidden(char text[static 64], enum bundle_file which)
{
	snprintf(text, 64, ".%s.setup", rows[which].name);
	return text;
}

/* Beside its place, with its owner and mode. */
static int prepare(int directory, const struct bundle *bundle, enum bundle_file which)
{
	const struct passwd *user = getpwnam(rows[which].user);
	const struct group *group = getgrnam(rows[which].group);
	_cleanup_close_ int fd = -1;
	char name[64];
	int r;

	if (!user || !group)
		return -ENOENT;
	/* What an interrupted run left is ours to replace. */
	if (unlinkat(directory, hidden(name, which), 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = file_write_all(fd, bundle->files[which].bytes, bundle->files[which].length);
	if (r == 0 && (fchown(fd, user->pw_uid, group->gr_gid) < 0 ||
		       fchmod(fd, rows[which].mode) < 0 || fdatasync(fd) < 0))
		r = -errno;
	return r;
}

static int open_folder(enum bundle_file which, int *ret_fd)
{
	int fd;

	/* The configuration's alone comes with no package. */
	if (which == BUNDLE_CONFIGURATION && mkdir(rows[which].folder, 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = open(rows[which].folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

static void close_all(int (*folders)[BUNDLE_FILE_COUNT])
{
	for (size_t i = 0; i < BUNDLE_FILE_COUNT; i++)
		if ((*folders)[i] >= 0)
			close((*folders)[i]);
}

int bundle_install(const struct bundle *bundle, const char **ret_path)
{
	_cleanup_(close_all) int folders[BUNDLE_FILE_COUNT] = {-1, -1, -1, -1, -1, -1, -1, -1};
	char name[64];
	int r = 0;

	for (int i = 0; r == 0 && i < BUNDLE_FILE_COUNT; i++) {
		const bool here = i == BUNDLE_SEAL && compare(bundle, BUNDLE_SEAL) != ABSENT;

		*ret_path = rows[i].name;
		if (!bundle->files[i].bytes || here)
			continue;
		r = open_folder((enum bundle_file)i, &folders[i]);
		if (r == 0)
			r = prepare(folders[i], bundle, (enum bundle_file)i);
	}
	for (int i = 0; i < BUNDLE_FILE_COUNT; i++) {
		if (folders[i] < 0)
			continue;
		hidden(name, (enum bundle_file)i);
		if (r < 0) {
			unlinkat(folders[i], name, 0);
			continue;
		}
		*ret_path = rows[i].name;
		if (renameat(folders[i], name, folders[i], rows[i].name) < 0 ||
		    fsync(folders[i]) < 0)
			r = -errno;
	}
	return r;
}
