#include "sealkeys.h"

#include "cleanup.h"
#include "number.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool is_of(const struct sealend *end, const char *host, const char *epoch)
{
	return end->ended && end->sequence > 0 && strcmp(end->host, host) == 0 &&
	       strcmp(end->epoch, epoch) == 0;
}

bool sealend_allows(const struct sealend *end, const char *host, const char *epoch,
		    uint64_t sequence, uint32_t period)
{
	if (end->ended && (end->sequence == 0 || period > end->period ||
			   (is_of(end, host, epoch) && sequence > end->sequence)))
		return false;
	for (const struct sealend *before = end->before; before; before = before->before)
		if (is_of(before, host, epoch) && sequence <= before->sequence)
			return false;
	return true;
}

bool sealend_meet(const struct sealend *older, const struct sealend *newer, const char *host,
		  const char *epoch)
{
	/* One that sealed nothing stands in nobody's way. */
	for (const struct sealend *end = newer->before; end; end = end->before) {
		if (end->sequence > 0 && !is_of(end, host, epoch))
			return false;
		if (end == older)
			return true;
	}
	return false;
}

void sealkeys_link(struct sealkeys *keys)
{
	for (size_t i = 0; i < keys->count; i++)
		keys->list[i].end.before = i + 1 < keys->count ? &keys->list[i + 1].end : NULL;
}

void sealkeys_wipe(struct sealkeys *keys)
{
	explicit_bzero(keys, sizeof(*keys));
}

const struct sealkey *sealkeys_find(const struct sealkeys *keys, const char *id)
{
	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->list[i].id, id) == 0)
			return &keys->list[i];
	return NULL;
}

struct loading {
	const struct sealkeys_form *form;
	struct sealkeys *keys;
	unsigned int section_line;
	unsigned int seen; /* bits of fields[], in this section */
};

static int read_public_key(struct sealkey *key, const char *value)
{
	int r = hex_parse_exactly(value, key->public_key, SEAL_KEY_SIZE);

	if (r == 0)
		seal_key_id(key->public_key, key->id);
	return r;
}

static int read_first_key(struct sealkey *key, const char *value)
{
	key->has_first_key = true;
	return hex_parse_exactly(value, key->first_key, SEAL_KEY_SIZE);
}

static int read_id(const char *value, char id[static JOURNAL_ID_SIZE])
{
	if (strlen(value) != JOURNAL_ID_SIZE - 1 ||
	    strspn(value, "0123456789abcdef") != JOURNAL_ID_SIZE - 1)
		return -EINVAL;
	memcpy(id, value, JOURNAL_ID_SIZE);
	return 0;
}

static int read_host(struct sealkey *key, const char *value)
{
	return read_id(value, key->end.host);
}

static int read_epoch(struct sealkey *key, const char *value)
{
	return read_id(value, key->end.epoch);
}

static int read_sequence(struct sealkey *key, const char *value)
{
	return number_parse(value, 0, JOURNAL_SEQUENCE_MAX, &key->end.sequence);
}

static int read_period(struct sealkey *key, const char *value)
{
	uint64_t period;
	int r = number_parse(value, 0, SEAL_PERIOD_MAX, &period);

	if (r == 0)
		key->end.period = (uint32_t)period;
	return r;
}

static int read_time(struct sealkey *key, const char *value)
{
	if (strlen(value) != JOURNAL_TIME_SIZE - 1 ||
	    strspn(value, "0123456789-:.TZ") != JOURNAL_TIME_SIZE - 1)
		return -EINVAL;
	memcpy(key->end.time, value, JOURNAL_TIME_SIZE);
	return 0;
}

enum {
	FIELD_PUBLIC_KEY,
	FIELD_FIRST_KEY,
	FIELD_HOST,
	FIELD_EPOCH,
	FIELD_SEQUENCE,
	FIELD_COUNT = 7
};

static const struct {
	const char *name, *wanted;
	int (*read)(struct sealkey *key, const char *value);
} fields[FIELD_COUNT] = {
	[FIELD_PUBLIC_KEY] = {"PublicKey", "64 hexadecimal digits", read_public_key},
	[FIELD_FIRST_KEY] = {"FirstKey", "64 hexadecimal digits", read_first_key},
	[FIELD_HOST] = {"Host", "32 hexadecimal digits", read_host},
	[FIELD_EPOCH] = {"Epoch", "32 hexadecimal digits", read_epoch},
	[FIELD_SEQUENCE] = {"Sequence", "a number", read_sequence},
	{"Period", "a number", read_period},
	{"Time", "a time", read_time},
};

static int fail(const struct loading *loading, const char *file, unsigned int line,
		struct config_error *error, const char *what)
{
	return config_fail(error, -EINVAL, file, line, "%.60s; %.200s", what, loading->form->hint);
}

