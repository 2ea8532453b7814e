/* sekisho-collector revoke: the list of keys and people that open no door of any terminal. */
#include "command.h"

#include "authority.h"

#include "cleanup.h"
#include "escape.h"
#include "file.h"
#include "gettext.h"
#include "revocations.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <time.h>

#define LETTERS "/var/lib/sekisho-collector/letters"

struct revoking {
	const char *directory, *output;
	char kept[4096]; /* the list as it was signed last */
	struct revocations list;
	char today[11];
};

static int load(struct revoking *revoking)
{
	int r = revocations_load(revoking->kept, &revoking->list);

	if (r == -ENOENT) {
		revoking->list.keys = json_object();
		revoking->list.people = json_object();
		return revoking->list.keys && revoking->list.people
			       ? COMMAND_OK
			       : command_fail("revoke", "%s", strerror(ENOMEM));
	}
	return r < 0 ? command_fail("revoke",
				    _("%s: the list can't be read: %s; bring a copy of "
				      "it back, or entries would be lost"),
				    revoking->kept, strerror(-r))
		     : COMMAND_OK;
}

static int tell_wrong(const char *name, const char *why)
{
	char shown[1100];

	escape_text(name, strlen(name), shown, sizeof(shown));
	return command_fail("revoke", "%s: %s", shown, why);
}

static int add(struct revoking *revoking, json_t *names, bool (*is_name)(const char *name),
	       const char *name)
{
	json_t *text = json_string(name);
	bool good = text && is_name(name);

	json_decref(text);
	if (!good)
		return tell_wrong(name, is_name == revocations_is_key
						? _("a key is named by the 16 digits that "
						    "'sekisho key list' and the events show")
						: _("this can be no user's name"));
	/* The day stays that of the first time. */
	if (!json_object_get(names, name) &&
	    json_object_set_new(names, name, json_string(revoking->today)) < 0)
		return tell_wrong(name, strerror(ENOMEM));
	return COMMAND_OK;
}

static int add_key(struct revoking *revoking, const char *name)
{
	return add(revoking, revoking->list.keys, revocations_is_key, name);
}

static int add_person(struct revoking *revoking, const char *name)
{
	return add(revoking, revoking->list.people, revocations_is_person, name);
}

static int withdraw(struct revoking *revoking, const char *name)
{
	int key = json_object_del(revoking->list.keys, name),
	    person = json_object_del(revoking->list.people, name);

	return key < 0 && person < 0 ? tell_wrong(name, _("is not on the list")) : COMMAND_OK;
}

/* Days, and so many lists of a day: it grows also where the file of the last one was lost. */
static int64_t next_number(int64_t last, const struct tm *now)
{
	const int64_t year = now->tm_year + 1900, month = now->tm_mon + 1, day = now->tm_mday;
	const int64_t first = ((year * 100 + month) * 100 + day) * 100 + 1;

	return last >= first ? last + 1 : first;
}

static int stamp(struct revoking *revoking)
{
	const time_t now = time(NULL);
	struct tm local;

	if (!localtime_r(&now, &local) ||
	    strftime(revoking->today, sizeof(revoking->today), "%Y-%m-%d", &local) == 0 ||
	    journal_format_time((uint64_t)now * 1000000, revoking->list.time) < 0)
		return command_fail("revoke", "%s", strerror(ERANGE));
	revoking->list.number = next_number(revoking->list.number, &local);
	return COMMAND_OK;
}

