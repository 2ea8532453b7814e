/* sekisho key add: registers the key that is plugged in. */
#include "absent.h"
#include "key.h"

#include "agent/auth/enrol.h"
#include "agent/auth/settings.h"
#include "cleanup.h"
#include "command.h"
#include "gettext.h"
#include "number.h"
#include "pin.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>

#define WAIT_MS 60000

/* Builds the line's own attributes by the roster's grammar, so that there is one. */
static int parse_attributes(const struct key_options *options, const char *user,
			    struct roster_entry *entry, const char **ret_wrong)
{
	const struct {
		const char *name;
		const char *value;
	} days[] = {{"from", options->from}, {"to", options->to}};
	char line[512];
	int length;

	/* A stand-in for what the key will give. */
	length = snprintf(line, sizeof(line), "%s fido2 eddsa 00 %064d uv=%s", user, 0,
			  options->touch_only ? "none" : "required");
	for (size_t i = 0; i < ARRAY_SIZE(days) && length < (int)sizeof(line); i++)
		if (days[i].value)
			length += snprintf(line + length, sizeof(line) - (size_t)length, " %s=%s",
					   days[i].name, days[i].value);
	if (length < 0 || length >= (int)sizeof(line))
		return -EMSGSIZE;
	return roster_parse(line, (size_t)length, entry, ret_wrong);
}

static int set_text(const char *text, char *place)
{
	if (!text)
		return 0;
	if (strlen(text) >= ROSTER_LABEL_MAX)
		return -EMSGSIZE;
	memcpy(place, text, strlen(text) + 1);
	return 0;
}

static int refuse(enum token_status status, unsigned int left)
{
	static const struct {
		enum token_status status;
		const char *why;
	} rows[] = {
		{TOKEN_EXCLUDED, N_("this key is registered for this user already")},
		{TOKEN_PIN_AUTH_BLOCKED, N_("too many wrong PINs; plug the key in again first")},
		{TOKEN_PIN_BLOCKED, N_("the key's PIN is blocked for good; only a reset helps")},
		{TOKEN_PIN_POLICY, N_("the key wants a longer or another PIN first")},
		{TOKEN_UNTOUCHED, N_("the key was not touched in time")},
		{TOKEN_SILENT, N_("the key was not touched in time")},
		{TOKEN_DENIED, N_("the request was turned down at the key")},
		{TOKEN_GONE, N_("the key was pulled out")},
		{TOKEN_BUSY, N_("another program went on using the key")},
		{TOKEN_UNSUPPORTED, N_("the key knows none of the algorithms es256, eddsa, es384")},
	};

	if (status == TOKEN_PIN_WRONG)
		return command_fail("key", _("the PIN is wrong; %u tries are left"), left);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].status == status)
			return command_fail("key", "%s", _(rows[i].why));
	return command_fail("key", _("the key's answer can't be used (%s)"),
			    token_status_name(status));
}

static int wait_for_key(struct keys *keys, struct key **ret_key)
{
	int r;

	if (keys_count(keys, KEY_READY) + keys_count(keys, KEY_ASKED) == 0)
		fprintf(stderr, _("Plug in the key to be registered.\n"));
	r = enrol_wait(keys, wire_now() + WAIT_MS, ret_key);
	if (r == -ENOTUNIQ)
		return command_fail("key", _("several keys are plugged in; leave the one to be "
					     "registered"));
	if (r < 0)
		return command_fail("key", _("no key was plugged in"));
	return COMMAND_OK;
}

/* How the person will be verified at the making, and later. */
static int ask_verification(const struct key_options *options, const struct key *key,
			    struct enrolment *enrolment, struct secret *pin)
{
	if ((key->info.flags & TOKEN_HAS_UV) && key->info.uv_retries > 0) {
		enrolment->finger = true;
		return COMMAND_OK;
	}
	if (key->info.flags & TOKEN_HAS_PIN) {
		if (pin_read(_("PIN of the key: "), pin) < 0)
			return command_fail("key", _("a PIN has 4 to 63 bytes"));
		enrolment->pin = pin;
		return COMMAND_OK;
	}
	if (options->touch_only)
		return COMMAND_OK;
	return command_fail("key", _("this key has no PIN; set one first, for example with "
				     "'fido2-token -S'"));
}

