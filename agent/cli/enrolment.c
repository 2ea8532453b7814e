#include "enrolment.h"

#include "cleanup.h"

#include <errno.h>
#include <string.h>

#define LINE_MAX_BYTES 198 /* sekisho-devices.conf(5) */
#define SERIAL_MAX     128

/* The words stand in the file, which is English for everybody; the section's name has 40 bytes. */
static const struct {
	const char *word;
	bool limited;
} roles[ENROL_ROLE_COUNT] = {
	[ENROL_INPUT] = {"input", true},
	[ENROL_HUB] = {"hub", false},
	[ENROL_READER] = {"card reader", false},
	[ENROL_NAMED] = {"by name", true},
};

bool enrolment_stores(const struct device_facts *facts)
{
	for (size_t i = 0; i < facts->descriptors.n_interfaces; i++) {
		uint8_t class = facts->descriptors.interfaces[i].class.class;

		if (class == 0x08 || class == 0x06)
			return true;
	}
	return false;
}

/* Input, hubs, card readers: what else such a device has stays closed. */
static bool is_opened(const struct usb_class *class, enum enrolment_role role)
{
	return role == ENROL_NAMED || class->class == 0x03 || class->class == 0x09 ||
	       class->class == 0x0b;
}

/* " 03:01:01 03:00:00": each kind once, in the device's order. -E2BIG if the line were too long. */
static int list_classes(const struct usb_descriptors *descriptors, enum enrolment_role role,
			bool opened, char text[static LINE_MAX_BYTES])
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < descriptors->n_interfaces; i++) {
		const struct usb_class *class = &descriptors->interfaces[i].class;
		char one[sizeof(" 03:01:01")];

		if (opened && !is_opened(class, role))
			continue;
		snprintf(one, sizeof(one), " %02x:%02x:%02x", class->class, class->subclass,
			 class->protocol);
		if (strstr(text, one))
			continue;
		if (used + sizeof(one) + sizeof("MatchEveryInterface=") > LINE_MAX_BYTES)
			return -E2BIG;
		memcpy(text + used, one, sizeof(one));
		used += sizeof(one) - 1;
	}
	return used > 0 ? 0 : -EPERM;
}

/* A serial number is written by the device: only what can mean nothing else in the file is taken.
 */
static bool is_plain(const char *serial)
{
	return serial[0] != '\0' && strlen(serial) <= SERIAL_MAX &&
	       serial[strspn(serial, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz-_.:/")] == '\0';
}

static int make_section(const struct device_facts *facts, enum enrolment_role role, bool alone,
			char **ret_text)
{
	const struct usb_descriptors *descriptors = &facts->descriptors;
	char every[LINE_MAX_BYTES], opened[LINE_MAX_BYTES];
	bool serial = alone && is_plain(facts->serial);
	int r;

	if (facts->unreadable < 0 || enrolment_stores(facts))
		return -EPERM;
	r = list_classes(descriptors, role, false, every);
	if (r == 0)
		r = list_classes(descriptors, role, true, opened);
	if (r < 0)
		return r;
	r = asprintf(ret_text,
		     "[Device enrolled %s %04x:%04x]\nMatchVendor=%04x\nMatchProduct=%04x\n%s%s%s"
		     "MatchEveryInterface=%s\nMatchInterface=%s\n",
		     roles[role].word, descriptors->vendor, descriptors->product,
		     descriptors->vendor, descriptors->product, serial ? "MatchSerial=" : "",
		     serial ? facts->serial : "", serial ? "\n" : "", every + 1, opened + 1);
	return r < 0 ? -ENOMEM : 0;
}

int enrolment_add(struct enrolment *enrolment, const struct device_facts *facts,
		  enum enrolment_role role, bool alone)
{
	_cleanup_free_ char *text = NULL;
	int r;

	r = make_section(facts, role, alone, &text);
	if (r < 0)
		return r;
	for (size_t i = 0; i < enrolment->count; i++)
		if (strcmp(enrolment->sections[i].text, text) == 0) {
			enrolment->sections[i].devices++;
			return 0;
		}
	if (enrolment->count == ENROLMENT_MAX)
		return -E2BIG;
	enrolment->sections[enrolment->count].role = role;
	enrolment->sections[enrolment->count].devices = 1;
	enrolment->sections[enrolment->count++].text = steal_pointer(text);
	return 0;
}

char *enrolment_text(const struct enrolment *enrolment)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	bool failed;

	if (!file)
		return NULL;
	fputs("# Written by 'sekisho setup devices', which replaces all of it: make changes in a "
	      "file of another name.\n",
	      file);
	for (size_t i = 0; i < enrolment->count; i++) {
		unsigned int devices = enrolment->sections[i].devices;

		fprintf(file, "\n%s", enrolment->sections[i].text);
		if (roles[enrolment->sections[i].role].limited)
			fprintf(file, "AtMost=%u\n", devices > UINT8_MAX ? UINT8_MAX : devices);
		fputs("Enrolled=yes\nAccess=allow\n", file);
	}
	failed = ferror(file) != 0;
	if (fclose(file) == 0 && !failed)
		return text;
	free(text);
	return NULL;
}

void enrolment_release(struct enrolment *enrolment)
{
	for (size_t i = 0; i < enrolment->count; i++)
		free(enrolment->sections[i].text);
	enrolment->count = 0;
}
