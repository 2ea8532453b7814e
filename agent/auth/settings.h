/* What the administrator set for log-ins and for people: sekisho.conf(5). */
#ifndef SEKISHO_SETTINGS_H
#define SEKISHO_SETTINGS_H

#include "config.h"
#include "loginrules.h"
#include "tokenproto.h"

#define SETTINGS_LIST_MAX    2048 /* bytes of a list of names */
#define SETTINGS_CONTACT_MAX 256

enum settings_verification {
	SETTINGS_REQUIRED, /* PIN or built-in verification, whatever the roster says */
	SETTINGS_ROSTER, /* what each credential's line says */
};

enum settings_language {
	SETTINGS_AUTO, /* the program's locale; English on a text console */
	SETTINGS_JAPANESE,
	SETTINGS_ENGLISH,
};

enum settings_removal { /* of the key with which somebody is logged in */
			SETTINGS_REMOVAL_NONE,
			SETTINGS_REMOVAL_LOCK,
			SETTINGS_REMOVAL_END,
};

struct settings {
	char rp_id[TOKEN_RP_ID_MAX];
	uint32_t verification; /* enum settings_verification */
	uint32_t min_pin; /* characters */
	uint32_t key_wait; /* seconds until a key must be plugged in */
	uint32_t pin_wait; /* seconds to type the PIN */
	uint32_t touch_wait; /* seconds to touch */
	uint32_t wrong_answers; /* in a row, then the next one has to wait */
	uint32_t longest_wait; /* minutes */
	uint32_t language; /* enum settings_language */
	char models[SETTINGS_LIST_MAX]; /* AAGUIDs; "": any */
	char factors[256]; /* as written; what it says: .pairs */
	struct pairs pairs; /* what is enough; in a log-in, there */
	char classes[256]; /* of this terminal */
	char single_prompt[512]; /* services that ask once: password and code in one answer */
	char service_users[512]; /* who, beside root, may have anybody judged there */
	char substitute[512]; /* services where a colleague may vouch, see settings_substitute() */
	char telephone[512]; /* the same, by telephone */
	char exempt_users[SETTINGS_LIST_MAX];
	char exempt_services[SETTINGS_LIST_MAX];
	uint32_t removal; /* enum settings_removal */
	uint32_t removal_debounce; /* seconds in which a key may come back */
	uint32_t removal_end_after; /* minutes that a session stays locked before it is ended */
	uint32_t removal_wait; /* 1: a session that can't be locked may wait for that, too */
	uint32_t removal_device; /* 1: a key that comes back is not asked for its credential */
	uint32_t max_revocation_age; /* days, then the collector's list is too old; 0: never */
	char contact[SETTINGS_CONTACT_MAX]; /* whom people call; "": not told */
};

/* Where the keys stand that a person is told of; "": nowhere, the default holds. */
struct settings_places {
	char factors[LOGINRULES_PLACE];
	char verification[LOGINRULES_PLACE];
	char classes[LOGINRULES_PLACE];
	char exempt[LOGINRULES_PLACE]; /* ExemptUsers */
};

/* Reads @path over the defaults. -ENOENT and the other errors of config_load; also -EINVAL for a
 * list that can't be one, and for lists of which one is nothing without the other. */
int settings_load(const char *path, uid_t owner, struct settings *ret_settings,
		  struct config_error *ret_error);

/* The same with the sections of services, groups and classes, for loginpolicy_decide().
 * @ret_places: NULL, or for whom wants to tell. */
int settings_load_rules(const char *path, uid_t owner, struct settings *ret_settings,
			struct loginrules *ret_rules, struct settings_places *ret_places,
			struct config_error *ret_error);

/* The same with a drop-in that is not there yet. */
int settings_load_staged(const char *path, uid_t owner, const struct config_staged *staged,
			 struct settings *ret_settings, struct loginrules *ret_rules,
			 struct settings_places *ret_places, struct config_error *ret_error);

/* Whether a second factor, "key" or "otp", is accepted. Pure. */
bool settings_accept(const struct settings *settings, const char *factor);

/* Whether the service's program asks once. Pure. */
bool settings_single_prompt(const struct settings *settings, const char *service);

/* Whether a program of that user, who is not root, may have others judged at the service. Pure. */
bool settings_service_user(const struct settings *settings, const char *user, const char *service);

/* Whether a substitute log-in is possible at the service, which asks for a password as well. Pure.
 */
bool settings_substitute(const struct settings *settings, const char *service);
bool settings_telephone(const struct settings *settings, const char *service);

/* Both lists name them. Pure. */
bool settings_exempt(const struct settings *settings, const char *user, const char *service);

/* An empty list takes every model; else one without AAGUID (NULL) is not taken. Pure. */
bool settings_model_allowed(const struct settings *settings, const uint8_t *aaguid);

#endif
