#include "authority.h"

#include "file.h"
#include "gettext.h"
#include "name.h"
#include "pemfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

static const struct {
	const char *name;
	mode_t mode;
} files[] = {
	[AUTHORITY_KEY] = {"authority.key", 0600},
	[AUTHORITY_PEM] = {"authority.pem", 0644},
	[COLLECTOR_KEY] = {"collector.key", 0600},
	[COLLECTOR_PEM] = {"collector.pem", 0644},
};

static bool is_key(enum authority_file file)
{
	return file == AUTHORITY_KEY || file == COLLECTOR_KEY;
}

static const struct identity *identity_of(const struct authority *authority,
					  enum authority_file file)
{
	return file < COLLECTOR_KEY ? &authority->authority : &authority->collector;
}

void authority_close(struct authority *authority)
{
	identity_free(&authority->authority);
	identity_free(&authority->collector);
	cleanup_close(&authority->dirfd);
	authority->dirfd = -1;
}

const char *authority_file_name(enum authority_file file)
{
	return files[file].name;
}

bool authority_has(const struct authority *authority, enum authority_file file)
{
	const struct identity *identity = identity_of(authority, file);

	return is_key(file) ? identity->key != NULL : identity->certificate != NULL;
}

static int fail(const struct authority *authority, enum authority_file file, int code,
		const char *words, struct config_error *error)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", authority->directory, files[file].name);
	return config_fail(error, code, path, 0, "%s", words);
}

static int load(struct authority *authority, enum authority_file file, struct config_error *error)
{
	struct identity *identity = (struct identity *)identity_of(authority, file);
	int r;

	r = is_key(file) ? pemfile_key(authority->dirfd, files[file].name, &identity->key)
			 : pemfile_certificate(authority->dirfd, files[file].name,
					       &identity->certificate);
	return r < 0 && r != -ENOENT ? fail(authority, file, r, pemfile_trouble(r), error) : 0;
}

static int check_pair(const struct authority *authority, enum authority_file key,
		      struct config_error *error)
{
	const struct identity *identity = identity_of(authority, key);

	if (!identity->certificate || !identity->key ||
	    X509_check_private_key(identity->certificate, identity->key) == 1)
		return 0;
	return fail(authority, key, -EEXIST,
		    _("it does not belong to the certificate beside it; put back the two that "
		      "belong together"),
		    error);
}

