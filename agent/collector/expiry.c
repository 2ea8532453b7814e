#include "expiry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S 86400

static void grow(struct expiry *expiry)
{
	size_t room = expiry->room ? 2 * expiry->room : 64;
	struct expiry_file *grown = reallocarray(expiry->files, room, sizeof(*grown));

	if (!grown) {
		expiry->error = -ENOMEM;
		return;
	}
	expiry->files = grown;
	expiry->room = room;
}

/* The file that .old reads now; NULL: there is no memory, or none is read. */
static struct expiry_file *present_file(struct expiry *expiry)
{
	const char *path = expiry->old.file;
	struct expiry_file *last = expiry->n_files > 0 ? &expiry->files[expiry->n_files - 1] : NULL;

	if (!path || (last && strcmp(last->path, path) == 0))
		return path ? last : NULL;
	if (expiry->n_files == expiry->room)
		grow(expiry);
	if (expiry->error < 0)
		return NULL;
	last = &expiry->files[expiry->n_files];
	*last = (struct expiry_file){.path = strdup(path)};
	if (!last->path) {
		expiry->error = -ENOMEM;
		return NULL;
	}
	expiry->n_files++;
	/* Written to since its first line was read: it is not the file that was looked at. */
	if (lstat(path, &last->status) < 0)
		last->reason = EXPIRY_NO_RECORD;
	return last;
}

static void note_finding(void *user, const struct audit_finding *finding)
{
	struct expiry_file *file = finding->file ? present_file(user) : NULL;

	if (file)
		file->reason = EXPIRY_NO_RECORD;
}

static int add_chain(struct expiry_file *file, struct audit_chain *chain)
{
	struct audit_chain **grown;

	for (size_t i = file->n_chains; i > 0; i--)
		if (file->chains[i - 1] == chain)
			return 0;
	grown = reallocarray(file->chains, file->n_chains + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	file->chains = grown;
	grown[file->n_chains++] = chain;
	return 0;
}

static void note_old(void *user, struct audit_chain *chain, time_t happened)
{
	struct expiry *expiry = user;
	struct expiry_file *file = present_file(expiry);

	if (!file)
		return;
	if (!chain)
		file->reason = EXPIRY_NO_RECORD;
	else if (add_chain(file, chain) < 0)
		expiry->error = -ENOMEM;
	if (file->reason == EXPIRY_GOES && (happened == 0 || happened >= expiry->before))
		file->reason = EXPIRY_YOUNG;
}

/* "verify" tells what is wrong. */
static void ignore_finding(void *user, const struct audit_finding *finding)
{
	(void)user;
	(void)finding;
}

static void note_newest(void *user, struct audit_chain *chain, time_t happened)
{
	struct expiry *expiry = user;

	(void)chain;
	if (happened > expiry->newest && happened <= expiry->whole.now + DAY_S)
		expiry->newest = happened;
}

int expiry_begin(struct expiry *expiry, struct terminals *old_terminals,
		 struct terminals *terminals, const char *temporary)
{
	int r;

	memset(expiry, 0, sizeof(*expiry));
	r = audit_begin(&expiry->old, old_terminals, temporary, note_finding, expiry);
	if (r < 0)
		return r;
	expiry->old.part = true;
	expiry->old.record = note_old;
	r = audit_begin(&expiry->whole, terminals, temporary, ignore_finding, expiry);
	if (r < 0)
		audit_release(&expiry->old);
	expiry->whole.record = note_newest;
	return r;
}

void expiry_end(struct expiry *expiry)
{
	for (size_t i = 0; i < expiry->n_files; i++) {
		free(expiry->files[i].path);
		free(expiry->files[i].chains);
	}
	free(expiry->files);
	audit_release(&expiry->old);
	audit_release(&expiry->whole);
}

int expiry_day(struct expiry *expiry, const char *path, files_progress_fn *progress, void *user)
{
	struct files_summary files;
	int r = files_feed(path, &expiry->old, progress, user, &files);

	return r < 0 ? r : expiry->error;
}

static enum expiry_reason judge_chain(struct expiry *expiry, const struct audit_chain *chain)
{
	const struct audit_chain *whole = audit_find(&expiry->whole, chain->host, chain->epoch);
	struct audit_mark mark;

	if (!whole || whole->spoiled || chain->spoiled)
		return EXPIRY_DAMAGED;
	if (chain->head.sequence != chain->whole.sequence)
		return EXPIRY_MISSING;
	if (!audit_mark_of(chain, &mark) || whole->verified.sequence < chain->head.sequence)
		return EXPIRY_UNSEALED;
	return EXPIRY_GOES;
}

static void judge_chains(struct expiry *expiry, const struct expiry_file *file)
{
	for (size_t i = 0; i < file->n_chains; i++)
		file->chains[i]->expiry.reason = judge_chain(expiry, file->chains[i]);
}

static void hold_file(struct expiry_file *file)
{
	for (size_t i = 0; i < file->n_chains && file->reason == EXPIRY_GOES; i++)
		file->reason = file->chains[i]->expiry.reason;
}

/* What its records are the beginning of stays with it. True if that is news. */
static bool hold_chains(const struct expiry_file *file)
{
	bool news = false;

	for (size_t i = 0; i < file->n_chains && file->reason != EXPIRY_GOES; i++) {
		struct audit_chain *chain = file->chains[i];

		news |= chain->expiry.reason == EXPIRY_GOES;
		if (chain->expiry.reason == EXPIRY_GOES)
			chain->expiry.reason = EXPIRY_SHARED;
		/* Its mark stays where it was (audit_mark_of). */
		chain->spoiled = true;
	}
	return news;
}

static void hold(struct expiry *expiry)
{
	bool news = true;

	while (news) {
		news = false;
		for (size_t i = 0; i < expiry->n_files; i++) {
			hold_file(&expiry->files[i]);
			news |= hold_chains(&expiry->files[i]);
		}
	}
}

static void note_follower(struct expiry_file *file)
{
	file->follows = file->reason >= EXPIRY_DAMAGED;
	for (size_t i = 0; i < file->n_chains && file->reason >= EXPIRY_DAMAGED; i++) {
		file->follows &= file->chains[i]->expiry.told;
		file->chains[i]->expiry.told = true;
	}
}

static int by_path(const void *left, const void *right)
{
	const struct expiry_file *one = left, *other = right;

	return strcmp(one->path, other->path);
}

int expiry_judge(struct expiry *expiry, const char *path, files_progress_fn *progress, void *user)
{
	struct files_summary files;
	int r = audit_end(&expiry->old);

	if (r == 0)
		r = files_feed(path, &expiry->whole, progress, user, &files);
	if (r == 0)
		r = audit_end(&expiry->whole);
	if (r == 0)
		r = expiry->error;
	if (r < 0)
		return r;
	for (size_t i = 0; i < expiry->n_files; i++)
		judge_chains(expiry, &expiry->files[i]);
	hold(expiry);
	qsort(expiry->files, expiry->n_files, sizeof(*expiry->files), by_path);
	for (size_t i = 0; i < expiry->n_files; i++)
		note_follower(&expiry->files[i]);
	return 0;
}

const struct expiry_file *expiry_find(const struct expiry *expiry, const char *path)
{
	const struct expiry_file wanted = {.path = (char *)path};

	return bsearch(&wanted, expiry->files, expiry->n_files, sizeof(wanted), by_path);
}
