#include "logins.h"

#include "cleanup.h"

#include <string.h>

static const char *const kept[] = {"user",  "service",	"tty",	  "credential",
				   "label", "operator", "session"};

static const char *text_of(const json_t *fields, const char *key)
{
	const char *text = json_string_value(json_object_get(fields, key));

	return text ? text : "";
}

static const char *without_dev(const char *tty)
{
	return strncmp(tty, "/dev/", strlen("/dev/")) == 0 ? tty + strlen("/dev/") : tty;
}

static bool is_same(const json_t *a, const json_t *b, const char *key)
{
	return strcmp(text_of(a, key), text_of(b, key)) == 0;
}

static void forget(struct login_noted *login)
{
	json_decref(login->fields);
	*login = (struct login_noted){};
}

/* The oldest goes where all places are taken. @fields is consumed. */
static void put(struct logins *logins, const char *id, json_t *fields, bool opened)
{
	struct login_noted *login = &logins->list[logins->next];

	forget(login);
	if (!fields)
		return;
	snprintf(login->id, sizeof(login->id), "%s", id);
	login->fields = fields;
	login->opened = opened;
	logins->next = (logins->next + 1) % LOGINS_MAX;
}

static json_t *keep(const json_t *fields)
{
	json_t *few = json_object();

	for (size_t i = 0; few && i < ARRAY_SIZE(kept); i++)
		json_object_set(few, kept[i], json_object_get(fields, kept[i]));
	return few;
}

/* One log-in counts of a person at one door: the last. */
static void forget_earlier(struct logins *logins, const json_t *fields)
{
	for (size_t i = 0; i < LOGINS_MAX; i++) {
		struct login_noted *login = &logins->list[i];

		if (login->opened && is_same(login->fields, fields, "user") &&
		    is_same(login->fields, fields, "service") &&
		    is_same(login->fields, fields, "tty") &&
		    is_same(login->fields, fields, "session"))
			forget(login);
	}
}

static void open_up(struct logins *logins, const char *id)
{
	for (size_t i = 0; i < LOGINS_MAX; i++) {
		struct login_noted *login = &logins->list[i];
		json_t *fields;

		if (login->opened || !login->fields || strcmp(login->id, id) != 0)
			continue;
		fields = json_incref(login->fields);
		forget(login);
		forget_earlier(logins, fields);
		put(logins, id, fields, true);
		return;
	}
}

/* sudo and su in a window, and log-ins from afar, are not how somebody came to sit here. */
static bool is_from_elsewhere(const json_t *fields)
{
	return strncmp(without_dev(text_of(fields, "tty")), "pts/", strlen("pts/")) == 0 ||
	       *text_of(fields, "rhost") != '\0';
}

/* Of a session of a shared account, whose log-in tells no longer who is there. */
static void take_over(struct logins *logins, const char *id, const json_t *fields)
{
	for (size_t i = 0; i < LOGINS_MAX; i++) {
		struct login_noted *login = &logins->list[i];

		if (*text_of(login->fields, "session") && is_same(login->fields, fields, "user") &&
		    is_same(login->fields, fields, "session"))
			forget(login);
	}
	put(logins, id, keep(fields), true);
}

void logins_note(struct logins *logins, enum event_kind kind, const char *id, json_t *fields)
{
	if (kind == EVENT_DOOR_DISABLED)
		logins_release(logins); /* who comes now shows no key, and is not told here */
	if (kind == EVENT_OPERATOR_CHANGED)
		take_over(logins, id, fields);
	if (kind == EVENT_LOGIN_OPENED)
		open_up(logins, text_of(fields, "login"));
	if ((kind != EVENT_LOGIN_GRANTED && kind != EVENT_LOGIN_EXEMPT) ||
	    is_from_elsewhere(fields))
		return;
	/* An exempted one is not told of again: from now on the key of before says nothing. */
	if (kind == EVENT_LOGIN_EXEMPT)
		forget_earlier(logins, fields);
	put(logins, id, keep(fields), kind == EVENT_LOGIN_EXEMPT);
}

static bool is_of(const json_t *fields, const struct seat *seat)
{
	if (*text_of(fields, "session"))
		return strcmp(text_of(fields, "user"), seat->user) == 0 &&
		       strcmp(text_of(fields, "session"), seat->session) == 0;
	return strcmp(text_of(fields, "user"), seat->user) == 0 &&
	       strcmp(text_of(fields, "service"), seat->service) == 0 &&
	       (!seat->tty[0] || strcmp(without_dev(text_of(fields, "tty")), seat->tty) == 0);
}

void logins_describe(const struct logins *logins, const struct seat *seat, struct event *event)
{
	const struct login_noted *found = NULL;

	if (seat->state != SEAT_PERSON || !seat->service[0])
		return;
	/* From the oldest place on. */
	for (size_t i = 0; i < LOGINS_MAX; i++) {
		const struct login_noted *login = &logins->list[(logins->next + i) % LOGINS_MAX];

		if (login->opened && is_of(login->fields, seat))
			found = login;
	}
	if (!found)
		return;
	/* They were escaped when they came. */
	json_object_set(event->fields, "credential", json_object_get(found->fields, "credential"));
	json_object_set(event->fields, "label", json_object_get(found->fields, "label"));
	json_object_set(event->fields, "operator", json_object_get(found->fields, "operator"));
}

void logins_release(struct logins *logins)
{
	for (size_t i = 0; i < LOGINS_MAX; i++)
		forget(&logins->list[i]);
}
