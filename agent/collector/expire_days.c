#include "expire.h"

#include "cleanup.h"
#include "escape.h"
#include "gettext.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STAYING_SHOWN 1000 /* files; all are counted */

static const char *const reasons[] = {
	[EXPIRY_NO_RECORD] = N_("a line in it is no record, or it can't be read"),
	[EXPIRY_EXPIRED] =
		N_("a record in it was deleted before: nothing is left to compare it with"),
	[EXPIRY_CHANGED] = N_("it was written to while this ran"),
	[EXPIRY_YOUNG] = N_("by the terminal's clock a record in it is younger"),
	[EXPIRY_DAMAGED] = N_("something is wrong in its journal: run 'sekisho-collector verify'"),
	[EXPIRY_AGAIN] = N_("a record of its journal stands once more in a day that stays"),
	[EXPIRY_MISSING] = N_("records before its own are missing in the days that would go"),
	[EXPIRY_UNSEALED] = N_("no good seal stands around its records"),
	[EXPIRY_SHARED] = N_("its journal has records in another file that stays"),
};

static void show_file(struct expire *expire, const char *path, bool alone, const char *why)
{
	char name[4096];

	if (++expire->shown > STAYING_SHOWN)
		return;
	escape_text(path, strlen(path), name, sizeof(name));
	if (alone)
		printf(_("%s stays: %s\n"), name, why);
	else
		printf(_("%s stays, and later files of its journal: %s\n"), name, why);
}

/* NULL: it is gone, or would go. */
static const char *delete_file(const struct expire *expire, int folder, const char *name,
			       const struct expiry_file *file)
{
	struct stat status;

	if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return strerror(errno);
	if (!expired_is_same(&status, &file->status))
		return _(reasons[EXPIRY_CHANGED]);
	if (!expire->dry_run && unlinkat(folder, name, 0) < 0)
		return strerror(errno);
	return NULL;
}

static void expire_file(struct expire *expire, int folder, const char *day, const char *name)
{
	const struct expiry_file *file;
	const char *why;
	char path[4096];

	/* One that is too long is not found. */
	snprintf(path, sizeof(path), "%s/%s/%s", expire->path, day, name);
	file = expiry_find(&expire->expiry, path);
	if (!file)
		why = _("it is no file of records");
	else if (file->reason != EXPIRY_GOES)
		why = _(reasons[file->reason]);
	else
		why = delete_file(expire, folder, name, file);
	if (!why) {
		expire->went++;
		return;
	}
	expire->stay++;
	if (!file || !file->follows)
		show_file(expire, path, !file || file->reason < EXPIRY_DAMAGED, why);
}

static int is_file(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static void fail_day(struct expire *expire, const char *day)
{
	expire->stay++;
	show_file(expire, day, true, strerror(errno));
}

void expire_day(struct expire *expire, int folder, const char *day)
{
	_cleanup_close_ int fd =
		openat(folder, day, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct dirent **names = NULL;
	int count = fd < 0 ? -1 : scandirat(fd, ".", &names, is_file, alphasort);
	uint64_t went = expire->went;

	if (count < 0)
		return fail_day(expire, day);
	for (int i = 0; i < count; i++) {
		expire_file(expire, fd, day, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	went = expire->went - went;
	/* With what stays in it, it stays, too. */
	if (!expire->dry_run && went == (uint64_t)count && unlinkat(folder, day, AT_REMOVEDIR) < 0)
		fail_day(expire, day);
	if (went > 0)
		printf(expire->dry_run ? _("%s: %llu files would be deleted\n")
				       : _("%s: %llu files deleted\n"),
		       day, (unsigned long long)went);
}
