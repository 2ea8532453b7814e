#include "event.h"

#include "cleanup.h"
#include "clock.h"
#include "escape.h"
#include "number.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#define ERRNO_MAX 4095 /* the kernel's */

/* What a kind may tell, in the manual's order. */
#define PERSON "user", "service", "tty", "rhost", "ruser", "caller"
#define DEVICE                                                                                     \
	"device", "vendor", "product", "manufacturer", "name", "serial", "wwid", "path",           \
		"descriptors", "internal", "interfaces", "opened", "refused", "audited", "reason", \
		"driver", "rule", "place", "when", "error", "suppressed"
#define SEAT_PERSON "seat", "user", "uid"
#define SEAT	    SEAT_PERSON, "credential", "label", "operator"

static const char *const judged_login[] = {
	PERSON,	    "operator",		 "verdict",	 "reason",
	"factor",   "credential",	 "label",	 "method",
	"verified", "counter",		 "node",	 "ms",
	"second",   "second_credential", "second_label", NULL};
static const char *const opened_login[] = {PERSON, "operator", "login", NULL};
static const char *const unfinished_login[] = {PERSON, "operator", "login", "reason", NULL};
static const char *const witnessed[] = {PERSON, "login", "witness", "credential", "label", NULL};
static const char *const substituted[] = {PERSON,   "login", "voucher",	 "credential", "label",
					  "method", "count", "terminal", NULL};
static const char *const answered[] = {"user",	"terminal",   "voucher", "tty", "caller",
				       "login", "credential", "label",	 NULL};
static const char *const locked[] = {PERSON, "login", "reason", "tries", "seconds", NULL};
static const char *const unlocked[] = {"user", "tries", "day", "caller", NULL};
static const char *const changed_key[] = {"user",	 "credential", "label",
					  "attestation", "caller",     NULL};
static const char *const changed_code[] = {"user", "method", "caller", NULL};
static const char *const imported[] = {"file", "sha256", "rows", "caller", NULL};
static const char *const restored[] = {"sha256", "replaced", "since", "people",
				       "keys",	 "caller",   NULL};
static const char *const changed_rights[] = {
	"user",	      "operator", "operation", "from",	    "to",    "category", "label",
	"credential", "caller",	  "rights",    "witnessed", "hours", NULL};
static const char *const suspect_key[] = {"user",    "operator", "credential", "label",
					  "counter", "login",	 NULL};
static const char *const judged_device[] = {DEVICE, SEAT, NULL};
static const char *const challenged[] = {DEVICE, "outcome", SEAT, NULL};
static const char *const device[] = {DEVICE, NULL};
static const char *const attempted[] = {"action",    "device",	"path",	   "filesystem", "source",
					"family",    "command", "program", "pid",	 "caller",
					SEAT_PERSON, "count",	"missed",  NULL};
static const char *const begun[] = {"version", NULL};
static const char *const error[] = {"error", NULL};
static const char *const overrun[] = {"count", NULL};
static const char *const fault[] = {"fault", "count", DEVICE, SEAT_PERSON, NULL};
static const char *const policy[] = {"file", "rules", NULL};
static const char *const seen_settings[] = {"group", "files", "sha256", "missed", NULL};
static const char *const changed_settings[] = {"group", "file", "sha256", "replaced", NULL};
static const char *const torn[] = {"file", "offset", "bytes", "error", NULL};
static const char *const broken[] = {"damage",	       "file",	 "line", "last_good",
				     "last_good_hash", "sha256", NULL};
static const char *const disk[] = {"error", "what", "store", "dropped", NULL};
static const char *const sealed[] = {"reason", "key", "period", "mac", "signature", NULL};
static const char *const dropped[] = {"first",	"last",	 "hash",  "mark",
				      "reason", "files", "bytes", NULL};
static const char *const mismatch[] = {"verified", "hash", "found", "given", NULL};
static const char *const list[] = {"number", "given", "keys", "people", "by", NULL};
static const char *const door[] = {"by", "reason", "administrator", NULL};
static const char *const unheard[] = {"socket", "strangers", "overflow", "limited",
				      "stray",	"garbage",   "expired",	 NULL};
static const char *const step[] = {"before", "after", "offset_ms", NULL};
static const char *const tampered[] = {"object",   "path",  "found", "expected",
				       "restored", "error", "count", NULL};
static const char *const lost[] = {"collector", "reason", "error", "since", "waiting", NULL};
static const char *const clocks[] = {"collector", "ahead", NULL};
static const char *const back[] = {"collector", "since", "seconds", "waiting", NULL};

