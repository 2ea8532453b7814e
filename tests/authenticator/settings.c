#include "settings.h"

#include "cleanup.h"
#include "misbehave.h"
#include "number.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct option_row {
	const char *name;
	const char *argument; /* NULL: the option takes none */
	const char *help;
	int (*set)(struct settings *settings, const char *value);
};

#define SET_TEXT(field)                                                                            \
	static int set_##field(struct settings *settings, const char *value)                       \
	{                                                                                          \
		settings->field = value;                                                           \
		return 0;                                                                          \
	}
#define SET_FLAG(field, flag)                                                                      \
	static int set_##field(struct settings *settings, const char *value)                       \
	{                                                                                          \
		(void)value;                                                                       \
		settings->field = flag;                                                            \
		return 0;                                                                          \
	}
#define SET_NUMBER(field, min, max)                                                                \
	static int set_##field(struct settings *settings, const char *value)                       \
	{                                                                                          \
		uint64_t number;                                                                   \
		int r = number_parse(value, min, max, &number);                                    \
                                                                                                   \
		if (r == 0)                                                                        \
			settings->field = (uint32_t)number;                                        \
		return r;                                                                          \
	}

SET_TEXT(socket)
SET_TEXT(hidg)
SET_TEXT(control)
SET_TEXT(tell)
SET_TEXT(state)
SET_TEXT(batch)
SET_TEXT(name)
SET_TEXT(serial)
SET_TEXT(pin)
SET_FLAG(uhid, true)
SET_FLAG(die_with_parent, true)
SET_FLAG(version_2_0, true)
SET_FLAG(resident, false)
SET_FLAG(uv, true)
SET_FLAG(client_pin, false)
SET_FLAG(always_uv, true)
SET_FLAG(uv_not_required, false)
SET_FLAG(hmac_secret, true)
SET_FLAG(force_pin_change, true)
SET_FLAG(help, true)
SET_NUMBER(max_list, 1, 64)
SET_NUMBER(min_pin_length, 4, 63)
SET_NUMBER(touch_timeout_ms, 1, 600000)

static int set_usb_id(const char *value, uint32_t *ret_id)
{
	uint8_t bytes[2];
	size_t length;

	if (hex_parse(value, bytes, sizeof(bytes), &length) < 0 || length != sizeof(bytes))
		return -EINVAL;
	*ret_id = (uint32_t)bytes[0] << 8 | bytes[1];
	return 0;
}

static int set_vendor(struct settings *settings, const char *value)
{
	return set_usb_id(value, &settings->vendor);
}

static int set_product(struct settings *settings, const char *value)
{
	return set_usb_id(value, &settings->product);
}

static int set_aaguid(struct settings *settings, const char *value)
{
	uint8_t bytes[AAGUID_SIZE];
	size_t length;

	if (hex_parse(value, bytes, sizeof(bytes), &length) < 0 || length != sizeof(bytes))
		return -EINVAL;
	memcpy(settings->aaguid, bytes, sizeof(bytes));
	return 0;
}

static int set_protocols(struct settings *settings, const char *value)
{
	static const struct {
		const char *text;
		unsigned int protocols[2];
		unsigned int count;
	} rows[] = {{"1", {1}, 1}, {"2", {2}, 1}, {"1,2", {1, 2}, 2}, {"2,1", {2, 1}, 2}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strcmp(value, rows[i].text) != 0)
			continue;
		memcpy(settings->protocols, rows[i].protocols, sizeof(rows[i].protocols));
		settings->protocol_count = rows[i].count;
		return 0;
	}
	return -EINVAL;
}

static int set_attestation(struct settings *settings, const char *value)
{
	static const char *const kinds[] = {
		[ATTESTATION_BATCH] = "batch",
		[ATTESTATION_SELF] = "self",
		[ATTESTATION_NONE] = "none",
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(value, kinds[i]) == 0) {
			settings->attestation = (enum attestation_kind)i;
			return 0;
		}
	}
	return -EINVAL;
}

static int set_counter(struct settings *settings, const char *value)
{
	uint64_t number;

	settings->counter_off = strcmp(value, "off") == 0;
	if (settings->counter_off)
		return 0;
	if (number_parse(value, 0, UINT32_MAX, &number) < 0)
		return -EINVAL;
	settings->counter_given = true;
	settings->counter = (uint32_t)number;
	return 0;
}

static int set_touch(struct settings *settings, const char *value)
{
	return settings_parse_touch(value, &settings->touch, &settings->touch_ms);
}

static int set_misbehaviour(struct settings *settings, const char *value)
{
	enum misbehaviour misbehaviour;
	int r = misbehave_parse(value, &misbehaviour);

	if (r == 0)
		settings->misbehaviours |= 1U << misbehaviour;
	return r;
}

