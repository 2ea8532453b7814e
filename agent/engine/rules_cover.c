/* Which sections can decide nothing, because earlier ones take all that they name. */
#include "rules.h"

#include <string.h>

static const struct class_pattern any_class; /* "*:*:*" */

/* Whether all that fits @narrow also fits @wide. */
static bool contains(const struct class_pattern *wide, const struct class_pattern *narrow)
{
	const struct usb_class *mask = &wide->mask;

	return (mask->class & ~narrow->mask.class) == 0 &&
	       (mask->subclass & ~narrow->mask.subclass) == 0 &&
	       (mask->protocol & ~narrow->mask.protocol) == 0 &&
	       ((wide->class.class ^ narrow->class.class) & mask->class) == 0 &&
	       ((wide->class.subclass ^ narrow->class.subclass) & mask->subclass) == 0 &&
	       ((wide->class.protocol ^ narrow->class.protocol) & mask->protocol) == 0;
}

static bool one_contains(const struct rules *rules, uint32_t at, uint8_t count,
			 const struct class_pattern *narrow)
{
	for (uint8_t i = 0; i < count; i++)
		if (contains(&rules->patterns[at + i], narrow))
			return true;
	return false;
}

/* Of the lines MatchEveryInterface=. */
static bool every_covers(const struct rules *rules, const struct rule *wide,
			 const struct rule *narrow)
{
	if (!rule_gives(wide, KEY_EVERY_INTERFACE))
		return true;
	if (!rule_gives(narrow, KEY_EVERY_INTERFACE))
		return one_contains(rules, wide->every_at, wide->n_every, &any_class);
	for (uint8_t i = 0; i < narrow->n_every; i++)
		if (!one_contains(rules, wide->every_at, wide->n_every,
				  &rules->patterns[narrow->every_at + i]))
			return false;
	return true;
}

/* Of a line with a text: where @wide names one, @narrow names the same. */
static bool text_covers(const struct rules *rules, const struct rule *wide,
			const struct rule *narrow, enum rule_key key, uint32_t wide_text,
			uint32_t narrow_text)
{
	return !rule_gives(wide, key) ||
	       (rule_gives(narrow, key) &&
		strcmp(rules_text(rules, wide_text), rules_text(rules, narrow_text)) == 0);
}

static bool number_covers(const struct rule *wide, const struct rule *narrow, enum rule_key key,
			  unsigned int wide_number, unsigned int narrow_number)
{
	return !rule_gives(wide, key) || (rule_gives(narrow, key) && wide_number == narrow_number);
}

/* Each port of @narrow is one of @wide. */
static bool ports_cover(const struct rules *rules, const struct rule *wide,
			const struct rule *narrow)
{
	const char *port;

	if (!rule_gives(wide, KEY_PORT))
		return true;
	if (!rule_gives(narrow, KEY_PORT))
		return false;
	for (port = rules_text(rules, narrow->port); *port; port += strspn(port, " ")) {
		size_t length = strcspn(port, " ");

		if (!rules_has_port(rules_text(rules, wide->port), port, length))
			return false;
		port += length;
	}
	return true;
}

/* Who names a serial number has one. */
static bool has_serial_covers(const struct rule *wide, const struct rule *narrow)
{
	return (wide->has_serial && rule_gives(narrow, KEY_SERIAL)) ||
	       number_covers(wide, narrow, KEY_HAS_SERIAL, wide->has_serial, narrow->has_serial);
}

/* Whether @wide takes each interface of @class that @narrow could fit. */
static bool covers(const struct rules *rules, const struct rule *wide, const struct rule *narrow,
		   const struct class_pattern *class)
{
	/* What else a device has is not told by what its interface is. */
	if (rule_gives(wide, KEY_NO_INTERFACE))
		return false;
	return number_covers(wide, narrow, KEY_VENDOR, wide->vendor, narrow->vendor) &&
	       number_covers(wide, narrow, KEY_PRODUCT, wide->product, narrow->product) &&
	       text_covers(rules, wide, narrow, KEY_SERIAL, wide->serial, narrow->serial) &&
	       text_covers(rules, wide, narrow, KEY_MANUFACTURER, wide->manufacturer,
			   narrow->manufacturer) &&
	       text_covers(rules, wide, narrow, KEY_NAME, wide->label, narrow->label) &&
	       text_covers(rules, wide, narrow, KEY_DESCRIPTORS, wide->descriptors,
			   narrow->descriptors) &&
	       number_covers(wide, narrow, KEY_INTERNAL, wide->internal, narrow->internal) &&
	       has_serial_covers(wide, narrow) && ports_cover(rules, wide, narrow) &&
	       (!rule_gives(wide, KEY_INTERFACE) ||
		one_contains(rules, wide->any_at, wide->n_any, class)) &&
	       every_covers(rules, wide, narrow);
}

static const struct rule *find_cover(const struct rules *rules, size_t index,
				     const struct class_pattern *class)
{
	for (size_t i = 0; i < index; i++)
		if (covers(rules, &rules->list[i], &rules->list[index], class))
			return &rules->list[i];
	return NULL;
}

const struct rule *rules_cover(const struct rules *rules, size_t index)
{
	const struct rule *narrow = &rules->list[index], *last = NULL;
	const struct class_pattern *classes = &any_class;
	size_t count = 1;

	/* An interface of a device is one of every one. */
	if (rule_gives(narrow, KEY_INTERFACE) || rule_gives(narrow, KEY_EVERY_INTERFACE)) {
		bool any = rule_gives(narrow, KEY_INTERFACE);

		classes = &rules->patterns[any ? narrow->any_at : narrow->every_at];
		count = any ? narrow->n_any : narrow->n_every;
	}
	for (size_t i = 0; i < count; i++) {
		const struct rule *wide = find_cover(rules, index, &classes[i]);

		if (!wide)
			return NULL;
		if (!last || wide > last)
			last = wide;
	}
	return last;
}