static const char *const changed_operator[] = {PERSON,	     "operator", "previous", "session",
					       "credential", "label",	 "login",    NULL};
static const char *const watched[] = {"user",	"operator",   "session", "service",
				      "tty",	"credential", "label",	 "login",
				      "reason", "error",      NULL};

const struct event_row event_rows[EVENT_KIND_COUNT] = {
	[EVENT_LOGIN_GRANTED] = {"login.granted", EVENT_INFO, "the second factor was verified",
				 4001, 3002, 6, EVENT_SUCCESS, judged_login, EVENT_URGENT},
	[EVENT_LOGIN_REFUSED] = {"login.refused", EVENT_MEDIUM, "the second factor was refused",
				 4002, 3002, 1, EVENT_FAILURE, judged_login, EVENT_ORDINARY},
	[EVENT_LOGIN_EXEMPT] = {"login.exempt", EVENT_MEDIUM,
				"a root-owned rule applied; no key was asked for", 4003, 3002, 6,
				EVENT_SUCCESS, judged_login, EVENT_URGENT},
	[EVENT_LOGIN_OPENED] = {"login.opened", EVENT_INFO, "all factors were accepted", 4004, 3002,
				1, EVENT_SUCCESS, opened_login, EVENT_URGENT},
	[EVENT_LOGIN_UNFINISHED] =
		{"login.unfinished", EVENT_MEDIUM,
		 "the second factor was verified, but the log-in went no further: "
		 "a wrong password, or given up",
		 4005, 3002, 1, EVENT_FAILURE, unfinished_login, EVENT_ORDINARY},
	[EVENT_LOGIN_LOCKED] = {"login.locked", EVENT_MEDIUM,
				"too many wrong answers: the next try has to wait", 4006, 3001, 9,
				EVENT_SUCCESS, locked, EVENT_ORDINARY},
	[EVENT_LOGIN_UNLOCKED] = {"login.unlocked", EVENT_LOW,
				  "an administrator ended the wait after wrong answers", 4007, 3001,
				  12, EVENT_SUCCESS, unlocked, EVENT_URGENT},
	[EVENT_KEY_ADDED] = {"key.added", EVENT_LOW, "a key was registered for a person", 4101,
			     3001, 10, EVENT_SUCCESS, changed_key, EVENT_URGENT},
	[EVENT_KEY_REVOKED] = {"key.revoked", EVENT_LOW, "a person's key was revoked", 4102, 3001,
			       11, EVENT_SUCCESS, changed_key, EVENT_URGENT},
	[EVENT_KEY_SUSPECT] = {"key.suspect", EVENT_CRITICAL,
			       "a key's signature counter went back: it may have been cloned", 4103,
			       2004, 1, EVENT_UNKNOWN, suspect_key, EVENT_URGENT},
	[EVENT_OTP_ADDED] = {"otp.added", EVENT_LOW, "one-time codes were registered for a person",
			     4104, 3001, 10, EVENT_SUCCESS, changed_code, EVENT_URGENT},
	[EVENT_OTP_REMOVED] = {"otp.removed", EVENT_LOW, "a person's one-time codes were removed",
			       4105, 3001, 11, EVENT_SUCCESS, changed_code, EVENT_URGENT},
	[EVENT_OTP_RESYNCED] = {"otp.resynced", EVENT_LOW,
				"a person's one-time codes were brought in step again", 4106, 3001,
				99, EVENT_SUCCESS, changed_code, EVENT_URGENT},
	[EVENT_ROSTER_IMPORTED] = {"roster.imported", EVENT_LOW,
				   "people and keys were registered or changed in bulk", 4111, 3001,
				   99, EVENT_SUCCESS, imported, EVENT_URGENT},
	[EVENT_RIGHTS_CHANGED] = {"rights.changed", EVENT_LOW,
				  "the days or the position of a person or a key were changed",
				  4112, 3001, 99, EVENT_SUCCESS, changed_rights, EVENT_URGENT},
	[EVENT_ROSTER_RESTORED] = {"roster.restored", EVENT_MEDIUM,
				   "the last change of people and keys in bulk was undone", 4113,
				   3001, 99, EVENT_SUCCESS, restored, EVENT_URGENT},
	[EVENT_DEVICE_ALLOWED] = {"device.allowed", EVENT_INFO, "a device was let in by a rule",
				  4301, 1010, 1, EVENT_SUCCESS, judged_device, EVENT_ORDINARY},
	[EVENT_DEVICE_BLOCKED] = {"device.blocked", EVENT_MEDIUM, "a device was refused", 4302,
				  1010, 1, EVENT_FAILURE, judged_device, EVENT_ORDINARY},
	[EVENT_DEVICE_GONE] = {"device.gone", EVENT_INFO, "a device was unplugged", 4303, 1010, 2,
			       EVENT_SUCCESS, device, EVENT_ORDINARY},
	[EVENT_DEVICE_AUDITED] = {"device.audited", EVENT_MEDIUM,
				  "a device was let in that the rules block: they are not enforced",
				  4304, 1010, 1, EVENT_SUCCESS, judged_device, EVENT_ORDINARY},
	[EVENT_CHALLENGE_ASKED] =
		{"challenge.asked", EVENT_LOW,
		 "a new keyboard works once the code on the screen was typed on it", 4305, 1010, 99,
		 EVENT_UNKNOWN, challenged, EVENT_ORDINARY},
	[EVENT_CHALLENGE_PASSED] = {"challenge.passed", EVENT_LOW,
				    "the code was typed on a new keyboard", 4306, 1010, 99,
				    EVENT_SUCCESS, challenged, EVENT_ORDINARY},
	[EVENT_CHALLENGE_FAILED] = {"challenge.failed", EVENT_MEDIUM,
				    "the code was not typed on a new keyboard: it stays closed",
				    4307, 1010, 99, EVENT_FAILURE, challenged, EVENT_ORDINARY},
	[EVENT_ATTEMPT_REFUSED] = {"attempt.refused", EVENT_MEDIUM,
				   "the kernel refused what somebody tried", 4310, 2004, 1,
				   EVENT_FAILURE, attempted, EVENT_ORDINARY},
	[EVENT_ENGINE_START] = {"engine.start", EVENT_INFO, "the agent began to judge devices",
				4401, 6002, 3, EVENT_SUCCESS, begun, EVENT_URGENT},
	[EVENT_ENGINE_STOP] = {"engine.stop", EVENT_MEDIUM, "the agent was stopped", 4402, 6002, 4,
			       EVENT_SUCCESS, error, EVENT_URGENT},
	[EVENT_ENGINE_OVERRUN] =
		{"engine.overrun", EVENT_MEDIUM,
		 "the kernel dropped device messages: all devices were judged anew", 4403, 6008, 1,
		 EVENT_FAILURE, overrun, EVENT_ORDINARY},
	[EVENT_ENGINE_FAULT] = {"engine.fault", EVENT_HIGH, "a judgement could not be carried out",
				4404, 6008, 1, EVENT_FAILURE, fault, EVENT_ORDINARY},
	[EVENT_POLICY_LOADED] = {"policy.loaded", EVENT_INFO, "the device rules were read", 4501,
				 5019, 1, EVENT_SUCCESS, policy, EVENT_ORDINARY},
	[EVENT_POLICY_REJECTED] = {"policy.rejected", EVENT_HIGH,
				   "the device rules or the inventory of disks are wrong: the last "
				   "good ones stay",
				   4502, 5019, 1, EVENT_FAILURE, error, EVENT_URGENT},
	[EVENT_POLICY_AUDIT] = {"policy.audit", EVENT_HIGH,
				"the device rules are not enforced: what they block is let in",
				4503, 5019, 1, EVENT_SUCCESS, policy, EVENT_URGENT},
	[EVENT_STORE_TORN] = {"store.torn", EVENT_LOW,
			      "an unfinished line at the journal's end was set aside", 4601, 1008,
			      99, EVENT_SUCCESS, torn, EVENT_URGENT},
	[EVENT_STORE_BREAK] = {"store.break", EVENT_CRITICAL,
			       "the journal was damaged or altered: it goes on in a new segment",
			       4602, 1008, 99, EVENT_FAILURE, broken, EVENT_URGENT},
	[EVENT_STORE_FAULT] = {"store.fault", EVENT_HIGH, "the journal's disk reported an error",
			       4603, 1008, 99, EVENT_FAILURE, disk, EVENT_URGENT},
	[EVENT_STORE_CHECKPOINT] = {"store.checkpoint", EVENT_INFO,
				    "the journal up to here was sealed", 4604, 1008, 99,
				    EVENT_SUCCESS, sealed, EVENT_URGENT},
	[EVENT_STORE_DROPPED] = {"store.dropped", EVENT_LOW,
				 "the journal's oldest records were dropped, as its policy says",
				 4605, 1008, 2, EVENT_SUCCESS, dropped, EVENT_URGENT},
	[EVENT_STORE_MISMATCH] = {"store.mismatch", EVENT_CRITICAL,
				  "the collector verified another journal than the one here", 4606,
				  1008, 99, EVENT_FAILURE, mismatch, EVENT_URGENT},
	[EVENT_DOOR_ENABLED] = {"door.enabled", EVENT_LOW, "two-factor log-in was switched on",
				4201, 5019, 1, EVENT_SUCCESS, door, EVENT_URGENT},
	[EVENT_DOOR_DISABLED] = {"door.disabled", EVENT_HIGH, "two-factor log-in was switched off",
				 4202, 5019, 1, EVENT_SUCCESS, door, EVENT_URGENT},
	[EVENT_ENGINE_DROPPED] = {"engine.dropped", EVENT_MEDIUM,
				  "connections to the journal were closed unheard", 4405, 6008, 1,
				  EVENT_FAILURE, unheard, EVENT_ORDINARY},
	[EVENT_CLOCK_CHANGED] = {"clock.changed", EVENT_MEDIUM, "the terminal's clock was set",
				 4701, 5019, 1, EVENT_SUCCESS, step, EVENT_ORDINARY},
	[EVENT_TAMPER_FOUND] = {"tamper.found", EVENT_HIGH,
				"what Sekisho keeps was found changed by somebody else", 4710, 2004,
				1, EVENT_UNKNOWN, tampered, EVENT_URGENT},
	[EVENT_COLLECTOR_LOST] = {"collector.lost", EVENT_MEDIUM,
				  "no collector has taken an event for a while", 4801, 1008, 3,
				  EVENT_FAILURE, lost, EVENT_ORDINARY},
	[EVENT_COLLECTOR_BACK] = {"collector.back", EVENT_INFO, "a collector takes events again",
				  4802, 1008, 3, EVENT_SUCCESS, back, EVENT_ORDINARY},
	[EVENT_CLOCK_DIFFERS] = {"clock.differs", EVENT_MEDIUM,
				 "the terminal's clock and the collector's differ", 4702, 5019, 1,
				 EVENT_FAILURE, clocks, EVENT_ORDINARY},
	[EVENT_CLOCK_AGREES] = {"clock.agrees", EVENT_INFO,
				"the terminal's clock and the collector's agree", 4703, 5019, 1,
				EVENT_SUCCESS, clocks, EVENT_ORDINARY},
	[EVENT_KEY_REMOVED] = {"key.removed", EVENT_INFO,
			       "the key with which somebody is logged in was pulled out", 4107,
			       3002, 99, EVENT_UNKNOWN, watched, EVENT_URGENT},
	[EVENT_KEY_LAPSED] = {"key.lapsed", EVENT_MEDIUM,
			      "the key with which somebody is logged in opens nothing any more",
			      4108, 3002, 99, EVENT_UNKNOWN, watched, EVENT_URGENT},
	[EVENT_OPERATOR_CHANGED] = {"operator.changed", EVENT_INFO,
				    "another person works at a shared account now", 4021, 3002, 99,
				    EVENT_SUCCESS, changed_operator, EVENT_URGENT},
	[EVENT_SESSION_LOCKED] = {"session.locked", EVENT_INFO,
				  "a session is locked, for its key was pulled out or lapsed", 4010,
				  3002, 99, EVENT_SUCCESS, watched, EVENT_URGENT},
	[EVENT_SESSION_ENDED] = {"session.ended", EVENT_LOW,
				 "a session was ended, for its key was pulled out or lapsed", 4011,
				 3002, 2, EVENT_SUCCESS, watched, EVENT_URGENT},
	[EVENT_SESSION_EXPOSED] =
		{"session.exposed", EVENT_HIGH,
		 "a session whose key was pulled out or lapsed could not be locked or ended", 4012,
		 3002, 99, EVENT_FAILURE, watched, EVENT_URGENT},
	[EVENT_LOGIN_WITNESSED] = {"login.witnessed", EVENT_LOW,
				   "a member of staff stood by at a log-in and showed a key", 4013,
				   3002, 99, EVENT_SUCCESS, witnessed, EVENT_URGENT},
	[EVENT_SUBSTITUTE_ANSWERED] =
		{"substitute.answered", EVENT_MEDIUM,
		 "somebody vouched here, by telephone, for a colleague at another terminal", 4015,
		 3002, 99, EVENT_SUCCESS, answered, EVENT_URGENT},
	[EVENT_SUBSTITUTE_USED] = {"substitute.used", EVENT_HIGH,
				   "a colleague vouched for somebody who had no key at hand", 4014,
				   3002, 99, EVENT_SUCCESS, substituted, EVENT_URGENT},
	[EVENT_REVOCATIONS_TAKEN] = {"revocations.taken", EVENT_INFO,
				     "the collector's list of revoked keys and people was taken",
				     4121, 3001, 99, EVENT_SUCCESS, list, EVENT_URGENT},
	[EVENT_SETTINGS_SEEN] = {"settings.seen", EVENT_INFO,
				 "what the files of a group held when the agent began", 4504, 5019,
				 1, EVENT_SUCCESS, seen_settings, EVENT_ORDINARY},
	[EVENT_SETTINGS_CHANGED] =
		{"settings.changed", EVENT_MEDIUM,
		 "a file that decides who gets in or what is let in was written to", 4505, 5019, 1,
		 EVENT_SUCCESS, changed_settings, EVENT_URGENT},
};