static int make(const struct key_options *options, const struct settings *settings,
		const struct rosterfile *roster, struct roster_entry *entry)
{
	struct enrolment enrolment = {.rp_id = settings->rp_id, .user = entry->user};
	_cleanup_secret_ struct secret pin = {};
	const struct passwd *child = getpwnam(options->user);
	struct tokenchild_user user;
	enum token_status status;
	struct key *key = NULL;
	struct keys keys;
	unsigned int left;
	int r;

	if (!child)
		return command_fail("key", _("there is no user %s; is the package installed?"),
				    options->user);
	user = (struct tokenchild_user){child->pw_uid, child->pw_gid};
	enrolment.held = rosterfile_keys(roster, entry->user, &enrolment.n_held);
	r = keys_open(options->devices, options->token, &user, &keys);
	if (r < 0) {
		keys_close(&keys);
		return command_fail("key", "%s: %s", options->devices, strerror(-r));
	}
	keys_begin(&keys);
	r = wait_for_key(&keys, &key);
	if (r == COMMAND_OK &&
	    !settings_model_allowed(settings,
				    key->info.aaguid.length == 16 ? key->info.aaguid.data : NULL))
		r = command_fail("key", _("this model is not in AllowedModels of sekisho.conf"));
	if (r == COMMAND_OK)
		r = ask_verification(options, key, &enrolment, &pin);
	if (r == COMMAND_OK) {
		fprintf(stderr, _("Touch the key when it blinks.\n"));
		status = enrol_make(&keys, key, &enrolment, entry, &left);
		if (status != TOKEN_OK)
			r = refuse(status, left);
	}
	keys_close(&keys);
	return r;
}

/* By their days. */
static size_t count_usable(const struct rosterfile *roster, const char *user)
{
	size_t count, n_periods, usable = 0;
	const struct roster_entry *keys = rosterfile_keys(roster, user, &count);
	const struct roster_period *periods = rosterfile_periods(roster, user, &n_periods);

	for (size_t i = 0; i < count; i++)
		usable += roster_validity(&keys[i], periods, n_periods, roster_today()) ==
			  ROSTER_VALID;
	return usable;
}

static int store(const struct key_options *options, const struct roster_entry *entry)
{
	_cleanup_rosterfile_ struct rosterfile roster = {};
	_cleanup_close_ int lock = -1;
	struct config_error error = {};
	char name[ROSTER_NAME_SIZE];
	int r;

	/* Read again under the lock: another terminal may have changed it meanwhile. */
	r = rosterfile_lock(options->roster, &lock);
	if (r == 0)
		r = rosterfile_load(options->roster, 0, &roster, &error);
	if (r == 0)
		r = rosterfile_add(&roster, entry);
	if (r == -E2BIG)
		return command_fail("key", _("%s has %d keys already; revoke one"), entry->user,
				    ROSTER_PER_USER);
	if (r == 0)
		r = rosterfile_save(options->roster, &roster);
	if (r < 0)
		return command_fail("key", "%s", error.text[0] ? error.text : strerror(-r));
	roster_name(entry, name);
	printf(_("Registered %s for %s.\n"), name, entry->user);
	if (count_usable(&roster, entry->user) < 2)
		printf(_("This is the only key of %s.\n"
			 "Register a second one, so that a lost key locks nobody out.\n"),
		       entry->user);
	key_record(options, EVENT_KEY_ADDED, entry);
	return COMMAND_OK;
}

int key_add(const struct key_options *options, const char *name)
{
	_cleanup_rosterfile_ struct rosterfile roster = {};
	struct roster_entry entry = {};
	struct config_error error;
	struct settings settings;
	const char *wrong = NULL;
	int r;

	r = settings_load(options->places.config, 0, &settings, &error);
	if (r < 0)
		return absent_fail("key", options->places.config, r, &error);
	if (!getpwnam(name))
		return command_fail("key", _("there is no user of that name"));
	r = rosterfile_load(options->roster, 0, &roster, &error);
	if (r < 0)
		return command_fail("key", "%s", error.text);
	r = parse_attributes(options, name, &entry, &wrong);
	if (r < 0)
		return command_fail("key", "%s", wrong ? _(wrong) : strerror(-r));
	if (set_text(options->label, entry.label) < 0 ||
	    set_text(options->category, entry.category) < 0)
		return command_fail("key", _("label and category have 127 bytes at most"));
	r = make(options, &settings, &roster, &entry);
	return r == COMMAND_OK ? store(options, &entry) : r;
}