static int write_letter(const struct revoking *revoking, const char *text, size_t length)
{
	_cleanup_close_ int folder = open(revoking->output, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return folder < 0 ? -errno : file_write_atomic(folder, "revoked", text, length, 0644);
}

/* Its number is used up before anybody can see it. */
static int publish(struct revoking *revoking)
{
	_cleanup_free_ char *text = NULL;
	char certificate[4096], key[4096];
	size_t length;
	int r;

	snprintf(certificate, sizeof(certificate), "%s/%s", revoking->directory,
		 authority_file_name(COLLECTOR_PEM));
	snprintf(key, sizeof(key), "%s/%s", revoking->directory,
		 authority_file_name(COLLECTOR_KEY));
	r = revocations_sign(&revoking->list, certificate, key, &text, &length);
	if (r == -EFBIG)
		return command_fail("revoke", _("the list is full; withdraw keys and people that "
						"no terminal's roster has any more"));
	if (r < 0)
		return command_fail("revoke", _("%s: the list can't be signed: %s"), certificate,
				    strerror(-r));
	r = revocations_keep(revoking->kept, &revoking->list, 0644);
	if (r < 0)
		return command_fail("revoke", _("%s: can't be written: %s"), revoking->kept,
				    strerror(-r));
	r = write_letter(revoking, text, length);
	if (r < 0)
		return command_fail("revoke",
				    _("%s: can't be written: %s; NO TERMINAL KNOWS of it yet: "
				      "'sekisho-collector revoke renew' signs it again"),
				    revoking->output, strerror(-r));
	printf(_("list %lld: %zu keys, %zu people; terminals with LettersFrom fetch it, to others "
		 "bring %s/revoked: sekisho revocations import FILE\n"),
	       (long long)revoking->list.number, json_object_size(revoking->list.keys),
	       json_object_size(revoking->list.people), revoking->output);
	return COMMAND_OK;
}

static const struct {
	const char *word;
	int (*change)(struct revoking *revoking, const char *name);
} verbs[] = {
	{"key", add_key},
	{"person", add_person},
	{"withdraw", withdraw},
	{"renew", NULL}, /* signs it anew as it is: terminals see that it is not old */
};

/* All names, or none. */
static int change(struct revoking *revoking, size_t verb, int count, char *const names[])
{
	_cleanup_authority_ struct authority authority = AUTHORITY_CLOSED;
	struct config_error error;
	int status;

	if (authority_open(&authority, revoking->directory, false, &error) < 0)
		return command_fail("revoke", "%s", error.text);
	status = load(revoking);
	if (status == COMMAND_OK)
		status = stamp(revoking);
	for (int i = 0; i < count; i++)
		if (verbs[verb].change(revoking, names[i]) != COMMAND_OK)
			status = COMMAND_ERROR;
	return status == COMMAND_OK ? publish(revoking) : status;
}

static int list(struct revoking *revoking)
{
	int status = load(revoking);

	if (status != COMMAND_OK)
		return status;
	if (revoking->list.number == 0)
		printf(_("no list was made yet\n"));
	else
		printf(_("list %lld, signed %s\n"), (long long)revoking->list.number,
		       revoking->list.time);
	revocations_print(&revoking->list);
	return COMMAND_OK;
}

static int run(struct revoking *revoking, int count, char *const words[])
{
	if (count == 1 && strcmp(words[0], "list") == 0)
		return list(revoking);
	for (size_t i = 0; count > 0 && i < ARRAY_SIZE(verbs); i++)
		if (strcmp(words[0], verbs[i].word) == 0 &&
		    (verbs[i].change != NULL) == (count > 1))
			return change(revoking, i, count - 1, words + 1);
	return command_usage("revoke");
}

int collector_revoke(int argc, char **argv)
{
	static const struct option options[] = {
		{"directory", required_argument, NULL, 'd'},
		{"output", required_argument, NULL, 'o'},
		{},
	};
	struct revoking revoking = {.directory = COLLECTOR_DIRECTORY, .output = LETTERS};
	int option, status;

	while ((option = command_option(argc, argv, "", options)) != -1) {
		if (option == 'd')
			revoking.directory = optarg;
		else if (option == 'o')
			revoking.output = optarg;
		else
			return command_usage("revoke");
	}
	snprintf(revoking.kept, sizeof(revoking.kept), "%s/" COLLECTOR_REVOKED, revoking.directory);
	status = run(&revoking, argc - optind, argv + optind);
	revocations_release(&revoking.list);
	return status;
}
