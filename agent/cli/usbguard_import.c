#include "usbguard_import.h"

#include "cleanup.h"
#include "gettext.h"

#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 198 /* of devices.conf */
#define SECTIONS_MAX   64 /* of one rule */

const char *const usbguard_notes[USBGUARD_NOTE_COUNT] = {
	[USBGUARD_SOME_INTERFACES] =
		N_("with-interface: also fits a device that has only some of these"),
	[USBGUARD_ONLY_INTERFACES] =
		N_("with-interface: these are let in, other interfaces of such a device are not"),
	[USBGUARD_OTHERS_JUDGED] = N_("with-interface: these are blocked, other interfaces of such "
				      "a device are judged by the sections that follow"),
	[USBGUARD_EVERY_DEVICE] = N_("fits every device"),
};

static const char no_operator[] = N_("its operator has no equal in devices.conf");
static const char no_text[] = N_("this text can't be written in devices.conf");
static const char no_identity[] =
	N_("Sekisho does not know it, and without it the section would fit more than it names; "
	   "plug the device in and name it by MatchDescriptors=, which 'sekisho devices' shows");
static const char no_condition[] = N_("a section has no conditions");
static const char no_combination[] =
	N_("interfaces are judged one by one, so that none stands for another; what no section "
	   "allows stays blocked");
static const char too_many[] = N_("too many values");
static const char root_hub[] = N_("a root hub is the kernel's own and needs no section");

static void refuse(struct usbguard_import *import, const char *refusal, enum usbguard_key key)
{
	if (import->refusal)
		return;
	import->refusal = refusal;
	import->key = key;
	import->needless = refusal == root_hub;
}

static const struct usbguard_attribute *given(const struct usbguard_rule *rule,
					      enum usbguard_key key)
{
	return rule->attributes[key].count > 0 ? &rule->attributes[key] : NULL;
}

static bool is_allow(const struct usbguard_rule *rule)
{
	return rule->target == USBGUARD_ALLOW;
}

/* Whether one of the values has to be the device's, of which it has one. */
static bool is_choice(const struct usbguard_attribute *attribute)
{
	return attribute->how == USBGUARD_ONE_OF || attribute->how == USBGUARD_MATCH_ALL ||
	       (attribute->count == 1 && attribute->how != USBGUARD_NONE_OF);
}

/* As the reader of devices.conf gives it back, byte for byte. */
static bool is_writable(const char *text)
{
	size_t length = strlen(text);

	if (length > LINE_MAX_BYTES - sizeof("MatchManufacturer=") || length == 0 ||
	    text[0] == ' ' || text[length - 1] == ' ' || strstr(text, " ;"))
		return false;
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	return true;
}

static bool is_root_hub_id(const char *id)
{
	return strncasecmp(id, "1d6b:000", 8) == 0 && id[8] >= '1' && id[8] <= '3';
}

static bool is_root_hub_port(const char *port)
{
	return strncmp(port, "usb", 3) == 0;
}

static bool all_are(const struct usbguard_attribute *attribute, bool (*is)(const char *value))
{
	for (size_t i = 0; attribute && i < attribute->count; i++)
		if (!is(attribute->values[i]))
			return false;
	return attribute != NULL;
}

static bool is_model(const char *id)
{
	return !strchr(id, '*');
}

static bool is_port(const char *port)
{
	return is_root_hub_port(port) || (*port && strspn(port, "0123456789.-") == strlen(port));
}

/* "hardwired" is less than MatchInternal=yes, which asks it of all the way. */
static bool is_internal(const struct usbguard_rule *rule)
{
	const struct usbguard_attribute *type = given(rule, USBGUARD_CONNECT_TYPE);

	return type && is_allow(rule) && type->count == 1 && is_choice(type) &&
	       strcmp(type->values[0], "hardwired") == 0;
}

