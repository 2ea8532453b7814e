#include "expiry.h"

#include "expired.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S INT64_C(86400)

/* Room for one more; NULL: there is none. */
static struct expiry_file *next_file(struct expiry *expiry)
{
	size_t room = expiry->room ? 2 * expiry->room : 64;
	struct expiry_file *grown = expiry->files;

	if (expiry->n_files == expiry->room) {
		grown = reallocarray(expiry->files, room, sizeof(*grown));
		if (!grown)
			return NULL;
		expiry->files = grown;
		expiry->room = room;
	}
	return &grown[expiry->n_files];
}

/* The file that .old reads now; NULL: there is no memory, or none is read. */
static struct expiry_file *present_file(struct expiry *expiry)
{
	const char *path = expiry->old.file;
	struct expiry_file *last = expiry->n_files > 0 ? &expiry->files[expiry->n_files - 1] : NULL;

	if (!path || (last && strcmp(last->path, path) == 0))
		return path ? last : NULL;
	last = next_file(expiry);
	if (last)
		*last = (struct expiry_file){.path = strdup(path)};
	if (!last || !last->path) {
		expiry->error = -ENOMEM;
		return NULL;
	}
	expiry->n_files++;
	/* In a folder of the day's nothing is deleted. */
	if (lstat(path, &last->status) < 0 || strchr(path + expiry->day_length + 1, '/'))
		last->reason = EXPIRY_NO_RECORD;
	else
		last->resumed = expired_is_going(expiry->going, path + expiry->folder_length + 1,
						 &last->status);
	return last;
}

static void note_finding(void *user, const struct audit_finding *finding)
{
	struct expiry_file *file = finding->file ? present_file(user) : NULL;

	/* It was judged then, and the mark is behind it. */
	if (file && !file->resumed)
		file->reason = finding->damage == AUDIT_EXPIRED ? EXPIRY_EXPIRED : EXPIRY_NO_RECORD;
}

/* @number: the file's. */
static int add_chain(struct expiry_file *file, uint64_t number, struct audit_chain *chain)
{
	struct audit_chain **grown;

	if (chain->expiry.file == number)
		return 0;
	chain->expiry.file = number;
	grown = reallocarray(file->chains, file->n_chains + 1, sizeof(void *));
	if (!grown)
		return -ENOMEM;
	file->chains = grown;
	grown[file->n_chains++] = chain;
	return 0;
}

