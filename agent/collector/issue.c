#include "issue.h"

#include "file.h"
#include "newseal.h"
#include "sealpublic.h"
#include "terminals.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_SIZE 128 /* a label and what stands around it */
#define PEM_MAX	  65536u

/* Everything of one terminal while it is made. */
struct making {
	const struct issue *issue;
	const char *name;
	int bundle; /* directory */
	struct identity identity;
	struct newseal seal;
	struct sealkeys keys;
};

static void making_clear(struct making *making)
{
	cleanup_close(&making->bundle);
	identity_free(&making->identity);
	newseal_wipe(&making->seal);
	sealkeys_wipe(&making->keys);
}

static int put_bio(int dirfd, const char *name, BIO *bio, mode_t mode)
{
	char *bytes;
	long length;
	int r;

	if (!bio)
		return -EIO;
	length = BIO_get_mem_data(bio, &bytes);
	r = file_write_new(dirfd, name, bytes, (size_t)length, mode);
	BIO_free(bio);
	return r;
}

static int put_authority(const struct making *making, const char *name, mode_t mode)
{
	return put_bio(making->bundle, name,
		       certificate_pem(making->issue->authority->authority.certificate), mode);
}

static int put_certificate(const struct making *making, const char *name, mode_t mode)
{
	return put_bio(making->bundle, name, certificate_pem(making->identity.certificate), mode);
}

/* For the same key, so that what it is refused for is the certificate. */
static int put_other(const struct making *making, const char *file, mode_t mode,
		     enum certificate_kind kind, const char *domain)
{
	struct identity other = {.key = making->identity.key};
	char host[NAME_MAX_HOST + 1];
	int r;

	snprintf(host, sizeof(host), "%s.%s", making->name, domain);
	r = certificate_make(&other, kind, host, &making->issue->authority->authority);
	if (r == 0)
		r = put_bio(making->bundle, file, certificate_pem(other.certificate), mode);
	X509_free(other.certificate);
	return r;
}

static int put_stranger(const struct making *making, const char *name, mode_t mode)
{
	return put_other(making, name, mode, CERTIFICATE_TERMINAL, NAME_STRANGER_DOMAIN);
}

static int put_expired(const struct making *making, const char *name, mode_t mode)
{
	return put_other(making, name, mode, CERTIFICATE_PAST, NAME_TERMINAL_DOMAIN);
}

static int put_key(const struct making *making, const char *name, mode_t mode)
{
	return put_bio(making->bundle, name, certificate_key_pem(making->identity.key), mode);
}

static int put_seal(const struct making *making, const char *name, mode_t mode)
{
	char text[NEWSEAL_TEXT_MAX];
	size_t length;
	int r;

	length = newseal_format_terminal(&making->seal, making->name, text);
	r = file_write_new(making->bundle, name, text, length, mode);
	explicit_bzero(text, sizeof(text));
	return r;
}

static int put_public_seal(const struct making *making, const char *name, mode_t mode)
{
	char keys[SEALKEYS_TEXT_MAX], text[SEALKEYS_TEXT_MAX + NEWSEAL_TEXT_MAX];
	int length;

	sealkeys_format(&making->keys, &sealpublic_form, keys);
	length = snprintf(text, sizeof(text),
			  "# Sekisho: what checks the seal of %s. It is no secret.\n%s",
			  making->name, keys);
	return file_write_new(making->bundle, name, text, (size_t)length, mode);
}

static int put_configuration(const struct making *making, const char *name, mode_t mode)
{
	const char *collector = making->issue->collector;
	char letters[NAME_MAX_HOST + 64] = "", text[3 * NAME_MAX_HOST + 320];
	int length;

	if (making->issue->letters)
		snprintf(letters, sizeof(letters), "LettersFrom=https://%s/letters/\n", collector);
	length = snprintf(text, sizeof(text),
			  "# Where %s sends its journal's events; see collector.conf(5).\n"
			  "[Collector]\nServer=%s\nName=%s\n%s",
			  making->name, collector, collector, letters);
	return file_write_new(making->bundle, name, text, (size_t)length, mode);
}