int event_kind_from_name(const char *name, enum event_kind *ret_kind)
{
	for (int i = 0; i < EVENT_KIND_COUNT; i++) {
		if (strcmp(event_rows[i].name, name) == 0) {
			*ret_kind = (enum event_kind)i;
			return 0;
		}
	}
	return -ENOENT;
}

unsigned int event_type_uid(const struct event_row *row)
{
	return row->class_uid * 100 + row->activity_id;
}

static int random_uuid(char text[static 37])
{
	uint8_t bytes[16];
	char hex[33];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return -EIO;
	bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40);
	bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
	hex_format(bytes, sizeof(bytes), hex);
	snprintf(text, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
	return 0;
}

int event_begin(struct event *event, enum event_kind kind)
{
	int r;

	memset(event, 0, sizeof(*event));
	r = random_uuid(event->id);
	if (r < 0)
		return r;
	event->fields = json_object();
	if (!event->fields)
		return -ENOMEM;
	event->kind = kind;
	event->time_us = clock_us(CLOCK_REALTIME);
	return 0;
}

void event_release(struct event *event)
{
	json_decref(event->fields);
	event->fields = NULL;
}

void event_set_bytes(struct event *event, const char *key, const char *value, size_t length)
{
	char escaped[EVENT_VALUE_MAX];

	if (length == 0)
		return;
	escape_text(value, length, escaped, sizeof(escaped));
	if (json_object_set_new(event->fields, key, json_string(escaped)) < 0 && event->error == 0)
		event->error = -ENOMEM;
}

