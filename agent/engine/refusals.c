#include "refusals.h"

#include "cleanup.h"
#include "journal_format.h"

#include <string.h>

static const enum event_kind kinds[REFUSALS_KINDS] = {
	[REFUSALS_DEVICE] = EVENT_DEVICE_BLOCKED,
	[REFUSALS_LOGIN] = EVENT_LOGIN_REFUSED,
};

/* Who may know a field of a refusal that he or she may know of at all. What has no row, such as a
 * serial number or a key, is for the journal's readers. */
enum audience { ROOT, OWN, ANYBODY };
static const struct {
	const char *field;
	enum audience audience;
} shown[] = {
	{"device", ANYBODY}, {"vendor", ANYBODY},     {"product", ANYBODY}, {"manufacturer", OWN},
	{"name", OWN},	     {"interfaces", ANYBODY}, {"opened", ANYBODY},  {"refused", ANYBODY},
	{"driver", ANYBODY}, {"rule", ANYBODY},	      {"place", ANYBODY},   {"when", ANYBODY},
	{"reason", ANYBODY}, {"verdict", OWN},	      {"service", OWN},	    {"tty", OWN},
	{"user", OWN},	     {"seat", ROOT},	      {"rhost", ROOT},
};

static const char *text_of(const json_t *fields, const char *key)
{
	const char *text = json_string_value(json_object_get(fields, key));

	return text ? text : "";
}

static void forget(struct refusal *refusal)
{
	free(refusal->fields);
	*refusal = (struct refusal){};
}

static struct refusal *find(struct refusal *list, const char *id)
{
	for (size_t i = 0; i < REFUSALS_MAX; i++)
		if (list[i].sequence != 0 && strcmp(list[i].id, id) == 0)
			return &list[i];
	return NULL;
}

void refusals_note(struct refusals *refusals, enum event_kind kind,
		   const struct record_request *request, uint64_t sequence)
{
	for (size_t i = 0; i < REFUSALS_KINDS; i++) {
		struct refusal *refusal;

		if (kinds[i] != kind)
			continue;
		refusal = find(refusals->list[i], request->id);
		if (!refusal) {
			refusal = &refusals->list[i][refusals->next[i]];
			refusals->next[i] = (refusals->next[i] + 1) % REFUSALS_MAX;
		}
		forget(refusal);
		refusal->fields = strdup(request->fields);
		if (!refusal->fields)
			return;
		refusal->sequence = sequence;
		refusal->time_us = request->time;
		snprintf(refusal->id, sizeof(refusal->id), "%s", request->id);
	}
}

uint64_t refusals_settle(struct refusals *refusals, uint64_t durable)
{
	uint64_t newest = 0;

	for (size_t i = 0; i < REFUSALS_KINDS; i++)
		for (size_t j = 0; j < REFUSALS_MAX; j++) {
			struct refusal *refusal = &refusals->list[i][j];

			if (refusal->sequence > durable)
				forget(refusal);
			else if (refusal->sequence > newest)
				newest = refusal->sequence;
		}
	return newest;
}

/* @ret_least: fields for nobody else than that are told. */
static bool may_know(enum refusals_kind kind, const json_t *fields,
		     const struct refusals_asker *asker, enum audience *ret_least)
{
	char uid[24];

	*ret_least = asker->uid == 0 ? ROOT : OWN;
	if (asker->uid == 0)
		return true;
	if (*asker->user == '\0')
		return false;
	if (kind == REFUSALS_LOGIN)
		return strcmp(text_of(fields, "user"), asker->user) == 0;
	if (strcmp(text_of(fields, "seat"), "person") != 0) {
		*ret_least = ANYBODY;
		return true;
	}
	snprintf(uid, sizeof(uid), "%u", asker->uid);
	return strcmp(text_of(fields, "uid"), uid) == 0;
}

static json_t *select_fields(const json_t *fields, enum audience least)
{
	json_t *selected = json_object();

	for (size_t i = 0; selected && i < ARRAY_SIZE(shown); i++)
		if (shown[i].audience >= least)
			json_object_set(selected, shown[i].field,
					json_object_get(fields, shown[i].field));
	return selected;
}

static int add(json_t *array, enum refusals_kind kind, const struct refusal *refusal,
	       const json_t *fields, enum audience least)
{
	const struct event_row *row = &event_rows[kinds[kind]];
	char time[JOURNAL_TIME_SIZE] = "", code[16];
	json_t *one;

	journal_format_time(refusal->time_us, time);
	snprintf(code, sizeof(code), "S-%u", row->number);
	one = json_pack("{s:I, s:s, s:s, s:s, s:s, s:o}", "event", (json_int_t)refusal->sequence,
			"id", refusal->id, "time", time, "kind", row->name, "code", code, "fields",
			select_fields(fields, least));
	/* A line of control.sock holds no more; only a device says so much. */
	if (one && json_dumpb(one, NULL, 0, JSON_COMPACT | JSON_ENSURE_ASCII) >= PROTOCOL_EVENT_MAX)
		json_object_del(json_object_get(one, "fields"), "name");
	return json_array_append_new(array, one);
}

/* The next to be told, by number. */
static const struct refusal *next_after(const struct refusals *refusals, uint64_t sequence,
					enum refusals_kind *ret_kind)
{
	const struct refusal *next = NULL;

	for (int i = 0; i < REFUSALS_KINDS; i++)
		for (size_t j = 0; j < REFUSALS_MAX; j++) {
			const struct refusal *refusal = &refusals->list[i][j];

			if (refusal->sequence <= sequence ||
			    (next && refusal->sequence > next->sequence))
				continue;
			next = refusal;
			*ret_kind = (enum refusals_kind)i;
		}
	return next;
}

json_t *refusals_tell(const struct refusals *refusals, const struct refusals_asker *asker)
{
	enum refusals_kind kind = REFUSALS_DEVICE;
	const struct refusal *refusal = NULL;
	json_t *array = json_array();
	int r = 0;

	while (array && r == 0 &&
	       (refusal = next_after(refusals, refusal ? refusal->sequence : 0, &kind))) {
		json_t *fields = json_loads(refusal->fields, 0, NULL);
		enum audience least;

		if (may_know(kind, fields, asker, &least))
			r = add(array, kind, refusal, fields, least);
		json_decref(fields);
	}
	if (r == 0)
		return array;
	json_decref(array);
	return NULL;
}

void refusals_release(struct refusals *refusals)
{
	refusals_settle(refusals, 0);
}
