#include "logins.h"

#include "cleanup.h"
#include "file.h"
#include "stack.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX 262144

/* Files that others include; no program asks for a service of that name. Debian's, gdm3's (which
 * the link gdm-smartcard names), Fedora's. */
static const char *const fragments[] = {
	"common-auth",
	"common-account",
	"common-password",
	"common-session",
	"common-session-noninteractive",
	"gdm-smartcard-sssd-exclusive",
	"gdm-smartcard-sssd-or-password",
	"gdm-smartcard-pkcs11-exclusive",
	"system-auth",
	"password-auth",
	"fingerprint-auth",
	"smartcard-auth",
	"switchable-auth",
	"postlogin",
	"system-login",
	"system-local-login",
	"system-remote-login",
};

/* A display manager's own session before anybody is there; and what SSSD's proxy asks about the
 * password of somebody whom another service lets in (package sssd-common). */
static const char *const no_doors[] = {
	"gdm-launch-environment",
	"lightdm-greeter",
	"sddm-greeter",
	"sssd-shadowutils",
};

/* Copies that packages and editors leave. */
static const char *const copies[] = {"~",	  ".bak",	".orig",     ".dpkg-old",
				     ".dpkg-new", ".dpkg-dist", ".ucf-dist", ".ucf-old",
				     ".rpmnew",	  ".rpmsave",	".pam-old",  ".pam-new"};

struct names {
	char list[LOGINS_MAX][LOGIN_NAME_MAX];
	size_t count;
};

static bool listed(const char *const list[], size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

static bool is_service(const char *name)
{
	size_t length = strlen(name);

	if (name[0] == '.' || listed(fragments, ARRAY_SIZE(fragments), name))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(copies); i++) {
		size_t end = strlen(copies[i]);

		if (length > end && strcmp(name + length - end, copies[i]) == 0)
			return false;
	}
	/* pam_start(3) makes each name lower-case: another file is never opened. */
	for (const char *at = name; *at; at++)
		if (isupper((unsigned char)*at))
			return false;
	return true;
}

static int add_name(struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->list[i], name) == 0)
			return 0;
	if (names->count == LOGINS_MAX || strlen(name) >= LOGIN_NAME_MAX)
		return -E2BIG;
	memcpy(names->list[names->count++], name, strlen(name) + 1);
	return 0;
}