void event_set(struct event *event, const char *key, const char *value)
{
	if (value)
		event_set_bytes(event, key, value, strlen(value));
}

void event_set_number(struct event *event, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	event_set(event, key, text);
}

int event_to_record(const struct event *event, struct record_request *ret_record)
{
	size_t length;

	if (event->error < 0)
		return event->error;
	event_check_fields(event->kind, event->fields);
	memset(ret_record, 0, sizeof(*ret_record));
	snprintf(ret_record->kind, sizeof(ret_record->kind), "%s", event_rows[event->kind].name);
	snprintf(ret_record->id, sizeof(ret_record->id), "%s", event->id);
	ret_record->time = event->time_us;
	length = json_dumpb(event->fields, ret_record->fields, sizeof(ret_record->fields) - 1,
			    JSON_COMPACT | JSON_ENSURE_ASCII | JSON_SORT_KEYS);
	if (length == 0)
		return -ENOMEM;
	if (length > sizeof(ret_record->fields) - 1)
		return -EMSGSIZE;
	return 0;
}

bool event_is_refused(int result)
{
	return result == EBADMSG || result == EMSGSIZE || result == ERANGE;
}

int event_ask(const char *socket_path, const struct record_request *record, int64_t deadline,
	      int *ret_fd)
{
	_cleanup_close_ int fd = -1;
	int r;

	r = wire_connect(socket_path, deadline, &fd);
	if (r == 0)
		r = wire_send(fd, &record_request_layout, record, deadline);
	if (r < 0)
		return r;
	*ret_fd = steal_fd(&fd);
	return 0;
}

int event_answer(int fd, int64_t deadline)
{
	struct record_reply reply;
	int r;

	r = wire_receive(fd, &record_reply_layout, &reply, deadline);
	if (r < 0)
		return r;
	return reply.error > ERRNO_MAX ? -EBADMSG : (int)reply.error;
}

int event_send(const char *socket_path, const struct record_request *record, int64_t deadline)
{
	_cleanup_close_ int fd = -1;
	int r = event_ask(socket_path, record, deadline, &fd);

	return r < 0 ? r : event_answer(fd, deadline);
}