static void note_old(void *user, struct audit_chain *chain, uint64_t sequence, time_t happened)
{
	struct expiry *expiry = user;
	struct expiry_file *file = present_file(expiry);

	(void)sequence;
	if (!file || file->resumed)
		return;
	if (!chain)
		file->reason = EXPIRY_NO_RECORD;
	else if (add_chain(file, expiry->old.files, chain) < 0)
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

static bool stays(const struct expiry *expiry, const char *path)
{
	return strcmp(path + expiry->folder_length + 1, expiry->before_day) >= 0;
}

/* A record that was sent again would be left where nothing is left to compare it with. */
static void note_whole(void *user, struct audit_chain *chain, uint64_t sequence, time_t happened)
{
	struct expiry *expiry = user;
	struct audit_chain *old =
		chain ? audit_find(&expiry->old, chain->host, chain->epoch) : NULL;

	(void)happened;
	if (old && sequence > old->expired && sequence <= old->head.sequence &&
	    stays(expiry, expiry->whole.file))
		old->expiry.again = true;
}

/* In the order of hosts. */
static void note_host(struct expiry *expiry, const char *host)
{
	char(*grown)[JOURNAL_ID_SIZE] =
		reallocarray(expiry->hosts, expiry->n_hosts + 1, sizeof(*grown));

	if (!grown) {
		expiry->error = -ENOMEM;
		return;
	}
	expiry->hosts = grown;
	memcpy(grown[expiry->n_hosts++], host, JOURNAL_ID_SIZE);
}

static void note_chain(void *user, const struct audit_chain *chain)
{
	struct expiry *expiry = user;

	if (!chain->spoiled && chain->sealed_at > expiry->newest &&
	    chain->sealed_at <= expiry->whole.now + DAY_S)
		expiry->newest = chain->sealed_at;
	/* Of two journals that contradict each other one alone is spoiled. */
	if (chain->spoiled && chain->owner)
		expiry->damaged[terminal_present(chain->owner) - expiry->whole.terminals->list] =
			true;
	else if (chain->spoiled)
		note_host(expiry, chain->host);
}

static void note_torn(void *user)
{
	struct expiry_file *file = present_file(user);

	if (file)
		file->torn = true;
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
	expiry->old.torn_end = note_torn;
	r = audit_begin(&expiry->whole, terminals, temporary, ignore_finding, expiry);
	if (r < 0)
		audit_release(&expiry->old);
	expiry->whole.record = note_whole;
	expiry->damaged = r == 0 ? calloc(terminals->count + 1, sizeof(bool)) : NULL;
	if (r == 0 && !expiry->damaged) {
		expiry_end(expiry);
		r = -ENOMEM;
	}
	return r;
}

void expiry_end(struct expiry *expiry)
{
	for (size_t i = 0; i < expiry->n_files; i++) {
		free(expiry->files[i].path);
		free(expiry->files[i].chains);
	}
	free(expiry->files);
	free(expiry->damaged);
	free(expiry->hosts);
	audit_release(&expiry->old);
	audit_release(&expiry->whole);
}

int expiry_day(struct expiry *expiry, const char *folder, const char *day,
	       files_progress_fn *progress, void *user)
{
	struct files_summary files;
	char path[PATH_MAX];
	int r;

	if (snprintf(path, sizeof(path), "%s/%s", folder, day) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	expiry->folder_length = strlen(folder);
	expiry->day_length = strlen(path);
	r = files_feed(path, &expiry->old, progress, user, &files);
	return r < 0 ? r : expiry->error;
}

static int by_host(const void *left, const void *right)
{
	return strcmp(left, right);
}

static bool is_damaged(const struct expiry *expiry, const struct audit_chain *chain)
{
	const struct terminal *terminal = chain->owner ? terminal_present(chain->owner) : NULL;

	return chain->spoiled ||
	       (terminal &&
		(terminal->doubted || expiry->damaged[terminal - expiry->whole.terminals->list])) ||
	       (expiry->n_hosts > 0 && bsearch(chain->host, expiry->hosts, expiry->n_hosts,
					       sizeof(*expiry->hosts), by_host));
}

/* A good seal stands behind all of it; or none will, and somebody said that it may go without. */
static bool is_vouched_for(const struct expiry *expiry, const struct audit_chain *chain,
			   const struct audit_chain *whole)
{
	return whole->verified.sequence >= chain->head.sequence ||
	       (expiry->unsealed && whole->head.sequence == chain->head.sequence);
}

static enum expiry_reason judge_chain(struct expiry *expiry, const struct audit_chain *chain)
{
	const struct audit_chain *whole = audit_find(&expiry->whole, chain->host, chain->epoch);
	struct audit_mark mark;

	if (!whole || is_damaged(expiry, whole) || chain->spoiled)
		return EXPIRY_DAMAGED;
	if (chain->head.sequence != chain->whole.sequence)
		return EXPIRY_MISSING;
	if (chain->expiry.again)
		return EXPIRY_AGAIN;
	if (!audit_mark_of(chain, &mark) || !is_vouched_for(expiry, chain, whole))
		return EXPIRY_UNSEALED;
	return EXPIRY_GOES;
}

/* What is missing may be what was not finished. */
static bool hides(struct expiry *expiry, const struct expiry_file *file,
		  const struct audit_chain *chain)
{
	const struct audit_chain *whole = audit_find(&expiry->whole, chain->host, chain->epoch);

	return file->torn && (!whole || whole->missing > 0);
}

static void judge_chains(struct expiry *expiry, struct expiry_file *file)
{
	for (size_t i = 0; i < file->n_chains; i++) {
		file->chains[i]->expiry.reason = judge_chain(expiry, file->chains[i]);
		if (file->reason == EXPIRY_GOES && hides(expiry, file, file->chains[i]))
			file->reason = EXPIRY_NO_RECORD;
	}
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

/* Once more, so that next to no time is left in which it could be. */
static void look_again(struct expiry_file *file)
{
	struct stat status;

	if (file->reason == EXPIRY_GOES &&
	    (lstat(file->path, &status) < 0 || !expired_is_same(&status, &file->status)))
		file->reason = EXPIRY_CHANGED;
}

int expiry_judge(struct expiry *expiry, const char *folder, files_progress_fn *progress, void *user)
{
	struct files_summary files;
	int r = audit_end(&expiry->old);

	if (r == 0)
		r = files_feed(folder, &expiry->whole, progress, user, &files);
	if (r == 0)
		r = audit_end(&expiry->whole);
	if (r == 0)
		r = expiry->error;
	if (r < 0)
		return r;
	audit_each(&expiry->whole, note_chain, expiry);
	for (size_t i = 0; i < expiry->n_files; i++)
		judge_chains(expiry, &expiry->files[i]);
	for (size_t i = 0; i < expiry->n_files; i++)
		look_again(&expiry->files[i]);
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
