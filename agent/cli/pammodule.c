/* Source of each row: the module's manual and source (Linux-PAM 1.5.2, modules/; pam-u2f 1.3,
 * fprintd 1.94, SSSD 2.8, pam_krb5 4.11, google-authenticator-libpam 1.09, pam_pkcs11 0.6.12). What
 * a module is not known to leave out is kept: an answer too many is a false alarm, one too few a
 * way in that nobody sees. */
#include "pammodule.h"

#include "cleanup.h"

#include <security/_pam_types.h>
#include <string.h>

#define SUCCEEDS 1U
#define IGNORES	 2U
#define FAILS	 4U
#define ANY	 (SUCCEEDS | IGNORES | FAILS)

struct module {
	const char *name;
	uint8_t kind; /* of its success */
	uint8_t answers; /* in an authentication */
	uint8_t meaning; /* of its success */
};

static const struct module modules[] = {
	{"pam_sekisho.so", KIND_POSSESSION, SUCCEEDS | FAILS, MEANING_PLAIN},
	{"pam_u2f.so", KIND_POSSESSION, SUCCEEDS | FAILS, MEANING_PLAIN},
	{"pam_yubico.so", KIND_POSSESSION, SUCCEEDS | FAILS, MEANING_PLAIN},
	{"pam_oath.so", KIND_POSSESSION, SUCCEEDS | FAILS, MEANING_PLAIN},
	{"pam_google_authenticator.so", KIND_POSSESSION, SUCCEEDS | FAILS, MEANING_PLAIN},
	{"pam_pkcs11.so", KIND_POSSESSION, ANY, MEANING_PLAIN},
	{"pam_p11.so", KIND_POSSESSION, SUCCEEDS | FAILS, MEANING_PLAIN},
	{"pam_poldi.so", KIND_POSSESSION, ANY, MEANING_PLAIN},
	{"pam_usb.so", KIND_POSSESSION, ANY, MEANING_PLAIN},
	{"pam_fprintd.so", KIND_INHERENCE, SUCCEEDS | FAILS, MEANING_PLAIN},
	{"pam_unix.so", KIND_KNOWLEDGE, SUCCEEDS | FAILS, MEANING_PLAIN},
	{"pam_sss.so", KIND_KNOWLEDGE, SUCCEEDS | FAILS, MEANING_PLAIN},
	{"pam_ldap.so", KIND_KNOWLEDGE, SUCCEEDS | FAILS, MEANING_PLAIN},
	{"pam_winbind.so", KIND_KNOWLEDGE, SUCCEEDS | FAILS, MEANING_PLAIN},
	{"pam_krb5.so", KIND_KNOWLEDGE, ANY, MEANING_PLAIN},
	{"pam_systemd_home.so", KIND_KNOWLEDGE, ANY, MEANING_PLAIN},
	{"pam_extrausers.so", KIND_KNOWLEDGE, SUCCEEDS | FAILS, MEANING_PLAIN},
	{"pam_userdb.so", KIND_KNOWLEDGE, ANY, MEANING_PLAIN},
	{"pam_pwdfile.so", KIND_KNOWLEDGE, SUCCEEDS | FAILS, MEANING_PLAIN},
	{"pam_rootok.so", KIND_NONE, SUCCEEDS | FAILS, MEANING_ROOT},
	{"pam_timestamp.so", KIND_NONE, SUCCEEDS | FAILS, MEANING_TRUSTED},
	{"pam_rhosts.so", KIND_NONE, SUCCEEDS | FAILS, MEANING_TRUSTED},
	{"pam_wheel.so", KIND_NONE, IGNORES | FAILS, MEANING_PLAIN},
	{"pam_permit.so", KIND_NONE, SUCCEEDS, MEANING_PLAIN},
	{"pam_deny.so", KIND_NONE, FAILS, MEANING_PLAIN},
	{"pam_nologin.so", KIND_NONE, IGNORES | FAILS, MEANING_PLAIN},
	/* These have no voice in an authentication; they work when credentials are set. */
	{"pam_env.so", KIND_NONE, IGNORES, MEANING_PLAIN},
	{"pam_group.so", KIND_NONE, IGNORES, MEANING_PLAIN},
	{"pam_keyinit.so", KIND_NONE, IGNORES, MEANING_PLAIN},
	{"pam_mail.so", KIND_NONE, IGNORES, MEANING_PLAIN},
	{"pam_warn.so", KIND_NONE, IGNORES, MEANING_PLAIN},
	{"pam_faildelay.so", KIND_NONE, IGNORES | FAILS, MEANING_PLAIN},
};

