/* An event: a typed record with a stable name. The table of kinds is the catalogue;
 * sekisho-events(5) lists every row. Values are text from anywhere; they are escaped here, never by
 * the caller.
 *
 * Each kind has a number that people can read to each other, S-4001. A number is never given again,
 * nor changed, also when its kind is gone. S-1nnn are the PAM module's, S-2nnn authd's; events have
 * S-40nn log-ins, S-41nn keys, S-42nn the switch, S-43nn devices, S-44nn the agent, S-45nn policy,
 * S-46nn the journal, S-47nn the terminal, S-48nn the collector.
 *
 * Class and activity are those of OCSF 1.8.0 (repository ocsf/ocsf-schema):
 *   1008  events/system/event_log_activity.json
 *   1010  events/system/peripheral_activity.json
 *   2004  events/findings/detection_finding.json
 *   3001  events/iam/account_change.json
 *   3002  events/iam/authentication.json
 *   5019  events/discovery/device_config_state_change.json
 *   6002  events/application/application_lifecycle.json
 *   6008  events/application/application_error.json
 * A class is its category's number, three digits, and the file's "uid". Activity 99 is "Other",
 * where the class has no word for it. A refused device is a Connect that failed: 1010 has no
 * activity for it. */
#ifndef SEKISHO_EVENT_H
#define SEKISHO_EVENT_H

#include "protocol.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EVENT_VALUE_MAX 512 /* bytes of an escaped value; longer ones are cut with "..." */

enum event_severity {
	EVENT_INFO = 1,
	EVENT_LOW,
	EVENT_MEDIUM,
	EVENT_HIGH,
	EVENT_CRITICAL,
};

enum event_kind {
	EVENT_LOGIN_GRANTED,
	EVENT_LOGIN_REFUSED,
	EVENT_LOGIN_EXEMPT,
	EVENT_LOGIN_OPENED,
	EVENT_LOGIN_UNFINISHED,
	EVENT_KEY_ADDED,
	EVENT_KEY_REVOKED,
	EVENT_KEY_SUSPECT,
	EVENT_OTP_ADDED,
	EVENT_OTP_REMOVED,
	EVENT_OTP_RESYNCED,
	EVENT_DEVICE_ALLOWED,
	EVENT_DEVICE_BLOCKED,
	EVENT_DEVICE_GONE,
	EVENT_DEVICE_AUDITED,
	EVENT_ATTEMPT_REFUSED,
	EVENT_ENGINE_START,
	EVENT_ENGINE_STOP,
	EVENT_ENGINE_OVERRUN,
	EVENT_ENGINE_FAULT,
	EVENT_POLICY_LOADED,
	EVENT_POLICY_REJECTED,
	EVENT_POLICY_AUDIT,
	EVENT_STORE_TORN,
	EVENT_STORE_BREAK,
	EVENT_STORE_FAULT,
	EVENT_STORE_CHECKPOINT,
	EVENT_STORE_DROPPED,
	EVENT_STORE_MISMATCH,
	EVENT_DOOR_ENABLED,
	EVENT_DOOR_DISABLED,
	EVENT_ENGINE_DROPPED,
	EVENT_CLOCK_CHANGED,
	EVENT_TAMPER_FOUND,
	EVENT_COLLECTOR_LOST,
	EVENT_COLLECTOR_BACK,
	EVENT_CHALLENGE_ASKED,
	EVENT_CHALLENGE_PASSED,
	EVENT_CHALLENGE_FAILED,
	EVENT_ROSTER_IMPORTED,
	EVENT_RIGHTS_CHANGED,
	EVENT_ROSTER_RESTORED,
	EVENT_LOGIN_LOCKED,
	EVENT_LOGIN_UNLOCKED,
	EVENT_KEY_REMOVED,
	EVENT_OPERATOR_CHANGED,
	EVENT_SESSION_LOCKED,
	EVENT_SESSION_ENDED,
	EVENT_SESSION_EXPOSED,
	EVENT_LOGIN_WITNESSED,
	EVENT_SUBSTITUTE_USED,
	EVENT_REVOCATIONS_TAKEN,
	EVENT_SUBSTITUTE_ANSWERED,
	EVENT_SETTINGS_SEEN,
	EVENT_SETTINGS_CHANGED,
	EVENT_KEY_LAPSED,
	EVENT_CLOCK_DIFFERS,
	EVENT_CLOCK_AGREES,
	EVENT_KIND_COUNT
};

/* Whether what was tried came about. */
enum event_outcome {
	EVENT_UNKNOWN,
	EVENT_SUCCESS,
	EVENT_FAILURE,
};

/* Who gets the last room of a full disk. */
enum event_weight {
	EVENT_ORDINARY,
	EVENT_URGENT, /* nobody brings it about at will who was not let in */
};

struct event_row {
	const char *name; /* "login.granted" */
	enum event_severity severity;
	const char *meaning; /* English, one line, translated where shown */
	unsigned int number; /* 4001 */
	unsigned int class_uid, activity_id; /* OCSF */
	enum event_outcome outcome;
	const char *const *fields; /* all it may have; ends with NULL */
	enum event_weight weight;
};

extern const struct event_row event_rows[EVENT_KIND_COUNT];

/* -ENOENT for an unknown name. */
int event_kind_from_name(const char *name, enum event_kind *ret_kind);

/* OCSF's type_uid: one number for class and activity. */
unsigned int event_type_uid(const struct event_row *row);

/* NULL, or the name of a member of @fields that the kind's row does not list. Builds with
 * SEKISHO_STRICT (MODE=san, fuzz, cov) abort on one that is sent or chained. */
const char *event_stray_field(enum event_kind kind, const json_t *fields);
void event_check_fields(enum event_kind kind, const json_t *fields);

struct event {
	enum event_kind kind;
	char id[37]; /* random, version 4 UUID as RFC 9562 writes it */
	uint64_t time_us; /* microseconds since 1970 UTC */
	json_t *fields; /* object of strings */
	int error; /* first error of event_set, told by event_to_record */
};

/* A new event of @kind that happened now. Release with event_release (or _cleanup_event_). */
int event_begin(struct event *event, enum event_kind kind);
void event_release(struct event *event);
#define _cleanup_event_ __attribute__((cleanup(event_release)))

/* Sets a field: @key is ours ([a-z_]+), @value is hostile. NULL or "" is left out. Errors stick. */
void event_set(struct event *event, const char *key, const char *value);
void event_set_bytes(struct event *event, const char *key, const char *value, size_t length);
void event_set_number(struct event *event, const char *key, uint64_t value);

/* The event as the message for record.sock. -EMSGSIZE, -ENOMEM or event_set's first error. */
int event_to_record(const struct event *event, struct record_request *ret_record);

/* Sends to the engine and waits until it is durable: 0. An errno above 0 is the engine's answer
 * that it did not record; -errno: there was no answer by the deadline. */
int event_send(const char *socket_path, const struct record_request *record, int64_t deadline);

/* The same in two halves: the connection is the caller's, and may be asked again after -ETIMEDOUT.
 */
int event_ask(const char *socket_path, const struct record_request *record, int64_t deadline,
	      int *ret_fd);
int event_answer(int fd, int64_t deadline);

/* The engine's answer is about the event, not about its disk: it will never take it. */
bool event_is_refused(int result);

#endif
