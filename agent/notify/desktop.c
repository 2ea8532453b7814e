#include "desktop.h"

#include "agent/cli/ask.h"
#include "agent/cli/challenge_text.h"

#include "cleanup.h"
#include "gettext.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <systemd/sd-bus.h>

#define NAME	   "org.freedesktop.Notifications"
#define PATH	   "/org/freedesktop/Notifications"
#define TIMEOUT_US UINT64_C(10000000)
#define SHOWN_MS   60000 /* the number is to be written down: desktops take it away sooner */

/* As much as fits, in whole characters. */
static void append(char *body, size_t size, const char *text, bool markup)
{
	size_t length = strlen(body);

	for (; *text; text++) {
		const char *escaped = NULL;
		size_t more;

		if (markup && *text == '&')
			escaped = "&amp;";
		else if (markup && *text == '<')
			escaped = "&lt;";
		else if (markup && *text == '>')
			escaped = "&gt;";
		more = escaped ? strlen(escaped) : 1;
		/* Room for what is left of a character of UTF-8. */
		if (length + more + 4 > size && ((unsigned char)*text & 0xc0) != 0x80)
			return;
		memcpy(body + length, escaped ? escaped : text, more);
		length += more;
		body[length] = '\0';
	}
}

void desktop_body(const struct refusal_text *text, size_t more, const char *contact, bool markup,
		  char *body, size_t size)
{
	char line[REFUSAL_TEXT_MAX + 64];

	body[0] = '\0';
	append(body, size, text->what, markup);
	append(body, size, "\n", markup);
	append(body, size, text->why, markup);
	append(body, size, "\n", markup);
	append(body, size, text->next, markup);
	snprintf(line, sizeof(line), _("\nCall: %s"), contact);
	append(body, size, line, markup);
	if (more == 0)
		return;
	snprintf(line, sizeof(line), _("\n%zu more were refused: see 'sekisho why'"), more);
	append(body, size, line, markup);
}

static bool reads_markup(sd_bus *bus)
{
	sd_bus_message *reply = NULL;
	const char *capability;
	bool found = false;

	if (sd_bus_call_method(bus, NAME, PATH, NAME, "GetCapabilities", NULL, &reply, "") >= 0 &&
	    sd_bus_message_enter_container(reply, 'a', "s") >= 0)
		while (sd_bus_message_read(reply, "s", &capability) > 0)
			found |= strcmp(capability, "body-markup") == 0;
	sd_bus_message_unref(reply);
	return found;
}

struct notification {
	const char *summary, *body;
	uint8_t urgency; /* 1: normal; 2: critical */
	int32_t shown_ms; /* -1: as long as the desktop likes */
};

static int notify(sd_bus *bus, const struct notification *what)
{
	return sd_bus_call_method(bus, NAME, PATH, NAME, "Notify", NULL, NULL, "susssasa{sv}i",
				  "Sekisho", 0, "dialog-warning", what->summary, what->body, 0, 1,
				  "urgency", "y", what->urgency, what->shown_ms);
}

static int tell_refusal(sd_bus *bus, const struct refusal_text *text, size_t more,
			const char *contact)
{
	char summary[128], body[4 * REFUSAL_TEXT_MAX];

	/* The number first: it is what one says on the telephone. */
	snprintf(summary, sizeof(summary), _("No. %llu (%s): a device was refused"),
		 (unsigned long long)text->number, text->code);
	desktop_body(text, more, contact, reads_markup(bus), body, sizeof(body));
	return notify(bus, &(struct notification){summary, body, 1, SHOWN_MS});
}

static int open_bus(sd_bus **ret_bus)
{
	int r = sd_bus_open_user(ret_bus);

	return r < 0 ? r : sd_bus_set_method_call_timeout(*ret_bus, TIMEOUT_US);
}

int desktop_tell(const struct refusal_text *text, size_t more, const char *contact)
{
	sd_bus *bus = NULL;
	int r = open_bus(&bus);

	if (r >= 0)
		r = tell_refusal(bus, text, more, contact);
	sd_bus_flush_close_unref(bus);
	return r < 0 ? r : 0;
}

static int tell_challenge(sd_bus *bus, const json_t *challenge, const char *contact)
{
	char summary[128], text[CHALLENGE_TEXT_MAX], body[2 * CHALLENGE_TEXT_MAX] = "";
	json_int_t seconds = json_integer_value(json_object_get(challenge, "seconds"));
	bool markup = reads_markup(bus);

	snprintf(summary, sizeof(summary), _("A new keyboard: type %s on it"),
		 ask_text(challenge, "code"));
	challenge_text_make(challenge, text, sizeof(text));
	append(body, sizeof(body), text, markup);
	snprintf(text, sizeof(text), _("\nCall: %s"), contact);
	append(body, sizeof(body), text, markup);
	return notify(bus, &(struct notification){summary, body, 2,
						  seconds < 600 ? (int32_t)seconds * 1000 : -1});
}

int desktop_challenge(const json_t *challenge, const char *contact)
{
	sd_bus *bus = NULL;
	int r = open_bus(&bus);

	if (r >= 0)
		r = tell_challenge(bus, challenge, contact);
	sd_bus_flush_close_unref(bus);
	return r < 0 ? r : 0;
}