/* A section ends: what has to stand there stood there. */
static int end_section(const struct loading *loading, const char *file, struct config_error *error)
{
	const struct sealkey *key;

	if (loading->keys->count == 0)
		return 0;
	key = &loading->keys->list[loading->keys->count - 1];
	if (!(loading->seen & 1U << FIELD_PUBLIC_KEY))
		return fail(loading, file, loading->section_line, error,
			    "PublicKey: 64 hexadecimal digits");
	if (key->end.ended && !(loading->seen & 1U << FIELD_SEQUENCE))
		return fail(loading, file, loading->section_line, error, "Sequence: not there");
	if (key->end.sequence > 0 && (!key->end.host[0] || !key->end.epoch[0]))
		return fail(loading, file, loading->section_line, error,
			    "Host and Epoch: not there");
	return 0;
}

static int begin_section(struct loading *loading, const char *file, unsigned int line,
			 const char *section, struct config_error *error)
{
	struct sealkeys *keys = loading->keys;
	bool present = strcmp(section, loading->form->section) == 0;
	int r = end_section(loading, file, error);

	if (r < 0)
		return r;
	if (present != (keys->count == 0) || (!present && strcmp(section, "Ended") != 0))
		return fail(loading, file, line, error, "this section does not belong here");
	if (keys->count == SEALKEYS_MAX)
		return fail(loading, file, line, error, "there are too many keys");
	keys->list[keys->count++] = (struct sealkey){.end = {.ended = !present}};
	loading->section_line = line;
	loading->seen = 0;
	return 0;
}

static int load_line(void *user, const char *file, unsigned int line, unsigned int section_line,
		     const char *section, const char *name, const char *value,
		     struct config_error *error)
{
	struct loading *loading = user;
	struct sealkey *key;

	(void)section_line;
	if (!name)
		return begin_section(loading, file, line, section, error);
	key = &loading->keys->list[loading->keys->count - 1];
	for (unsigned int i = 0; i < FIELD_COUNT; i++) {
		if (strcmp(fields[i].name, name) != 0)
			continue;
		if ((i == FIELD_FIRST_KEY && !loading->form->secret) ||
		    (i >= FIELD_HOST && !key->end.ended))
			break;
		if (loading->seen & 1U << i)
			return config_fail(error, -EINVAL, file, line, "%s is given twice", name);
		loading->seen |= 1U << i;
		if (fields[i].read(key, value) == 0)
			return 0;
		return config_fail(error, -EINVAL, file, line, "%s: %s; %.200s", name,
				   fields[i].wanted, loading->form->hint);
	}
	return config_fail(error, -EINVAL, file, line, "unknown key [%.40s] %.40s", section, name);
}

int sealkeys_load(const char *path, uid_t owner, const struct sealkeys_form *form,
		  struct sealkeys *ret_keys, struct config_error *ret_error)
{
	_cleanup_sealkeys_ struct sealkeys keys = {};
	struct loading loading = {.form = form, .keys = &keys};
	int r = config_visit(path, owner, load_line, &loading, ret_error);

	if (r == 0)
		r = end_section(&loading, path, ret_error);
	if (r == 0 && keys.count == 0)
		r = fail(&loading, path, 0, ret_error, "PublicKey: 64 hexadecimal digits");
	if (r < 0)
		return r;
	*ret_keys = keys;
	sealkeys_link(ret_keys);
	return 0;
}

static size_t add(char text[static SEALKEYS_TEXT_MAX], size_t used, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A key takes some 400 bytes, so that all of them have room. */
static size_t add(char text[static SEALKEYS_TEXT_MAX], size_t used, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text + used, SEALKEYS_TEXT_MAX - used, format, arguments);
	va_end(arguments);
	return length > 0 ? used + (size_t)length : used;
}

static size_t add_key(char text[static SEALKEYS_TEXT_MAX], size_t used, const char *name,
		      const uint8_t key[static SEAL_KEY_SIZE])
{
	char digits[2 * SEAL_KEY_SIZE + 1];

	hex_format(key, SEAL_KEY_SIZE, digits);
	used = add(text, used, "%s=%s\n", name, digits);
	explicit_bzero(digits, sizeof(digits));
	return used;
}

size_t sealkeys_format(const struct sealkeys *keys, const struct sealkeys_form *form,
		       char text[static SEALKEYS_TEXT_MAX])
{
	size_t used = 0;

	for (size_t i = 0; i < keys->count; i++) {
		const struct sealkey *key = &keys->list[i];
		const struct sealend *end = &key->end;

		used = add(text, used, "[%s]\n", end->ended ? "Ended" : form->section);
		used = add_key(text, used, "PublicKey", key->public_key);
		if (form->secret && key->has_first_key)
			used = add_key(text, used, "FirstKey", key->first_key);
		if (end->sequence > 0)
			used = add(text, used, "Host=%s\nEpoch=%s\nPeriod=%" PRIu32 "\n", end->host,
				   end->epoch, end->period);
		if (end->ended)
			used = add(text, used, "Sequence=%" PRIu64 "\nTime=%s\n", end->sequence,
				   end->time);
	}
	return used;
}