/* What an argument changes: answers that come on top. */
static const struct {
	const char *module, *argument;
	uint8_t answers, kind, meaning;
} arguments[] = {
	{"pam_unix.so", "nullok", SUCCEEDS, KIND_NONE, MEANING_EMPTY_PASSWORD},
	{"pam_unix.so", "nullok_secure", SUCCEEDS, KIND_NONE, MEANING_EMPTY_PASSWORD},
	{"pam_sekisho.so", "exempt=ignore", IGNORES, KIND_NONE, MEANING_EXEMPT},
	/* Versions differ in which of the two it is. */
	{"pam_u2f.so", "nouserok", SUCCEEDS | IGNORES, KIND_NONE, MEANING_NOT_ENROLLED},
	{"pam_u2f.so", "alwaysok", SUCCEEDS, KIND_NONE, MEANING_NOT_ENROLLED},
	{"pam_google_authenticator.so", "nullok", SUCCEEDS | IGNORES, KIND_NONE,
	 MEANING_NOT_ENROLLED},
	{"pam_yubico.so", "nullok", IGNORES, KIND_NONE, MEANING_NOT_ENROLLED},
	{"pam_yubico.so", "alwaysok", SUCCEEDS, KIND_NONE, MEANING_NOT_ENROLLED},
	{"pam_sss.so", "ignore_unknown_user", IGNORES, KIND_NONE, MEANING_NOT_ENROLLED},
	{"pam_sss.so", "ignore_authinfo_unavail", IGNORES, KIND_NONE, MEANING_NOT_ENROLLED},
	{"pam_sss.so", "try_cert_auth", SUCCEEDS, KIND_POSSESSION, MEANING_PLAIN},
	{"pam_sss.so", "require_cert_auth", SUCCEEDS, KIND_POSSESSION, MEANING_PLAIN},
	{"pam_ldap.so", "ignore_unknown_user", IGNORES, KIND_NONE, MEANING_NOT_ENROLLED},
	{"pam_ldap.so", "ignore_authinfo_unavail", IGNORES, KIND_NONE, MEANING_NOT_ENROLLED},
	{"pam_winbind.so", "unknown_ok", IGNORES, KIND_NONE, MEANING_NOT_ENROLLED},
	{"pam_krb5.so", "try_pkinit", SUCCEEDS, KIND_POSSESSION, MEANING_PLAIN},
	{"pam_krb5.so", "use_pkinit", SUCCEEDS, KIND_POSSESSION, MEANING_PLAIN},
	{"pam_wheel.so", "trust", SUCCEEDS, KIND_NONE, MEANING_TRUSTED},
	{"pam_nologin.so", "successok", SUCCEEDS, KIND_NONE, MEANING_PLAIN},
};

static const char *const meaning_words[MEANING_COUNT] = {
	[MEANING_ROOT] = "root",
	[MEANING_EMPTY_PASSWORD] = "empty-password",
	[MEANING_NOT_ENROLLED] = "not-enrolled",
	[MEANING_EXEMPT] = "exempt",
	[MEANING_TRUSTED] = "trusted",
};

const char *pammodule_meaning_word(unsigned int meaning)
{
	return meaning < MEANING_COUNT ? meaning_words[meaning] : NULL;
}

const char *pammodule_name(const char *module)
{
	const char *slash = strrchr(module, '/');

	return slash ? slash + 1 : module;
}

