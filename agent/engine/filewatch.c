#include "filewatch.h"

#include "cleanup.h"
#include "number.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>

#define HASH_TEXT (2 * FILEDIGEST_SIZE + 1)

void filewatch_release(struct filewatch *watch)
{
	filelist_release(&watch->list);
}

/* The file's hash, why there is none, or that there is no file. */
static const char *describe(const struct filelist_file *file, char text[static HASH_TEXT])
{
	if (!file)
		return "no file";
	if (file->error < 0)
		return strerror(-file->error);
	hex_format(file->hash, sizeof(file->hash), text);
	return text;
}

/* @old or @now: NULL where there was none, or is none any more. */
static void tell_change(const struct filewatch *watch, enum filelist_group group, const char *path,
			const struct filelist_file *old, const struct filelist_file *now)
{
	_cleanup_event_ struct event event = {};
	char before[HASH_TEXT], after[HASH_TEXT];

	if (event_begin(&event, EVENT_SETTINGS_CHANGED) < 0)
		return;
	event_set(&event, "group", filelist_group_names[group]);
	event_set(&event, "file", path);
	event_set(&event, "sha256", describe(now, after));
	event_set(&event, "replaced", describe(old, before));
	watch->tell(watch->user, &event);
}

/* What sha256sum(1) prints of each file, hashed: two terminals with the same files have the same.
 */
static int digest_group(const struct filelist *list, enum filelist_group group, size_t *ret_count,
			char ret_text[static HASH_TEXT])
{
	_cleanup_free_ char *lines = NULL;
	char text[HASH_TEXT];
	uint8_t hash[FILEDIGEST_SIZE];
	size_t length, count = 0;
	FILE *stream = open_memstream(&lines, &length);

	if (!stream)
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++) {
		const struct filelist_file *file = &list->files[i];

		if (file->group != group)
			continue;
		fprintf(stream, "%s  %s\n", describe(file, text), file->path);
		count++;
	}
	if (fclose(stream) != 0 || EVP_Digest(lines, length, hash, NULL, EVP_sha256(), NULL) != 1)
		return -ENOMEM;
	hex_format(hash, sizeof(hash), ret_text);
	*ret_count = count;
	return 0;
}

static void tell_group(const struct filewatch *watch, enum filelist_group group, size_t missed)
{
	_cleanup_event_ struct event event = {};
	char text[HASH_TEXT];
	size_t count;

	if (digest_group(&watch->list, group, &count, text) < 0 ||
	    event_begin(&event, EVENT_SETTINGS_SEEN) < 0)
		return;
	event_set(&event, "group", filelist_group_names[group]);
	event_set_number(&event, "files", count);
	event_set(&event, "sha256", text);
	if (missed > 0)
		event_set_number(&event, "missed", missed);
	watch->tell(watch->user, &event);
}

/* Both by path: negative where the next path is in @old alone, positive where in @now alone. */
static int which_is_next(const struct filelist *old, size_t i, const struct filelist *now, size_t j)
{
	if (i == old->count)
		return 1;
	if (j == now->count)
		return -1;
	return strcmp(old->files[i].path, now->files[j].path);
}

/* A file that was not touched keeps its hash. Returns how many changes were too many to be told one
 * by one. */
static size_t compare(const struct filewatch *watch, struct filelist *list, int etc)
{
	size_t i = 0, j = 0, changes = 0;

	while (i < watch->list.count || j < list->count) {
		const int order = which_is_next(&watch->list, i, list, j);
		const struct filelist_file *old = order <= 0 ? &watch->list.files[i++] : NULL;
		struct filelist_file *now = order >= 0 ? &list->files[j++] : NULL;

		if (old && now && filelist_is_untouched(old, now)) {
			memcpy(now->hash, old->hash, sizeof(now->hash));
			now->error = old->error;
			continue;
		}
		if (now)
			filelist_read(etc, now);
		if (!watch->begun || ++changes > FILEWATCH_TOLD)
			continue;
		if (now)
			tell_change(watch, now->group, now->path, old, now);
		else if (old)
			tell_change(watch, old->group, old->path, old, NULL);
	}
	return changes > FILEWATCH_TOLD ? changes - FILEWATCH_TOLD : 0;
}

void filewatch_look(struct filewatch *watch, int root)
{
	_cleanup_close_ int etc = openat(root, "etc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct filelist list;
	size_t untold;
	bool all;

	if (etc < 0 || filelist_make(etc, &list) < 0)
		return;
	untold = compare(watch, &list, etc);
	all = !watch->begun || untold > 0 || list.missed != watch->list.missed;
	filelist_release(&watch->list);
	watch->list = list;
	watch->begun = true;
	for (enum filelist_group i = 0; all && i < FILELIST_GROUPS; i++)
		tell_group(watch, i, list.missed + untold);
}
