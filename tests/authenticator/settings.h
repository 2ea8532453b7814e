/* What the command line says about the authenticator to be. */
#ifndef SOFTKEY_SETTINGS_H
#define SOFTKEY_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#define AAGUID_SIZE 16

enum touch_mode {
	TOUCH_AUTO, /* at once */
	TOUCH_AFTER, /* after touch_ms */
	TOUCH_COMMAND, /* when the control socket says so */
	TOUCH_NEVER,
};

enum attestation_kind {
	ATTESTATION_BATCH,
	ATTESTATION_SELF,
	ATTESTATION_NONE,
};

struct settings {
	const char *socket; /* one of socket, hidg and uhid is chosen */
	const char *hidg;
	bool uhid;
	const char *control; /* NULL: no control socket */
	const char *tell; /* be no key but tell the one behind the control socket this */
	const char *state; /* NULL: kept in memory */
	const char *batch; /* NULL: a batch key of its own */
	const char *name;
	const char *serial;
	uint32_t vendor;
	uint32_t product;
	bool die_with_parent;

	uint8_t aaguid[AAGUID_SIZE];
	bool version_2_0; /* FIDO_2_0 only: no pinUvAuthToken, no permissions */
	bool resident;
	bool uv;
	bool client_pin;
	bool always_uv;
	bool uv_not_required; /* makeCredUvNotRqd */
	bool hmac_secret;
	unsigned int protocols[2]; /* preferred first */
	unsigned int protocol_count;
	unsigned int max_list; /* maxCredentialCountInList */
	enum attestation_kind attestation;

	const char *pin; /* set at the start unless the state has one */
	unsigned int min_pin_length; /* code points */
	bool force_pin_change;
	bool counter_off; /* the signature counter is always 0 */
	bool counter_given;
	uint32_t counter;

	enum touch_mode touch;
	uint32_t touch_ms;
	uint32_t touch_timeout_ms;
	uint32_t misbehaviours;
	bool help;
};

/* Reads the command line; the texts stay those of @arguments. -EINVAL after telling standard error
 * what is wrong. */
int settings_parse(int count, char *arguments[], struct settings *ret_settings);

/* "auto", "never", "command" or milliseconds. -EINVAL. */
int settings_parse_touch(const char *text, enum touch_mode *ret_mode, uint32_t *ret_ms);

/* Writes the whole manual to standard output. */
void settings_help(void);

#endif