/* Another file of that name, in a folder of somebody's own, is not the module that we know. */
static bool in_system_folder(const char *module)
{
	if (module[0] != '/')
		return strchr(module, '/') == NULL;
	if (strstr(module, "/../"))
		return false;
	return (strncmp(module, "/lib", 4) == 0 || strncmp(module, "/usr/lib", 8) == 0) &&
	       strstr(module, "/security/");
}

static const struct module *find(const struct pamstack_element *element)
{
	static const struct module unknown = {"", KIND_NONE, ANY, MEANING_PLAIN};
	const char *name = pammodule_name(element->module);

	for (size_t i = 0; i < ARRAY_SIZE(modules); i++)
		if (strcmp(modules[i].name, name) == 0 && in_system_folder(element->module))
			return &modules[i];
	return &unknown;
}

/* The value of an argument that begins with @word, or NULL; "" for a word alone. */
static const char *argument(const struct pamstack_element *element, const char *word, char *value,
			    size_t size)
{
	size_t length = strlen(word);

	for (const char *at = element->arguments; *at; at += strcspn(at, "\n") + 1) {
		size_t whole = strcspn(at, "\n");

		if (whole < length || memcmp(at, word, length) != 0)
			continue;
		/* A word without "=" has to be the whole argument. */
		if (word[length - 1] != '=' && whole != length)
			continue;
		if (whole - length >= size)
			return NULL;
		memcpy(value, at + length, whole - length);
		value[whole - length] = '\0';
		return value;
	}
	return NULL;
}

static bool has_argument(const struct pamstack_element *element, const char *word)
{
	char value[PAMSTACK_LINE_MAX];

	return argument(element, word, value, sizeof(value)) != NULL;
}

struct list {
	struct pammodule_outcome *list;
	size_t count;
};

static void add(struct list *list, unsigned int code, unsigned int kind, unsigned int meaning)
{
	struct pammodule_outcome new = {
		.code = (uint8_t)code, .kind = (uint8_t)kind, .meaning = (uint8_t)meaning};

	if (list->count < PAMMODULE_OUTCOMES_MAX)
		list->list[list->count++] = new;
}

static bool is_failure(size_t code)
{
	return code != PAM_SUCCESS && code != PAM_NEW_AUTHTOK_REQD && code != PAM_IGNORE &&
	       code != PAM_INCOMPLETE;
}

static bool seen(const struct pamstack_element *element, const struct list *list, size_t from,
		 size_t code)
{
	for (size_t i = from; i < list->count; i++)
		if (element->actions[list->list[i].code] == element->actions[code])
			return true;
	return false;
}

/* One failure for each thing that failures lead to; the usual code for the usual one. */
static void add_failures(struct list *list, const struct pamstack_element *element,
			 unsigned int usual)
{
	size_t from = list->count;

	add(list, usual, KIND_NONE, MEANING_PLAIN);
	for (size_t code = 0; code < PAMSTACK_CODES; code++)
		if (is_failure(code) && !seen(element, list, from, code))
			add(list, (unsigned int)code, KIND_NONE, MEANING_PLAIN);
}

static void add_answers(struct list *list, unsigned int answers, unsigned int kind,
			unsigned int meaning)
{
	if (answers & SUCCEEDS)
		add(list, PAM_SUCCESS, kind, meaning);
	if (answers & IGNORES)
		add(list, PAM_IGNORE, KIND_NONE,
		    answers & SUCCEEDS && kind ? MEANING_PLAIN : meaning);
}

/* pam_rootok asks who runs the program. Of these that is the person, set-user-ID or not; sshd and
 * its like are root whoever is at the other end. */
static bool runs_as_its_caller(const char *service)
{
	static const char *const services[] = {
		"su",	     "su-l",	 "runuser",   "runuser-l",   "chsh",
		"chfn",	     "chage",	 "passwd",    "chpasswd",    "newusers",
		"chgpasswd", "useradd",	 "userdel",   "usermod",     "groupadd",
		"groupdel",  "groupmod", "groupmems", "config-util",
	};

	for (size_t i = 0; i < ARRAY_SIZE(services); i++)
		if (strcmp(services[i], service) == 0)
			return true;
	return false;
}