static void look_at_texts(const struct usbguard_rule *rule, struct usbguard_import *import)
{
	static const enum usbguard_key choices[] = {USBGUARD_ID, USBGUARD_NAME, USBGUARD_SERIAL,
						    USBGUARD_PORT};
	const struct usbguard_attribute *attribute;

	for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
		attribute = given(rule, choices[i]);
		if (attribute && !is_choice(attribute))
			refuse(import, no_operator, choices[i]);
	}
	attribute = given(rule, USBGUARD_SERIAL);
	for (size_t i = 0; attribute && i < attribute->count; i++)
		if (*attribute->values[i] && !is_writable(attribute->values[i]))
			refuse(import, no_text, USBGUARD_SERIAL);
	attribute = given(rule, USBGUARD_PORT);
	if (attribute && !all_are(attribute, is_port))
		refuse(import, no_text, USBGUARD_PORT);
	attribute = given(rule, USBGUARD_NAME);
	if (attribute && !all_are(attribute, is_writable))
		import->left_out |= 1u << USBGUARD_NAME;
}

static void look_at_interfaces(const struct usbguard_rule *rule, struct usbguard_import *import)
{
	const struct usbguard_attribute *attribute = given(rule, USBGUARD_INTERFACE);
	bool several = attribute && attribute->count > 1;

	if (!attribute)
		return;
	switch (attribute->how) {
	case USBGUARD_EQUALS:
	case USBGUARD_EQUALS_ORDERED:
		import->notes |= several ? 1u << USBGUARD_SOME_INTERFACES : 0;
		return;
	case USBGUARD_MATCH_ALL:
		return;
	case USBGUARD_ALL_OF:
		if (several && !is_allow(rule))
			refuse(import, no_combination, USBGUARD_INTERFACE);
		import->notes |= several ? 1u << USBGUARD_SOME_INTERFACES : 0;
		break;
	case USBGUARD_ONE_OF:
		break;
	default:
		refuse(import, no_operator, USBGUARD_INTERFACE);
		return;
	}
	import->notes |= 1u << (is_allow(rule) ? USBGUARD_ONLY_INTERFACES : USBGUARD_OTHERS_JUDGED);
}

/* What is left out makes the section fit more. An allowed device has to be known well enough
 * without it; a blocked one by anything. */
static void look_at_rest(const struct usbguard_rule *rule, struct usbguard_import *import)
{
	static const enum usbguard_key unknown[] = {USBGUARD_HASH, USBGUARD_PARENT_HASH,
						    USBGUARD_CONNECT_TYPE};
	bool known = all_are(given(rule, USBGUARD_ID), is_model);

	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		if (given(rule, unknown[i]) &&
		    !(unknown[i] == USBGUARD_CONNECT_TYPE && is_internal(rule)))
			import->left_out |= 1u << unknown[i];
	if (!is_allow(rule))
		known |= given(rule, USBGUARD_SERIAL) || given(rule, USBGUARD_PORT) ||
			 given(rule, USBGUARD_INTERFACE);
	for (int key = 0; key < USBGUARD_KEY_COUNT && !known; key++)
		if (import->left_out & 1u << key)
			refuse(import, no_identity, (enum usbguard_key)key);
}

static void look(const struct usbguard_rule *rule, struct usbguard_import *import)
{
	const struct usbguard_attribute *condition = given(rule, USBGUARD_CONDITION);

	if (all_are(given(rule, USBGUARD_PORT), is_root_hub_port))
		refuse(import, root_hub, USBGUARD_PORT);
	if (all_are(given(rule, USBGUARD_ID), is_root_hub_id))
		refuse(import, root_hub, USBGUARD_ID);
	if (condition && !(condition->count == 1 && condition->how != USBGUARD_NONE_OF &&
			   strcmp(condition->values[0], "true") == 0))
		refuse(import, no_condition, USBGUARD_CONDITION);
	look_at_texts(rule, import);
	look_at_interfaces(rule, import);
	look_at_rest(rule, import);
}

/* "MatchPort=1-1 1-2". False if the line is too long. */
static bool write_list(FILE *out, const char *key, const struct usbguard_attribute *attribute)
{
	size_t length = strlen(key);

	fputs(key, out);
	for (size_t i = 0; i < attribute->count; i++) {
		if (is_root_hub_port(attribute->values[i]))
			continue;
		length += strlen(attribute->values[i]) + 1;
		fprintf(out, "%s%s", i > 0 ? " " : "", attribute->values[i]);
	}
	fputc('\n', out);
	return length <= LINE_MAX_BYTES;
}

