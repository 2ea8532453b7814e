#include "store.h"

#include "cleanup.h"
#include "file.h"
#include "number.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define HEADER	   "softkey 1"
#define STATE_MAX  65536 /* bytes of a state file */
#define FIELDS	   6 /* of a resident line: the word and five values */
#define EMPTY_TEXT "-" /* stands for an empty value, so that fields can be counted */

static void write_hex(FILE *file, char before, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;

	fputc(before, file);
	if (length == 0)
		fputs(EMPTY_TEXT, file);
	for (size_t i = 0; i < length; i++)
		fprintf(file, "%02x", at[i]);
}

static void format(const struct store *store, FILE *file)
{
	fprintf(file, HEADER "\nmaster");
	write_hex(file, ' ', store->master, sizeof(store->master));
	fprintf(file, "\ncounter %u\n", store->counter);
	if (store->pin_set) {
		fprintf(file, "pin");
		write_hex(file, ' ', store->pin_hash, sizeof(store->pin_hash));
		fputc('\n', file);
	}
	fprintf(file, "pin-retries %u\nuv-retries %u\nforce-pin-change %d\n", store->pin_retries,
		store->uv_retries, store->force_pin_change);
	for (size_t i = 0; i < store->resident_count; i++) {
		const struct resident *resident = &store->residents[i];

		fprintf(file, "resident");
		write_hex(file, ' ', resident->id, sizeof(resident->id));
		write_hex(file, ' ', resident->rp, strlen(resident->rp));
		write_hex(file, ' ', resident->user, resident->user_length);
		write_hex(file, ' ', resident->name, strlen(resident->name));
		write_hex(file, ' ', resident->display_name, strlen(resident->display_name));
		fputc('\n', file);
	}
}

int store_save(const struct store *store)
{
	_cleanup_close_ int directory = -1;
	_cleanup_free_ char *folder = NULL;
	_cleanup_free_ char *text = NULL;
	const char *name;
	size_t length = 0;
	FILE *file;

	if (!store->path)
		return 0;
	file = open_memstream(&text, &length);
	if (!file)
		return -ENOMEM;
	format(store, file);
	if (fclose(file) != 0)
		return -ENOMEM;

	name = strrchr(store->path, '/');
	folder = name ? strndup(store->path, (size_t)(name - store->path) + 1) : strdup(".");
	if (!folder)
		return -ENOMEM;
	directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return -errno;
	return file_write_atomic(directory, name ? name + 1 : store->path, text, length, 0600);
}

static int read_hex(const char *text, void *bytes, size_t size, size_t *ret_length)
{
	if (strcmp(text, EMPTY_TEXT) == 0) {
		*ret_length = 0;
		return 0;
	}
	return hex_parse(text, bytes, size, ret_length);
}

static int read_exact(const char *text, void *bytes, size_t size)
{
	size_t length;

	return hex_parse(text, bytes, size, &length) == 0 && length == size ? 0 : -EBADMSG;
}

static int read_number(const char *text, uint64_t max, unsigned int *ret_value)
{
	uint64_t value;

	if (number_parse(text, 0, max, &value) < 0)
		return -EBADMSG;
	*ret_value = (unsigned int)value;
	return 0;
}

static int read_resident(struct store *store, char *fields[static FIELDS])
{
	struct resident resident = {};
	size_t length;

	if (read_exact(fields[1], resident.id, sizeof(resident.id)) < 0 ||
	    read_hex(fields[2], resident.rp, RP_ID_MAX, &length) < 0 ||
	    read_hex(fields[3], resident.user, USER_ID_MAX, &resident.user_length) < 0 ||
	    read_hex(fields[4], resident.name, USER_NAME_MAX, &length) < 0 ||
	    read_hex(fields[5], resident.display_name, USER_NAME_MAX, &length) < 0)
		return -EBADMSG;
	return store_add(store, &resident);
}

static int read_line(struct store *store, char *line)
{
	char *fields[FIELDS];
	unsigned int flag;
	size_t count = 0;
	char *field;
	int r;

	while ((field = strsep(&line, " "))) {
		if (count == FIELDS)
			return -EBADMSG;
		fields[count++] = field;
	}
	if (count == FIELDS && strcmp(fields[0], "resident") == 0)
		return read_resident(store, fields);
	if (count != 2)
		return -EBADMSG;
	if (strcmp(fields[0], "master") == 0)
		return read_exact(fields[1], store->master, sizeof(store->master));
	if (strcmp(fields[0], "counter") == 0)
		return read_number(fields[1], UINT32_MAX, &store->counter);
	if (strcmp(fields[0], "pin-retries") == 0)
		return read_number(fields[1], PIN_RETRIES_MAX, &store->pin_retries);
	if (strcmp(fields[0], "uv-retries") == 0)
		return read_number(fields[1], UV_RETRIES_MAX, &store->uv_retries);
	if (strcmp(fields[0], "pin") == 0) {
		store->pin_set = true;
		return read_exact(fields[1], store->pin_hash, sizeof(store->pin_hash));
	}
	if (strcmp(fields[0], "force-pin-change") == 0) {
		r = read_number(fields[1], 1, &flag);
		store->force_pin_change = r == 0 && flag;
		return r;
	}
	return -EBADMSG;
}

static int parse(struct store *store, char *text)
{
	char *line = strsep(&text, "\n");
	int r;

	if (strcmp(line, HEADER) != 0)
		return -EBADMSG;
	while ((line = strsep(&text, "\n"))) {
		if (*line == '\0')
			continue;
		r = read_line(store, line);
		if (r < 0)
			return r;
	}
	return 0;
}

static int fresh(struct store *store)
{
	uint32_t counter = store->counter;
	const char *path = store->path;

	*store = (struct store){
		.path = path,
		.counter = counter,
		.pin_retries = PIN_RETRIES_MAX,
		.uv_retries = UV_RETRIES_MAX,
	};
	return crypto_random(store->master, sizeof(store->master));
}

int store_reset(struct store *store)
{
	int r = fresh(store);

	return r < 0 ? r : store_save(store);
}

int store_open(struct store *store, const char *path)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *text = NULL;
	size_t length;
	int r;

	*store = (struct store){.path = path};
	r = fresh(store);
	if (r < 0 || !path)
		return r;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? store_save(store) : -errno;
	r = file_read_all(fd, STATE_MAX, &text, &length);
	if (r < 0)
		return r;
	if (strlen(text) != length)
		return -EBADMSG;
	return parse(store, text);
}

int store_add(struct store *store, const struct resident *resident)
{
	size_t kept = 0;

	for (size_t i = 0; i < store->resident_count; i++) {
		const struct resident *old = &store->residents[i];

		if (strcmp(old->rp, resident->rp) == 0 &&
		    old->user_length == resident->user_length &&
		    memcmp(old->user, resident->user, old->user_length) == 0)
			continue;
		if (kept != i)
			store->residents[kept] = *old;
		kept++;
	}
	store->resident_count = kept;
	if (kept == RESIDENTS_MAX)
		return -ENOSPC;
	store->residents[store->resident_count++] = *resident;
	return 0;
}
