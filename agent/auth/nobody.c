#include "nobody.h"

#include "cleanup.h"
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define HALF	  ((size_t)32) /* bytes of SHA-256 */
#define ID_LENGTH (2 * HALF) /* as many as common keys make */

static int make_secret(int dirfd, uint8_t secret[static NOBODY_SECRET])
{
	_cleanup_close_ int fd = openat(dirfd, NOBODY_FILE,
					O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r;

	if (fd < 0)
		return -errno;
	if (getrandom(secret, NOBODY_SECRET, 0) != NOBODY_SECRET)
		return -EIO;
	r = file_write_all(fd, secret, NOBODY_SECRET);
	return r == 0 && fdatasync(fd) < 0 ? -errno : r;
}

static int read_secret(int dirfd, uint8_t secret[static NOBODY_SECRET])
{
	_cleanup_close_ int fd =
		openat(dirfd, NOBODY_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);

	if (fd < 0)
		return -errno;
	if (read(fd, secret, NOBODY_SECRET) == NOBODY_SECRET)
		return 0;
	/* Its making was cut short: the next log-in makes it anew. */
	unlinkat(dirfd, NOBODY_FILE, 0);
	return -EIO;
}

/* Another @label gives bytes that tell nothing of the first ones. */
static int derive(const uint8_t secret[static NOBODY_SECRET], uint8_t label, const char *user,
		  uint8_t result[static HALF])
{
	uint8_t text[1 + ROSTER_USER_MAX] = {label};
	size_t length = strnlen(user, ROSTER_USER_MAX);

	memcpy(text + 1, user, length);
	return HMAC(EVP_sha256(), secret, NOBODY_SECRET, text, 1 + length, result, NULL) ? 0 : -EIO;
}

static int know_secret(int state_dirfd, uint8_t secret[static NOBODY_SECRET])
{
	int r = read_secret(state_dirfd, secret);

	return r == -ENOENT ? make_secret(state_dirfd, secret) : r;
}

int nobody_entry(int state_dirfd, const char *user, struct roster_entry *ret_entry)
{
	struct roster_entry entry = {.credential_length = ID_LENGTH, .key_length = 64};
	uint8_t secret[NOBODY_SECRET];
	int r;

	r = know_secret(state_dirfd, secret);
	if (r == 0)
		r = derive(secret, 0, user, entry.credential);
	if (r == 0)
		r = derive(secret, 1, user, entry.credential + HALF);
	explicit_bzero(secret, sizeof(secret));
	if (r < 0 && getrandom(entry.credential, ID_LENGTH, 0) != (ssize_t)ID_LENGTH)
		return -EIO;
	*ret_entry = entry;
	return 0;
}

int nobody_mark(int state_dirfd, const char *user, uint8_t ret_mark[static NOBODY_MARK])
{
	uint8_t secret[NOBODY_SECRET];
	uint8_t whole[HALF];
	int r;

	r = know_secret(state_dirfd, secret);
	if (r == 0)
		r = derive(secret, 2, user, whole);
	explicit_bzero(secret, sizeof(secret));
	if (r < 0 && getrandom(whole, sizeof(whole), 0) != (ssize_t)sizeof(whole))
		return -EIO;
	memcpy(ret_mark, whole, NOBODY_MARK);
	return 0;
}
