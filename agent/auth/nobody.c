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

#define ID_LENGTH 64 /* bytes, as many as common keys make */

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

static int derive(const uint8_t secret[static NOBODY_SECRET], const char *user,
		  uint8_t id[static ID_LENGTH])
{
	uint8_t text[1 + ROSTER_USER_MAX];
	size_t length = strnlen(user, ROSTER_USER_MAX);
	const size_t half = ID_LENGTH / 2;

	memcpy(text + 1, user, length);
	for (uint8_t i = 0; i < 2; i++) {
		text[0] = i;
		if (!HMAC(EVP_sha256(), secret, NOBODY_SECRET, text, 1 + length, id + i * half,
			  NULL))
			return -EIO;
	}
	return 0;
}

int nobody_entry(int state_dirfd, const char *user, struct roster_entry *ret_entry)
{
	struct roster_entry entry = {.credential_length = ID_LENGTH, .key_length = 64};
	uint8_t secret[NOBODY_SECRET];
	int r;

	r = read_secret(state_dirfd, secret);
	if (r == -ENOENT)
		r = make_secret(state_dirfd, secret);
	if (r == 0)
		r = derive(secret, user, entry.credential);
	explicit_bzero(secret, sizeof(secret));
	if (r < 0 && getrandom(entry.credential, ID_LENGTH, 0) != ID_LENGTH)
		return -EIO;
	*ret_entry = entry;
	return 0;
}
