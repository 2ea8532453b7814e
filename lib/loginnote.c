#include "loginnote.h"

#include "cleanup.h"
#include "notefile.h"
#include "number.h"

#include <errno.h>
#include <string.h>

/* They ask within a session that is there already, and open none of their own. */
static const char *const within[] = {"sudo",	  "sudo-i",   "su",	"su-l", "runuser",
				     "runuser-l", "polkit-1", "passwd", "chfn", "chsh"};

#define TEXT(member, may_lack) NOTEFILE_MEMBER(TEXT, #member, struct login_note, member, may_lack)
#define INT32(name, member, may_lack)                                                              \
	NOTEFILE_MEMBER(INT32, name, struct login_note, member, may_lack)
#define INT64(name, member, may_lack)                                                              \
	NOTEFILE_MEMBER(INT64, name, struct login_note, member, may_lack)

static const struct notefile_member members[] = {
	TEXT(user, false),
	TEXT(service, false),
	TEXT(tty, false),
	TEXT(credential, false),
	TEXT(label, false),
	TEXT(rp_id, false),
	TEXT(key.instance, false),
	TEXT(key.identity, false),
	TEXT(session, true),
	TEXT(person, true),
	INT32("pid", asked.pid, false),
	INT64("pid_started", asked.started, true),
	INT32("parent", parent.pid, false),
	INT64("parent_started", parent.started, true),
	INT64("at_ms", at_ms, false),
	INT64("at_boottime_ms", at_boottime_ms, false),
	INT64("ends_at_ms", ends_at_ms, true),
	INT64("day", last_day, true),
};

bool loginnote_is_wanted(const char *service)
{
	for (size_t i = 0; i < ARRAY_SIZE(within); i++)
		if (strcmp(within[i], service) == 0)
			return false;
	return true;
}

bool loginnote_is_over(const struct login_note *note, int64_t boottime_ms, uint32_t today)
{
	return (note->ends_at_ms != 0 && boottime_ms >= note->ends_at_ms) ||
	       (note->last_day != 0 && (int64_t)today > note->last_day);
}

int loginnote_write(int directory, const struct login_note *note)
{
	char hex[2 * LOGINNOTE_CREDENTIAL_MAX + 1];
	json_t *object;

	if (note->key_id_length > sizeof(note->key_id))
		return -EBADMSG;
	object = notefile_pack(note, members, ARRAY_SIZE(members));
	hex_format(note->key_id, note->key_id_length, hex);
	if (object && json_object_set_new(object, "key_id", json_string(hex)) < 0) {
		json_decref(object);
		return -ENOMEM;
	}
	return notefile_write(directory, note->id, object, 0640);
}

static int unpack(const json_t *object, struct login_note *note)
{
	const char *hex = json_string_value(json_object_get(object, "key_id"));

	if (!hex || hex_parse(hex, note->key_id, sizeof(note->key_id), &note->key_id_length) < 0)
		return -EBADMSG;
	return notefile_unpack(object, members, ARRAY_SIZE(members), note);
}

int loginnote_read(int directory, const char *name, struct login_note *ret_note)
{
	struct login_note note = {};
	json_t *object = NULL;
	int r = notefile_read(directory, name, note.id, &note.opened, &object);

	if (r == 0)
		r = unpack(object, &note);
	json_decref(object);
	if (r == 0)
		*ret_note = note;
	return r;
}