static int open_directory(struct authority *authority, bool make)
{
	struct stat status;
	bool made = make && mkdir(authority->directory, 0755) == 0;

	authority->dirfd = open(authority->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (authority->dirfd < 0 || fstat(authority->dirfd, &status) < 0)
		return -errno;
	if ((status.st_uid != 0 && status.st_uid != geteuid()) || (status.st_mode & 022))
		return -EPERM;
	if (flock(authority->dirfd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	/* The directory's own name goes to the disk with it. */
	return made && syncfs(authority->dirfd) < 0 ? -errno : 0;
}

static const char *directory_trouble(int code)
{
	switch (code) {
	case -ENOENT:
		return _("it is not there; run 'sekisho-collector setup --name NAME' first");
	case -EPERM:
		return _("it must be root's and writable by nobody else");
	case -EBUSY:
		return _("another sekisho-collector is at work there; wait for its end");
	default:
		return strerror(-code);
	}
}

int authority_open(struct authority *authority, const char *directory, bool make,
		   struct config_error *ret_error)
{
	int r;

	*authority = (struct authority){.directory = directory, .dirfd = -1};
	r = open_directory(authority, make);
	if (r < 0)
		return config_fail(ret_error, r, directory, 0, "%s", directory_trouble(r));
	for (enum authority_file file = 0; file < AUTHORITY_FILES; file++) {
		r = load(authority, file, ret_error);
		if (r < 0)
			return r;
	}
	r = check_pair(authority, AUTHORITY_KEY, ret_error);
	return r < 0 ? r : check_pair(authority, COLLECTOR_KEY, ret_error);
}

/* What is missing but can't be made anew, because something that is there depends on it. */
static int check_gaps(const struct authority *authority, struct config_error *error)
{
	if (!authority_has(authority, AUTHORITY_KEY) && !authority_has(authority, AUTHORITY_PEM) &&
	    authority_has(authority, COLLECTOR_PEM))
		return fail(authority, AUTHORITY_PEM, -ENOKEY,
			    _("it is missing, but collector.pem was signed with it; put its copy "
			      "back"),
			    error);
	if (!authority_has(authority, AUTHORITY_KEY) && authority_has(authority, AUTHORITY_PEM) &&
	    !authority_has(authority, COLLECTOR_PEM))
		return fail(authority, AUTHORITY_KEY, -ENOKEY,
			    _("it is not here, but needed to sign collector.pem; put it back for "
			      "that time"),
			    error);
	if (!authority_has(authority, COLLECTOR_KEY) && authority_has(authority, COLLECTOR_PEM))
		return fail(authority, COLLECTOR_KEY, -ENOKEY,
			    _("it is missing, but collector.pem needs it; put it back, or move "
			      "collector.pem away and run this again"),
			    error);
	return 0;
}

static bool has_terminals(const struct authority *authority)
{
	int fd = openat(authority->dirfd, AUTHORITY_TERMINALS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	bool found = false;

	if (!directory) {
		cleanup_close(&fd);
		return false;
	}
	while (!found && (entry = readdir(directory)))
		found = entry->d_name[0] != '.';
	closedir(directory);
	return found;
}

/* A new authority in the place of one that went astray would be strange to all its terminals. */
static int check_terminals(const struct authority *authority, struct config_error *error)
{
	if (authority_has(authority, AUTHORITY_KEY) || authority_has(authority, AUTHORITY_PEM) ||
	    !has_terminals(authority))
		return 0;
	return fail(authority, AUTHORITY_PEM, -ENOKEY,
		    _("it is missing, but there are terminals that know it; put its copy back"),
		    error);
}

static int write_file(struct authority *authority, enum authority_file file)
{
	const struct identity *identity = identity_of(authority, file);
	BIO *bio = is_key(file) ? certificate_key_pem(identity->key)
				: certificate_pem(identity->certificate);
	char *bytes;
	long length;
	int r;

	if (!bio)
		return -EIO;
	length = BIO_get_mem_data(bio, &bytes);
	r = file_write_atomic(authority->dirfd, files[file].name, bytes, (size_t)length,
			      files[file].mode);
	BIO_free(bio);
	return r;
}

static int make_file(struct authority *authority, enum authority_file file, const char *name)
{
	char title[NAME_MAX_HOST + 32];
	int r = -EIO;

	snprintf(title, sizeof(title), "Authority of %s", name);
	switch (file) {
	case AUTHORITY_KEY:
		r = certificate_key(&authority->authority);
		break;
	case AUTHORITY_PEM:
		r = certificate_make(&authority->authority, CERTIFICATE_AUTHORITY, title, NULL);
		break;
	case COLLECTOR_KEY:
		r = certificate_key(&authority->collector);
		break;
	case COLLECTOR_PEM:
		r = certificate_make(&authority->collector, CERTIFICATE_COLLECTOR, name,
				     &authority->authority);
		break;
	case AUTHORITY_FILES:
		break;
	}
	return r < 0 ? r : write_file(authority, file);
}

/* A missing authority.key beside authority.pem is kept elsewhere, as it should be. */
static bool is_wanted(const struct authority *authority, enum authority_file file)
{
	if (authority_has(authority, file))
		return false;
	return file != AUTHORITY_KEY || !authority_has(authority, AUTHORITY_PEM);
}

static int check_valid(const struct authority *authority, const char *name,
		       struct config_error *error)
{
	char present[NAME_MAX_HOST + 1];
	char words[640];
	int code;

	code = certificate_check(authority->authority.certificate, authority->authority.certificate,
				 CERTIFICATE_AUTHORITY, NULL);
	if (code != X509_V_OK)
		return fail(authority, AUTHORITY_PEM, -EEXIST, X509_verify_cert_error_string(code),
			    error);
	code = certificate_check(authority->collector.certificate, authority->authority.certificate,
				 CERTIFICATE_COLLECTOR, name);
	if (code == X509_V_OK)
		return 0;
	if (certificate_name(authority->collector.certificate, present, sizeof(present)) < 0)
		snprintf(present, sizeof(present), "?");
	if (code == X509_V_ERR_HOSTNAME_MISMATCH)
		snprintf(words, sizeof(words),
			 _("it is for the name %s; for another name move it away and run this "
			   "again"),
			 present);
	else
		snprintf(words, sizeof(words), _("%s; move it away and run this again"),
			 X509_verify_cert_error_string(code));
	return fail(authority, COLLECTOR_PEM, -EEXIST, words, error);
}

int authority_complete(struct authority *authority, const char *name,
		       struct config_error *ret_error)
{
	int r;

	r = check_gaps(authority, ret_error);
	if (r == 0)
		r = check_terminals(authority, ret_error);
	for (enum authority_file file = 0; r == 0 && file < AUTHORITY_FILES; file++) {
		if (!is_wanted(authority, file))
			continue;
		r = make_file(authority, file, name);
		if (r < 0)
			return fail(authority, file, r, strerror(-r), ret_error);
		authority->made[file] = true;
	}
	return r < 0 ? r : check_valid(authority, name, ret_error);
}

int authority_ready(const struct authority *authority, char *ret_name, size_t size,
		    struct config_error *ret_error)
{
	static const enum authority_file needed[] = {AUTHORITY_PEM, COLLECTOR_PEM, AUTHORITY_KEY};

	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!authority_has(authority, needed[i]))
			return fail(authority, needed[i], -ENOKEY,
				    needed[i] == AUTHORITY_KEY
					    ? _("it is not here; put it back for as long as "
						"terminals are made")
					    : _("it is missing; run 'sekisho-collector setup "
						"--name NAME' first"),
				    ret_error);
	if (certificate_name(authority->collector.certificate, ret_name, size) < 0)
		return fail(authority, COLLECTOR_PEM, -EBADMSG,
			    _("it is for no name; move it away and run 'sekisho-collector setup "
			      "--name NAME' again"),
			    ret_error);
	return 0;
}