static const struct {
	const char *name;
	mode_t mode;
	bool is_seal; /* else: of the certificate */
	int (*put)(const struct making *making, const char *name, mode_t mode);
} files[] = {
	{"authority.pem", 0644, false, put_authority},
	{"terminal.pem", 0644, false, put_certificate},
	{"stranger.pem", 0644, false, put_stranger},
	{"expired.pem", 0644, false, put_expired},
	{"terminal.key", 0600, false, put_key},
	{"seal.key", 0600, true, put_seal},
	{"seal.pub", 0644, true, put_public_seal},
	{"collector.conf", 0644, false, put_configuration},
};

static bool wanted(const struct issue *issue, bool is_seal)
{
	return is_seal ? !issue->renew : !issue->reseal;
}

/* A hidden name until all is on the disk. */
static const char *hidden(char path[static PATH_SIZE], const char *name, const char *ending)
{
	snprintf(path, PATH_SIZE, ".%s%s.new", name, ending);
	return path;
}

static const char *visible(char path[static PATH_SIZE], const char *name, const char *ending)
{
	snprintf(path, PATH_SIZE, "%s%s", name, ending);
	return path;
}

static int unlink_quietly(int dirfd, const char *name, int flags)
{
	return unlinkat(dirfd, name, flags) < 0 && errno != ENOENT ? -errno : 0;
}

/* What an interrupted run left under the hidden names. */
static int remove_hidden(const struct issue *issue, const char *name)
{
	_cleanup_close_ int bundle = -1;
	char path[PATH_SIZE];
	int r;

	r = unlink_quietly(issue->terminals, hidden(path, name, ".pem"), 0);
	if (r == 0)
		r = unlink_quietly(issue->terminals, hidden(path, name, ".conf"), 0);
	if (r < 0)
		return r;
	bundle = openat(issue->output, hidden(path, name, ""),
			O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (bundle < 0)
		return errno == ENOENT ? 0 : -errno;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		unlinkat(bundle, files[i].name, 0);
	return unlink_quietly(issue->output, path, AT_REMOVEDIR);
}

static int make_bundle(struct making *making)
{
	const struct issue *issue = making->issue;
	char path[PATH_SIZE];
	int r = 0;

	if (mkdirat(issue->output, hidden(path, making->name, ""), 0700) < 0)
		return -errno;
	making->bundle =
		openat(issue->output, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (making->bundle < 0)
		return -errno;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(files); i++)
		if (wanted(issue, files[i].is_seal))
			r = files[i].put(making, files[i].name, files[i].mode);
	return r;
}

static int make_record(const struct making *making)
{
	const struct issue *issue = making->issue;
	char text[SEALKEYS_TEXT_MAX];
	char path[PATH_SIZE];
	size_t length;
	int r = 0;

	if (!issue->reseal)
		r = put_bio(issue->terminals, hidden(path, making->name, ".pem"),
			    certificate_pem(making->identity.certificate), 0644);
	if (r < 0 || issue->renew)
		return r;
	length = sealkeys_format(&making->keys, &terminals_form, text);
	r = file_write_new(issue->terminals, hidden(path, making->name, ".conf"), text, length,
			   0600);
	explicit_bzero(text, sizeof(text));
	return r;
}

static int make_hidden(const struct issue *issue, const char *name)
{
	_cleanup_(making_clear) struct making making = {
		.issue = issue,
		.name = name,
		.bundle = -1,
	};
	char host[NAME_MAX_HOST + 1];
	int r;

	snprintf(host, sizeof(host), "%s." NAME_TERMINAL_DOMAIN, name);
	r = remove_hidden(issue, name);
	if (r == 0 && !issue->renew)
		r = newseal_make(&making.seal);
	if (r == 0 && !issue->renew)
		r = newseal_keys(&making.seal, issue->ended, &making.keys);
	if (r == 0 && !issue->reseal)
		r = certificate_key(&making.identity);
	if (r == 0 && !issue->reseal)
		r = certificate_make(&making.identity, CERTIFICATE_TERMINAL, host,
				     &issue->authority->authority);
	if (r == 0)
		r = make_bundle(&making);
	return r < 0 ? r : make_record(&making);
}

static int show(int dirfd, const char *name, const char *ending)
{
	char from[PATH_SIZE], to[PATH_SIZE];

	return renameat(dirfd, hidden(from, name, ending), dirfd, visible(to, name, ending)) < 0
		       ? -errno
		       : 0;
}

/* The certificate first: NAME.conf says that the terminal is there. */
static int store(const struct issue *issue, const char *name)
{
	int r = issue->reseal ? 0 : show(issue->terminals, name, ".pem");

	return r < 0 || issue->renew ? r : show(issue->terminals, name, ".conf");
}

static int hand_out(const struct issue *issue, const char *name)
{
	return show(issue->output, name, "");
}

/* A disk's worth of flushes for all files, not one for each. */
static int flush(const struct issue *issue)
{
	return syncfs(issue->output) < 0 || syncfs(issue->terminals) < 0 ? -errno : 0;
}

static int for_all(const struct issue *issue, const char *const names[], size_t count,
		   int (*step)(const struct issue *issue, const char *name), const char **ret_name)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		*ret_name = names[i];
		r = step(issue, names[i]);
	}
	return r == 0 ? flush(issue) : r;
}