/* As RESULT_EXEMPT and RESULT_EXEMPT_REFUSED of pam_module/result.c. */
static void add_exemption(struct list *list, const struct pamstack_element *element)
{
	if (has_argument(element, "exempt=ignore"))
		add(list, PAM_IGNORE, KIND_NONE, MEANING_EXEMPT);
	else
		add(list, PAM_AUTH_ERR, KIND_NONE, MEANING_PLAIN);
}

size_t pammodule_authenticate(const struct pamstack_element *element,
			      const struct pammodule_scene *scene,
			      struct pammodule_outcome list[static PAMMODULE_OUTCOMES_MAX])
{
	const struct module *module = find(element);
	struct list outcomes = {.list = list};
	unsigned int meaning = module->meaning, kind = module->kind;
	bool only_certificates = strcmp(module->name, "pam_sss.so") == 0 &&
				 has_argument(element, "require_cert_auth");

	if (scene->exempt && strcmp(module->name, "pam_sekisho.so") == 0) {
		add_exemption(&outcomes, element);
		return outcomes.count;
	}
	if (meaning == MEANING_ROOT && !runs_as_its_caller(scene->service))
		meaning = MEANING_TRUSTED;
	/* The PIN is known, and what takes its place is the person's own finger. */
	if (scene->alone && strcmp(module->name, "pam_sekisho.so") == 0)
		kind |= KIND_KNOWLEDGE;
	if (!only_certificates)
		add_answers(&outcomes, module->answers, kind, meaning);
	for (size_t i = 0; i < ARRAY_SIZE(arguments); i++) {
		if (strcmp(arguments[i].module, module->name) != 0 ||
		    !has_argument(element, arguments[i].argument))
			continue;
		if (arguments[i].meaning == MEANING_EMPTY_PASSWORD && !scene->empty_passwords)
			continue;
		add_answers(&outcomes, arguments[i].answers, arguments[i].kind,
			    arguments[i].meaning);
	}
	if (module->answers & FAILS)
		add_failures(&outcomes, element, PAM_AUTH_ERR);
	return outcomes.count;
}

/* Is the service in a list of names with commas? */
static bool names(const char *text, const char *service)
{
	size_t length = strlen(service);

	for (const char *at = text; *at; at += strspn(at, ",")) {
		size_t word = strcspn(at, ",");

		if (word == length && memcmp(at, service, length) == 0)
			return true;
		at += word;
	}
	return false;
}

/* As pam_module/pam_sekisho.c decides it. */
static void add_ours(struct list *list, const struct pamstack_element *element,
		     const struct pammodule_scene *scene)
{
	char services[PAMSTACK_LINE_MAX];

	bool other = argument(element, "account=", services, sizeof(services)) &&
		     !names(services, scene->service);

	if (scene->granted && !other)
		add(list, PAM_SUCCESS, KIND_NONE, MEANING_PLAIN);
	else if (other || (scene->exempted && has_argument(element, "exempt=ignore")))
		add(list, PAM_IGNORE, KIND_NONE, MEANING_PLAIN);
	/* Whatever else goes wrong in it. */
	add_failures(list, element, PAM_PERM_DENIED);
}

size_t pammodule_account(const struct pamstack_element *element,
			 const struct pammodule_scene *scene,
			 struct pammodule_outcome list[static PAMMODULE_OUTCOMES_MAX])
{
	const char *name = find(element)->name;
	struct list outcomes = {.list = list};

	if (strcmp(name, "pam_sekisho.so") == 0) {
		add_ours(&outcomes, element, scene);
		return outcomes.count;
	}
	if (strcmp(name, "pam_deny.so") != 0) {
		add(&outcomes, PAM_SUCCESS, KIND_NONE, MEANING_PLAIN);
		if (strcmp(name, "pam_permit.so") == 0)
			return outcomes.count;
		add(&outcomes, PAM_NEW_AUTHTOK_REQD, KIND_NONE, MEANING_PLAIN);
		add(&outcomes, PAM_IGNORE, KIND_NONE, MEANING_PLAIN);
	}
	add_failures(&outcomes, element, PAM_PERM_DENIED);
	return outcomes.count;
}