static const struct option_row options[] = {
	{"socket", "PATH", "listen for HID reports on a Unix SOCK_SEQPACKET socket", set_socket},
	{"hidg", "PATH", "be the HID function of a USB gadget, by /dev/hidgN", set_hidg},
	{"uhid", NULL, "be a HID device of this kernel, by /dev/uhid", set_uhid},
	{"control", "PATH", "take commands on a Unix stream socket", set_control},
	{"tell", "LINE", "tell the key behind the control socket this, and end", set_tell},
	{"state", "FILE", "keep keys, PIN and counter there; a copy is a clone", set_state},
	{"batch", "FILE", "attestation key and certificates (PEM), made if missing", set_batch},
	{"name", "TEXT", "name of the HID device", set_name},
	{"serial", "TEXT", "its serial number", set_serial},
	{"vendor", "HEX4", "its USB vendor id", set_vendor},
	{"product", "HEX4", "its USB product id", set_product},
	{"die-with-parent", NULL, "end when the process that started it ends", set_die_with_parent},
	{"aaguid", "HEX32", "model of the authenticator", set_aaguid},
	{"ctap2.0", NULL, "be a FIDO_2_0 key: getPinToken only", set_version_2_0},
	{"no-rk", NULL, "no resident credentials", set_resident},
	{"uv", NULL, "built-in user verification, by touching", set_uv},
	{"no-client-pin", NULL, "no PIN", set_client_pin},
	{"always-uv", NULL, "every assertion with a touch wants user verification", set_always_uv},
	{"uv-required", NULL, "makeCredUvNotRqd is false", set_uv_not_required},
	{"hmac-secret", NULL, "offer the hmac-secret extension", set_hmac_secret},
	{"pin-protocols", "LIST", "1, 2, \"2,1\" (default) or \"1,2\"", set_protocols},
	{"max-list", "N", "longest allow list taken (default 8)", set_max_list},
	{"attestation", "KIND", "batch (default), self or none", set_attestation},
	{"pin", "TEXT", "set this PIN at the start if there is none", set_pin},
	{"min-pin-length", "N", "in characters (default 4)", set_min_pin_length},
	{"force-pin-change", NULL, "the PIN serves only to be changed", set_force_pin_change},
	{"counter", "N|off", "last signature counter; off: always 0", set_counter},
	{"touch", "MODE", "auto (default), never, command, or after so many ms", set_touch},
	{"touch-timeout", "MS", "give up waiting for a touch (default 30000)",
	 set_touch_timeout_ms},
	{"misbehave", "NAME", "see below; may be given several times", set_misbehaviour},
	{"help", NULL, "this text", set_help},
};

int settings_parse_touch(const char *text, enum touch_mode *ret_mode, uint32_t *ret_ms)
{
	static const char *const modes[] = {
		[TOUCH_AUTO] = "auto",
		[TOUCH_COMMAND] = "command",
		[TOUCH_NEVER] = "never",
	};
	uint64_t number;

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (modes[i] && strcmp(text, modes[i]) == 0) {
			*ret_mode = (enum touch_mode)i;
			return 0;
		}
	}
	if (number_parse(text, 0, 600000, &number) < 0)
		return -EINVAL;
	*ret_mode = TOUCH_AFTER;
	*ret_ms = (uint32_t)number;
	return 0;
}

static const struct option_row *find(const char *argument)
{
	if (argument[0] != '-' || argument[1] != '-')
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (strcmp(argument + 2, options[i].name) == 0)
			return &options[i];
	}
	return NULL;
}

static int complain(const char *what, const char *text)
{
	fprintf(stderr, "softkey: %s: %s (try softkey --help)\n", text, what);
	return -EINVAL;
}

int settings_parse(int count, char *arguments[], struct settings *ret_settings)
{
	struct settings settings = {
		.name = "Sekisho test authenticator",
		.serial = "",
		.vendor = 0x1209, /* pid.codes: 0001 is for private testing */
		.product = 0x0001,
		.aaguid = "sekisho-softkey1",
		.resident = true,
		.client_pin = true,
		.uv_not_required = true,
		.protocols = {2, 1},
		.protocol_count = 2,
		.max_list = 8,
		.min_pin_length = 4,
		.touch_timeout_ms = 30000,
	};

	for (int i = 1; i < count; i++) {
		const struct option_row *row = find(arguments[i]);
		const char *value = NULL;

		if (!row)
			return complain("no such option", arguments[i]);
		if (row->argument) {
			if (i + 1 == count)
				return complain("a value is missing", arguments[i]);
			value = arguments[++i];
		}
		if (row->set(&settings, value) < 0)
			return complain("not a value of this option", value);
	}
	if (settings.tell && !settings.control)
		return complain("needs --control", "--tell");
	if (!settings.help && !settings.tell &&
	    settings.uhid + !!settings.socket + !!settings.hidg != 1)
		return complain("choose one of --uhid, --hidg and --socket", "transport");
	*ret_settings = settings;
	return 0;
}

void settings_help(void)
{
	printf("softkey: a FIDO2 authenticator in software, for tests only: its keys lie in a "
	       "file.\n\n"
	       "usage: softkey (--uhid | --hidg PATH | --socket PATH) [options]\n\n"
	       "It prints \"ready\" on standard output once it can be used, and ends on "
	       "SIGTERM.\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		printf("  --%-16s %-6s %s\n", options[i].name,
		       options[i].argument ? options[i].argument : "", options[i].help);
	printf("\nCommands on the control socket, one a line, each answered by a line \"ok ...\" "
	       "or\n"
	       "\"error ...\":\n\n"
	       "  touch                  touch the key; an error if it does not wait for it\n"
	       "  touch-mode MODE        as --touch\n"
	       "  unplug, plug           pull the key, put it back (a power cycle)\n"
	       "  set counter N          last signature counter\n"
	       "  set pin-retries N      tries left for the PIN\n"
	       "  set uv ok|fail         outcome of built-in user verification\n"
	       "  misbehave NAME         from now on\n"
	       "  clear                  behave well again, drop what is under way\n"
	       "  status                 NAME=VALUE pairs\n"
	       "\nMisbehaviours:\n\n");
	for (size_t i = 0; i < MISBEHAVE_COUNT; i++)
		printf("  %-20s %s\n", misbehaviour_table[i].name, misbehaviour_table[i].help);
	printf("\nThose that change an answer change that of getAssertion and, where it applies, "
	       "of\n"
	       "makeCredential. As on a real key, closing the device does not cancel what is "
	       "under\n"
	       "way: another channel is answered \"busy\" until then.\n");
}