int issue_batch(const struct issue *issue, const char *const names[], size_t count,
		const char **ret_name)
{
	int r;

	r = for_all(issue, names, count, make_hidden, ret_name);
	if (r < 0) {
		/* Nothing is stored yet: on a full disk their room is given back. */
		for (size_t i = 0; i < count; i++)
			remove_hidden(issue, names[i]);
		return r;
	}
	r = for_all(issue, names, count, store, ret_name);
	return r < 0 ? r : for_all(issue, names, count, hand_out, ret_name);
}

bool issue_known(const struct issue *issue, const char *name)
{
	char path[PATH_SIZE];

	return faccessat(issue->terminals, visible(path, name, ".conf"), F_OK,
			 AT_SYMLINK_NOFOLLOW) == 0;
}

bool issue_handed_out(const struct issue *issue, const char *name)
{
	return faccessat(issue->output, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int read_text(int dirfd, const char *name, char **ret_text, size_t *ret_length)
{
	_cleanup_close_ int fd = -1;
	int r = file_open_trusted(dirfd, name, geteuid(), &fd);

	return r < 0 ? r : file_read_all(fd, PEM_MAX, ret_text, ret_length);
}

/* The first line of that key; NULL if there is none. */
static const char *public_key_of(const char *text)
{
	const char *line = text ? strstr(text, "\nPublicKey=") : NULL;

	return line && strlen(line) >= strlen("\nPublicKey=") + 2UL * SEAL_KEY_SIZE ? line : NULL;
}

/* Does what waits belong to what is stored? One of another attempt does not. */
static int belongs(const struct issue *issue, const char *name, int bundle)
{
	_cleanup_free_ char *stored = NULL, *waiting = NULL;
	size_t stored_length = 0, waiting_length = 0;
	char path[PATH_SIZE];
	int r;

	r = read_text(issue->terminals, visible(path, name, issue->reseal ? ".conf" : ".pem"),
		      &stored, &stored_length);
	if (r == 0)
		r = read_text(bundle, issue->reseal ? "seal.pub" : "terminal.pem", &waiting,
			      &waiting_length);
	if (r == 0 && issue->reseal) {
		const char *one = public_key_of(stored), *other = public_key_of(waiting);

		r = one && other &&
		    memcmp(one, other, strlen("\nPublicKey=") + 2UL * SEAL_KEY_SIZE) == 0;
	} else if (r == 0) {
		r = stored && waiting && stored_length == waiting_length &&
		    memcmp(stored, waiting, stored_length) == 0;
	}
	if (stored)
		explicit_bzero(stored, stored_length);
	return r == -ENOENT ? 0 : r;
}

int issue_finish(const struct issue *issue, const char *name)
{
	_cleanup_close_ int bundle = -1;
	char path[PATH_SIZE];
	int r;

	bundle = openat(issue->output, hidden(path, name, ""),
			O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (bundle < 0 || faccessat(bundle, "seal.key", F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	r = belongs(issue, name, bundle);
	if (r <= 0)
		return r;
	r = hand_out(issue, name);
	if (r == 0)
		r = flush(issue);
	return r < 0 ? r : 1;
}
