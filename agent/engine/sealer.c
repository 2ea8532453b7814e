#include "sealer.h"

#include "cleanup.h"
#include "file.h"
#include "number.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

struct texts {
	char private_key[2 * SEAL_KEY_SIZE + 1];
	char ratchet[2 * SEAL_KEY_SIZE + 1];
	char period[16];
};

static const struct config_key keys[] = {
	{"Seal", "Signing", CONFIG_STRING, offsetof(struct texts, private_key),
	 sizeof(((struct texts *)0)->private_key), 0, 0, NULL},
	{"Seal", "Period", CONFIG_STRING, offsetof(struct texts, period),
	 sizeof(((struct texts *)0)->period), 0, 0, NULL},
	{"Seal", "Ratchet", CONFIG_STRING, offsetof(struct texts, ratchet),
	 sizeof(((struct texts *)0)->ratchet), 0, 0, NULL},
};

static int read_texts(const struct texts *texts, const char *path, struct sealer *sealer,
		      struct config_error *ret_error)
{
	uint64_t period;

	if (hex_parse_exactly(texts->private_key, sealer->private_key, SEAL_KEY_SIZE) < 0 ||
	    seal_public_key(sealer->private_key, sealer->public_key) < 0)
		return config_fail(ret_error, -EINVAL, path, 0,
				   "Signing: no key; see sekisho-collector(8), LOST SEALS");
	if (hex_parse_exactly(texts->ratchet, sealer->ratchet, SEAL_KEY_SIZE) < 0)
		return config_fail(ret_error, -EINVAL, path, 0,
				   "Ratchet: no key; see sekisho-collector(8), LOST SEALS");
	if (number_parse(texts->period, 0, SEAL_PERIOD_MAX, &period) < 0)
		return config_fail(ret_error, -EINVAL, path, 0,
				   "Period: no number; see sekisho-collector(8), LOST SEALS");
	sealer->period = (uint32_t)period;
	seal_key_id(sealer->public_key, sealer->key_id);
	return 0;
}

static int open_file(const char *path, int *ret_fd, struct config_error *ret_error)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat status;

	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0 || fstat(fd, &status) < 0)
		return config_fail(ret_error, -errno, path, 0, "%s; chown sekisho: and chmod 600",
				   strerror(errno));
	if (!S_ISREG(status.st_mode) || (status.st_mode & 077) || status.st_size > SEALER_FILE_SIZE)
		return config_fail(ret_error, -EPERM, path, 0,
				   "not a file of up to %d bytes that only its owner may read; "
				   "chown sekisho: and chmod 600",
				   SEALER_FILE_SIZE);
	*ret_fd = steal_fd(&fd);
	return 0;
}

/* Line feeds up to a whole sector, before it is ever turned: where writing lengthens a file, a
 * power cut may leave the new length with what was there before, whose end is zero bytes then. That
 * is mended here, too. A file without a last line feed stays what it is, for people to look at. */
static int fill_up(int fd)
{
	char text[SEALER_FILE_SIZE];
	const ssize_t length = file_read_at(fd, text, sizeof(text), 0);
	size_t end = length > 0 ? (size_t)length : 0;
	int r = 0;

	while (end > 0 && text[end - 1] == '\0')
		end--;
	if (length < 0) {
		r = (int)length;
	} else if (end > 0 && end < sizeof(text) && text[end - 1] == '\n') {
		memset(text + end, '\n', sizeof(text) - end);
		r = file_write_durable(fd, text + end, sizeof(text) - end, (off_t)end);
	}
	explicit_bzero(text, sizeof(text));
	return r;
}

int sealer_open(const char *path, struct sealer *ret_sealer, struct config_error *ret_error)
{
	_cleanup_close_ int fd = -1;
	struct sealer sealer = {.fd = -1};
	struct texts texts = {};
	int r;

	r = open_file(path, &fd, ret_error);
	if (r == 0) {
		r = fill_up(fd);
		if (r < 0)
			config_fail(ret_error, r, path, 0, "%s", strerror(-r));
	}
	if (r == 0)
		r = config_load(path, geteuid(), keys, ARRAY_SIZE(keys), &texts, ret_error);
	if (r == 0)
		r = read_texts(&texts, path, &sealer, ret_error);
	if (r == 0) {
		sealer.fd = steal_fd(&fd);
		*ret_sealer = sealer;
	}
	explicit_bzero(&texts, sizeof(texts));
	explicit_bzero(&sealer, sizeof(sealer));
	return r;
}

void sealer_close(struct sealer *sealer)
{
	if (sealer->fd >= 0)
		close(sealer->fd);
	explicit_bzero(sealer, sizeof(*sealer));
	sealer->fd = -1;
}

static void set_text(json_t *fields, const char *name, const char *value)
{
	json_object_set_new(fields, name, json_string(value));
}

static void set_hex(json_t *fields, const char *name, const uint8_t *bytes, size_t length)
{
	char text[2 * SEAL_SIGNATURE_SIZE + 1];

	hex_format(bytes, length, text);
	set_text(fields, name, text);
}

int sealer_seal(const struct sealer *sealer, struct seal_statement *statement, json_t **ret_fields)
{
	json_t *fields = json_object();
	struct seal_marks marks;
	char period[16];
	int r;

	statement->period = sealer->period;
	r = seal_make(statement, sealer->private_key, sealer->ratchet, &marks);
	if (r == 0) {
		snprintf(period, sizeof(period), "%" PRIu32, sealer->period);
		set_text(fields, "reason", statement->reason);
		set_text(fields, "key", sealer->key_id);
		set_text(fields, "period", period);
		set_hex(fields, "mac", marks.mac, sizeof(marks.mac));
		set_hex(fields, "signature", marks.signature, sizeof(marks.signature));
		/* A field without memory is a field less. */
		r = json_object_size(fields) == 5 ? 0 : -ENOMEM;
	}
	if (r < 0)
		json_decref(fields);
	else
		*ret_fields = fields;
	return r;
}

/* All of the file at once; its end is line feeds, which say nothing. */
static int store(const struct sealer *sealer, const uint8_t ratchet[static SEAL_KEY_SIZE],
		 uint32_t period)
{
	char text[SEALER_FILE_SIZE + 1], private_key[2 * SEAL_KEY_SIZE + 1];
	char next[2 * SEAL_KEY_SIZE + 1];
	int length, r;

	hex_format(sealer->private_key, SEAL_KEY_SIZE, private_key);
	hex_format(ratchet, SEAL_KEY_SIZE, next);
	length =
		snprintf(text, sizeof(text), "[Seal]\nSigning=%s\nPeriod=%" PRIu32 "\nRatchet=%s\n",
			 private_key, period, next);
	memset(text + length, '\n', SEALER_FILE_SIZE - (size_t)length);
	r = file_write_durable(sealer->fd, text, SEALER_FILE_SIZE, 0);
	explicit_bzero(text, sizeof(text));
	explicit_bzero(private_key, sizeof(private_key));
	explicit_bzero(next, sizeof(next));
	return r;
}

int sealer_turn(struct sealer *sealer)
{
	uint8_t next[SEAL_KEY_SIZE];
	int r;

	if (sealer->period == SEAL_PERIOD_MAX)
		return -ERANGE;
	memcpy(next, sealer->ratchet, sizeof(next));
	seal_turn(next);
	r = store(sealer, next, sealer->period + 1);
	if (r == 0) {
		memcpy(sealer->ratchet, next, sizeof(next));
		sealer->period++;
	}
	explicit_bzero(next, sizeof(next));
	return r;
}
