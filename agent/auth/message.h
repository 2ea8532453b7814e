/* Everything a person reads during a log-in: one numbered table, in Japanese and English. */
#ifndef SEKISHO_MESSAGE_H
#define SEKISHO_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

enum message {
	MESSAGE_INSERT,
	MESSAGE_KEY_BUSY,
	MESSAGE_PIN,
	MESSAGE_PIN_OF_KEY,
	MESSAGE_PIN_LEFT,
	MESSAGE_PIN_LAST,
	MESSAGE_TOUCH,
	MESSAGE_FINGER,
	MESSAGE_FINGER_FAILED,
	MESSAGE_REMOTE,
	MESSAGE_CODE_OR_KEY,
	MESSAGE_CODE_OR_YES,
	MESSAGE_CODE,
	MESSAGE_PASSWORD_AND_CODE,
	MESSAGE_NO_KEY,
	MESSAGE_KEY_GONE,
	MESSAGE_NOT_ACCEPTED,
	MESSAGE_PIN_WRONG,
	MESSAGE_PIN_WRONG_LEFT,
	MESSAGE_PIN_SHORT,
	MESSAGE_PIN_NOT_SET,
	MESSAGE_PIN_MUST_CHANGE,
	MESSAGE_REPLUG,
	MESSAGE_PIN_BLOCKED,
	MESSAGE_UNTOUCHED,
	MESSAGE_UNANSWERED,
	MESSAGE_DENIED,
	MESSAGE_FINGER_BLOCKED,
	MESSAGE_TOKEN_FAULT,
	MESSAGE_SUSPECT,
	MESSAGE_STILL_BUSY,
	MESSAGE_NOT_CONFIRMED,
	MESSAGE_PIN_LONG,
	MESSAGE_SEVERAL_KEYS,
	MESSAGE_CODE_WRONG,
	MESSAGE_CODE_UNANSWERED,
	MESSAGE_CODE_BLOCKED,
	MESSAGE_CODE_BUSY,
	MESSAGE_LOCKED,
	MESSAGE_LOCKED_SECONDS,
	MESSAGE_TERMINAL_LOCKED,
	MESSAGE_KEY_AFAR,
	MESSAGE_NOT_HERE,
	MESSAGE_CANNOT_STORE,
	MESSAGE_CANNOT_RECORD,
	MESSAGE_MISCONFIGURED,
	MESSAGE_FORBIDDEN,
	MESSAGE_BROKEN,
	MESSAGE_RECORD_LATE,
	MESSAGE_WITNESS,
	MESSAGE_OUTSIDE_HOURS,
	MESSAGE_SECOND_AFAR,
	MESSAGE_SECOND_UNANSWERED,
	MESSAGE_KEY_OR_WORDS,
	MESSAGE_CODE_KEY_OR_WORDS,
	MESSAGE_VOUCHER,
	MESSAGE_SUBSTITUTE_CLOCK,
	MESSAGE_SUBSTITUTE_OVER,
	MESSAGE_SUBSTITUTE_ENDS,
	MESSAGE_REVOCATIONS,
	MESSAGE_REVOCATIONS_OLD,
	MESSAGE_PHONE_VOUCHER,
	MESSAGE_CHALLENGE,
	MESSAGE_ANSWER_TERMINAL,
	MESSAGE_ANSWER_USER,
	MESSAGE_ANSWER_NUMBER,
	MESSAGE_ANSWER,
	MESSAGE_ANSWER_MALFORMED,
	MESSAGE_ANSWER_UNKNOWN,
	MESSAGE_ANSWER_WRONG,
	MESSAGE_NOT_SHARED,
	MESSAGE_NO_SESSION,
	MESSAGE_COUNT
};

struct message_row {
	unsigned int number; /* shown as S-2xxx; never reused */
	const char *text; /* English, the key of lib/po/ */
};

extern const struct message_row message_rows[MESSAGE_COUNT];

/* What goes in the place of {service}, {terminal}, {key}, {seconds}, {left}, {length}, {minutes},
 * {time}, {user}, {words}, {number}. */
struct message_values {
	const char *service;
	const char *terminal; /* this machine's name */
	const char *key; /* label */
	unsigned int seconds;
	unsigned int left;
	unsigned int length;
	unsigned int minutes;
	const char *time; /* of day, or from one to another */
	const char *user;
	const char *words; /* of which one is to be typed */
	const char *number; /* digits to be read out */
};

/* Chooses the language of message_format: Japanese from the catalogue below @locale_dir, or
 * English. -ENOENT if the C library has no C.UTF-8. Not while another thread writes a message. */
int message_language(const char *locale_dir, bool japanese);

/* The message with its number and values; what is put in is escaped. Cut if it does not fit. */
void message_format(enum message message, const struct message_values *values, char *text,
		    size_t size);

#endif
