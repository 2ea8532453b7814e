/* pam-u2f's file of keys: a line a person, USER:HANDLE,KEY,TYPE,OPTIONS:... (base64), or as older
 * versions wrote it, USER:HANDLE,KEY:... with the key in hexadecimal. Pure. */
#ifndef SEKISHO_U2FKEYS_H
#define SEKISHO_U2FKEYS_H

#include "agent/auth/roster.h"

#define U2FKEYS_LINE_MAX 16384 /* bytes of a line */

enum u2fkeys_note {
	U2FKEYS_TOUCH_ALONE, /* it asked for no PIN */
	U2FKEYS_PIN_ALONE, /* it took no fingerprint in the PIN's place */
	U2FKEYS_NO_TOUCH, /* it asked for no touch */
	U2FKEYS_NOTE_COUNT
};

/* Not translated. */
extern const char *const u2fkeys_notes[U2FKEYS_NOTE_COUNT];

struct u2fkeys_credential {
	struct roster_entry key; /* without a user; always with uv=required */
	unsigned int notes; /* bits of enum u2fkeys_note */
	const char *refusal; /* why it can't be carried over, not translated; NULL: it can */
};

/* Takes the zero-terminated @line apart in place: the person's name, and where the credentials
 * begin. -EINVAL where there is none. */
int u2fkeys_begin(char *line, const char **ret_user, char **ret_rest);

/* The next one. False: that was all. */
bool u2fkeys_next(char **rest, struct u2fkeys_credential *ret_credential);

/* ":HANDLE,KEY,TYPE,OPTIONS" of a key, allocated. NULL: no memory. */
char *u2fkeys_format(const struct roster_entry *key);

#endif