static int list_folder(const struct logins *logins, const char *path, struct names *names)
{
	_cleanup_close_ int fd = openat(logins->root, path + 1, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *entry;
	DIR *directory;
	int r = 0;

	if (fd < 0)
		return -errno;
	directory = fdopendir(fd);
	if (!directory)
		return -errno;
	steal_fd(&fd);
	while (r == 0 && (entry = readdir(directory)))
		if (is_service(entry->d_name))
			r = add_name(names, entry->d_name);
	closedir(directory);
	return r;
}

/* The lines that come first by the profile. */
static const char *first_lines(const struct logins *logins, const char *path)
{
	if (strcmp(path, STACK_AUTH) == 0)
		return logins->auth_first;
	if (strcmp(path, STACK_ACCOUNT) == 0)
		return logins->account_first;
	return "";
}

static const char *text_instead(const struct logins *logins, const char *path)
{
	for (size_t i = 0; i < logins->n_instead; i++)
		if (strcmp(logins->instead[i].path, path) == 0)
			return logins->instead[i].text;
	return NULL;
}

/* Links are followed, as libpam does: /etc is root's. */
static int read_file(void *user, const char *path, char **ret_text, size_t *ret_length)
{
	const struct logins *logins = user;
	const char *instead = text_instead(logins, path);
	const char *first = first_lines(logins, path);
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;
	struct stat status;
	size_t length;
	int r;

	if (path[0] != '/')
		return -EINVAL;
	if (instead) {
		*ret_length = strlen(instead);
		*ret_text = strdup(instead);
		return *ret_text ? 0 : -ENOMEM;
	}
	fd = openat(logins->root, path + 1, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	if ((status.st_uid != 0 && status.st_uid != geteuid()) || (status.st_mode & 022) != 0)
		return -EPERM;
	r = file_read_all(fd, FILE_MAX, &text, &length);
	if (r < 0)
		return r;
	*ret_length = strlen(first) + length;
	*ret_text = calloc(1, *ret_length + 1);
	if (!*ret_text)
		return -ENOMEM;
	memcpy(*ret_text, first, strlen(first));
	memcpy(*ret_text + strlen(first), text, length);
	return 0;
}

void logins_unforesee(struct logins *logins)
{
	for (size_t i = 0; i < logins->n_instead; i++)
		free(logins->instead[i].text);
	logins->n_instead = 0;
}

/* The services that pam.conf names. */
static int list_single(const struct logins *logins, struct names *names)
{
	_cleanup_free_ char *text = NULL;
	char line[PAMSTACK_LINE_MAX];
	struct pamstack_reader reader;
	enum pamstack_reason reason;
	size_t length = 0;
	int r;

	r = read_file((void *)logins, PAMSTACK_SINGLE, &text, &length);
	if (r < 0)
		return r;
	reader = (struct pamstack_reader){.at = text, .end = text + length};
	/* A line that can't be read is told by each service. */
	while (pamstack_read_line(&reader, line, &reason) > 0) {
		char *at = line, *word;
		bool bracket;

		word = pamstack_word(&at, &bracket, &r);
		for (char *letter = word; letter && *letter; letter++)
			*letter = (char)tolower((unsigned char)*letter);
		r = word ? add_name(names, word) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

static int by_name(const void *left, const void *right)
{
	return strcmp(left, right);
}

static int list_services(const struct logins *logins, struct names *names, bool *ret_single)
{
	int here = list_folder(logins, PAMSTACK_DIRECTORY, names);
	int vendor = list_folder(logins, PAMSTACK_VENDOR, names);
	int r;

	*ret_single = here == -ENOENT && vendor == -ENOENT;
	if (*ret_single)
		r = list_single(logins, names);
	else if (here < 0 && here != -ENOENT)
		r = here;
	else
		r = vendor == -ENOENT ? 0 : vendor;
	if (r == 0)
		r = add_name(names, PAMSTACK_OTHER);
	qsort(names->list, names->count, sizeof(names->list[0]), by_name);
	return r;
}

static enum login_state judge(const struct pamways *ways)
{
	for (size_t i = 0; i < ways->count; i++)
		if (!ways->list[i].root)
			return LOGIN_ONE;
	return LOGIN_TWO;
}

struct room {
	struct pamstack stack;
	struct pamways ways;
};

static int look(const struct logins *logins, bool single, const char *service, struct room *room,
		int (*tell)(void *user, const struct login *login), void *user)
{
	const struct pamstack_source source = {
		.read = read_file, .user = (void *)logins, .single = single};
	const bool alone =
		logins->settings && loginpolicy_alone(logins->settings, logins->rules, service);
	const struct pammodule_scene scene = {
		.service = service, .empty_passwords = logins->empty_passwords, .alone = alone};
	struct login login = {
		.service = service, .stack = &room->stack, .ways = &room->ways, .alone = alone};
	struct pamstack_trouble trouble;
	int r;

	room->ways.count = 0;
	r = pamstack_load(&source, service, &room->stack, &trouble);
	if (r == -EBADMSG)
		login.trouble = &trouble;
	else if (r == 0)
		r = pamways_find(&room->stack, &scene, &room->ways);
	if (r == 0) {
		r = pamways_account_passes(&room->stack, &scene);
		login.key_passes = r != 0;
	}
	if (r == -ENOMEM)
		return r;
	login.state = r < 0 ? LOGIN_UNCLEAR : judge(&room->ways);
	if (listed(no_doors, ARRAY_SIZE(no_doors), service))
		login.state = LOGIN_NO_DOOR;
	return tell(user, &login);
}

int logins_walk(const struct logins *logins, int (*tell)(void *user, const struct login *login),
		void *user)
{
	struct names names = {};
	struct room room;
	bool single;
	int r;

	r = list_services(logins, &names, &single);
	for (size_t i = 0; r >= 0 && i < names.count; i++) {
		r = look(logins, single, names.list[i], &room, tell, user);
		pamstack_free(&room.stack);
	}
	return r < 0 ? r : 0;
}

int logins_look(const struct logins *logins, const char *service, bool *ret_named,
		int (*tell)(void *user, const struct login *login), void *user)
{
	struct names names = {};
	struct room room;
	bool single;
	int r;

	r = list_services(logins, &names, &single);
	if (r < 0)
		return r;
	*ret_named = false;
	for (size_t i = 0; i < names.count; i++)
		*ret_named |= strcmp(names.list[i], service) == 0;
	r = look(logins, single, service, &room, tell, user);
	pamstack_free(&room.stack);
	return r < 0 ? r : 0;
}

/* One line below "Auth:" or "Account:", which lacks its type; other sections have none of ours. */
static int foresee_line(char *place, const char *type, const char *line, size_t length)
{
	size_t used = strlen(place);
	int more = snprintf(place + used, LOGIN_PROFILE_MAX - used, "%s %.*s\n", type, (int)length,
			    line);

	return more < 0 || (size_t)more >= LOGIN_PROFILE_MAX - used ? -EINVAL : 0;
}

/* Source: pam-auth-update(8)'s profiles: a section's name at the line's beginning, its lines behind
 * a blank. */
int logins_foresee(struct logins *logins, const char *profile)
{
	char *place = NULL;
	const char *type = NULL;
	int r = 0;

	logins->auth_first[0] = logins->account_first[0] = '\0';
	for (const char *line = profile; *line && r == 0;) {
		size_t length = strcspn(line, "\n");

		if (!isblank((unsigned char)line[0])) {
			bool auth = length == 5 && memcmp(line, "Auth:", 5) == 0;
			bool account = length == 8 && memcmp(line, "Account:", 8) == 0;

			place = auth ? logins->auth_first : account ? logins->account_first : NULL;
			type = auth ? "auth" : "account";
		} else if (place) {
			r = foresee_line(place, type, line, length);
		}
		line += length;
		line += *line == '\n';
	}
	return r == 0 && logins->auth_first[0] && logins->account_first[0] ? 0 : -EINVAL;
}