static void write_id(FILE *out, const char *id)
{
	if (id[0] != '*')
		fprintf(out, "MatchVendor=%.4s\n", id);
	id = strchr(id, ':') + 1;
	if (id[0] != '*')
		fprintf(out, "MatchProduct=%s\n", id);
}

static bool is_every_interface(const struct usbguard_attribute *interfaces)
{
	return interfaces->how != USBGUARD_ONE_OF && interfaces->how != USBGUARD_ALL_OF;
}

/* What all sections of the rule have in common. */
static void write_common(const struct usbguard_rule *rule, struct usbguard_import *import,
			 FILE *out)
{
	const struct usbguard_attribute *ports = given(rule, USBGUARD_PORT);
	const struct usbguard_attribute *interfaces = given(rule, USBGUARD_INTERFACE);

	if (ports && !write_list(out, "MatchPort=", ports))
		refuse(import, too_many, USBGUARD_PORT);
	if (is_internal(rule))
		fputs("MatchInternal=yes\n", out);
	if (interfaces &&
	    !write_list(out,
			is_every_interface(interfaces) ? "MatchEveryInterface=" : "MatchInterface=",
			interfaces))
		refuse(import, too_many, USBGUARD_INTERFACE);
	fprintf(out, "Access=%s\n\n", is_allow(rule) ? "allow" : "block");
}

/* Value @i of a choice; NULL where none is given. */
static const char *choose(const struct usbguard_attribute *choice, size_t i)
{
	return choice ? choice->values[i] : NULL;
}

static size_t choices(const struct usbguard_attribute *choice)
{
	return choice ? choice->count : 1;
}

static void write_section(const struct usbguard_rule *rule, unsigned int number, size_t section,
			  const char *const values[static 3], struct usbguard_import *import,
			  FILE *out)
{
	const char *id = values[0], *serial = values[1], *name = values[2];
	bool matched = (id && strcmp(id, "*:*") != 0) || serial || name || is_internal(rule) ||
		       given(rule, USBGUARD_PORT) || given(rule, USBGUARD_INTERFACE);

	fprintf(out, section > 0 ? "[Device usbguard %u.%zu]\n" : "[Device usbguard %u]\n", number,
		section);
	if (id)
		write_id(out, id);
	if (serial && *serial)
		fprintf(out, "MatchSerial=%s\n", serial);
	else if (serial)
		fputs("MatchHasSerial=no\n", out);
	if (name)
		fprintf(out, "MatchName=%s\n", name);
	if (!matched) {
		fputs("MatchInterface=*:*:*\n", out);
		import->notes |= 1u << USBGUARD_EVERY_DEVICE;
	}
	write_common(rule, import, out);
}

static void write_sections(const struct usbguard_rule *rule, unsigned int number,
			   struct usbguard_import *import, FILE *out)
{
	const struct usbguard_attribute *ids = given(rule, USBGUARD_ID);
	const struct usbguard_attribute *serials = given(rule, USBGUARD_SERIAL);
	const struct usbguard_attribute *names = given(rule, USBGUARD_NAME);
	size_t count;

	if (import->left_out & 1u << USBGUARD_NAME)
		names = NULL;
	count = choices(ids) * choices(serials) * choices(names);
	if (count > SECTIONS_MAX) {
		refuse(import, too_many, ids ? USBGUARD_ID : USBGUARD_SERIAL);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const char *const values[] = {
			choose(ids, i % choices(ids)),
			choose(serials, i / choices(ids) % choices(serials)),
			choose(names, i / choices(ids) / choices(serials)),
		};

		write_section(rule, number, count > 1 ? i + 1 : 0, values, import, out);
	}
}

void usbguard_import(const struct usbguard_rule *rule, unsigned int number, FILE *out,
		     struct usbguard_import *ret_import)
{
	_cleanup_free_ char *text = NULL;
	size_t length = 0;
	FILE *sections = open_memstream(&text, &length);

	*ret_import = (struct usbguard_import){};
	if (!sections) {
		refuse(ret_import, too_many, USBGUARD_ID);
		return;
	}
	look(rule, ret_import);
	if (!ret_import->refusal)
		write_sections(rule, number, ret_import, sections);
	/* All of them or none. */
	if (fclose(sections) == 0 && !ret_import->refusal)
		fputs(text, out);
}
