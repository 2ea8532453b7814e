#include "engine.h"

#include "number.h"
#include "revocations.h"

#include <errno.h>
#include <string.h>

static json_t *device_object(const struct device *device, const struct rules *rules)
{
	_cleanup_event_ struct event event = {};
	json_t *object = NULL;

	if (event_begin(&event, EVENT_DEVICE_ALLOWED) < 0)
		return NULL;
	device_describe(device, rules, &event);
	event_set(&event, "verdict", access_name(device->judgement.access));
	event_set(&event, "state", device_state_name(device->state));
	if (device->error < 0)
		event_set(&event, "error", strerror(-device->error));
	if (event.error == 0)
		object = json_incref(event.fields);
	return object;
}

static json_t *devices(const struct engine *engine)
{
	json_t *list = json_array();

	for (size_t i = 0; i < engine->gate.n_list; i++)
		if (json_array_append_new(
			    list, device_object(engine->gate.list[i], &engine->rules)) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

/* Why devices are not judged; "" if they are. */
static const char *hindrance(const struct engine *engine)
{
	if (!engine->have_rules)
		return "rules";
	if (engine->link.fd < 0)
		return "root-half";
	if (engine->ready)
		return engine->rules.audit ? "audit" : "";
	return gate_idle(&engine->gate) ? "kernel" : "starting";
}

/* "" where there is a seal and it works, and where none was given. */
static const char *seal_error(const struct engine *engine)
{
	int error = engine->checkpoint.error;

	return error < 0 ? strerror(-error) : engine->seal_error;
}

/* The list that is here; number 0: none, or .error says why it can't be read. */
static json_t *revoked_object(const struct engine *engine)
{
	_cleanup_revocations_ struct revocations list = {};
	int r = revocations_load(engine->inbox.revoked, &list);

	return json_pack("{s:I, s:s, s:I, s:I, s:s}", "number", (json_int_t)list.number, "time",
			 list.time, "keys", (json_int_t)json_object_size(list.keys), "people",
			 (json_int_t)json_object_size(list.people), "error",
			 r < 0 && r != -ENOENT ? strerror(-r) : "");
}

static json_t *status(const struct engine *engine)
{
	const struct gate *gate = &engine->gate;
	size_t allowed = 0, blocked = 0, failed = 0, closed = 0;
	char hash[2 * JOURNAL_HASH_SIZE + 1];
	uint64_t recorded = 0, refused = 0;
	struct journal_head head;
	json_t *object;

	for (size_t i = 0; i < gate->n_list; i++) {
		failed += gate->list[i]->state == DEVICE_FAILED;
		if (gate->list[i]->judgement.access == ACCESS_ALLOW)
			allowed++;
		else
			blocked++;
	}
	for (size_t i = 0; i < gate->n_buses; i++)
		closed += gate->buses[i].state == GATE_BUS_CLOSED;
	for (size_t i = 0; i < INTAKE_COUNT; i++) {
		struct record_counters counters;

		record_counters(engine->intakes[i].server, &counters);
		recorded += counters.recorded;
		refused += counters.refused;
	}
	journal_head(engine->journal, &head);
	hex_format(head.hash, sizeof(head.hash), hash);
	object = json_pack(
		"{s:s, s:b, s:s, s:I, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:b, s:I, s:s, s:s, s:I, "
		"s:I, s:I, s:I, s:I}",
		"version", SEKISHO_VERSION, "judging", engine->ready, "hindrance",
		hindrance(engine), "seconds", (json_int_t)((wire_now() - engine->started) / 1000),
		"rules_file", engine->places.rules, "rules_error", engine->rules_error, "rules",
		(json_int_t)engine->rules.n_list, "allowed", (json_int_t)allowed, "blocked",
		(json_int_t)blocked, "failed", (json_int_t)failed, "buses",
		(json_int_t)gate->n_buses, "default_denied", gate->default_denied, "buses_closed",
		(json_int_t)closed, "journal", engine->places.journal, "journal_hash", hash,
		"journal_sequence", (json_int_t)head.sequence, "events_recorded",
		(json_int_t)recorded, "events_refused", (json_int_t)refused, "events_waiting",
		(json_int_t)engine->outbox.count, "events_lost",
		(json_int_t)engine->outbox.lost_total);
	if (!object)
		return NULL;
	json_object_set_new(
		object, "journal_error",
		json_string(engine->outbox.error < 0 ? strerror(-engine->outbox.error) : ""));
	json_object_set_new(object, "mode", json_string(engine->rules.audit ? "audit" : "enforce"));
	json_object_set_new(object, "seal",
			    json_string(engine->checkpoint.sealer.fd < 0
						? ""
						: engine->checkpoint.sealer.key_id));
	json_object_set_new(object, "seal_error", json_string(seal_error(engine)));
	json_object_set_new(object, "sealed",
			    json_integer((json_int_t)engine->checkpoint.sequence));
	json_object_set_new(object, "verified",
			    json_integer((json_int_t)engine->retention.verified));
	json_object_set_new(object, "dropped", json_integer((json_int_t)engine->retention.dropped));
	json_object_set_new(object, "retention_error", json_string(engine->retention.error));
	json_object_set_new(object, "disks_armed", json_boolean(engine->disks.armed));
	json_object_set_new(object, "tampered", json_integer((json_int_t)engine->tamper.total));
	json_object_set_new(object, "challenges",
			    json_integer((json_int_t)challenge_count(&engine->challenges)));
	json_object_set_new(object, "revoked", revoked_object(engine));
	json_object_set_new(object, "overruns", json_integer((json_int_t)engine->devices.overruns));
	return json_pack("[o]", object);
}

/* Who asks tells why; the reason is sealed. */
static const char *reason_for(const char *argument)
{
	if (*argument == '\0')
		return "asked";
	return strcmp(argument, "sleep") == 0 ? "sleep" : NULL;
}

static json_t *checkpoint(struct engine *engine, const struct control_question *question,
			  int *ret_error)
{
	const char *reason = reason_for(question->argument);
	char hash[2 * JOURNAL_HASH_SIZE + 1];
	struct journal_head head;
	int64_t now = wire_now();
	int r;

	/* The key turns with each: that is not every auditor's to do. */
	r = question->caller != 0 ? -EPERM : reason ? 0 : -EINVAL;
	/* The kernel may offer to all drivers what it wakes up. */
	if (r == 0 && strcmp(reason, "sleep") == 0)
		gate_end_challenges(&engine->gate, reason);
	if (r == 0) {
		/* What happened before is sealed with it. */
		outbox_flush(&engine->outbox, now);
		r = checkpoint_make(&engine->checkpoint, reason, now);
	}
	*ret_error = r;
	if (r < 0)
		return json_array();
	journal_head(engine->journal, &head);
	hex_format(head.hash, sizeof(head.hash), hash);
	return json_pack("[{s:I, s:s, s:s, s:s}]", "sealed", (json_int_t)head.sequence, "hash",
			 hash, "key", engine->checkpoint.sealer.key_id, "reason", reason);
}

/* A receipt that came over the network. Who brings it counts for nothing but how often. */
static json_t *receipt(struct engine *engine, const struct control_question *question,
		       int *ret_error)
{
	int64_t now = wire_now();
	int r = inbox_allow(&engine->inbox, question->caller, now);

	if (r == 0)
		r = inbox_take(&engine->inbox, question->argument);
	if (r == INBOX_TAKEN)
		engine->retention.due_at = now;
	*ret_error = r < 0 ? r : 0;
	return json_array();
}

/* The list of what is revoked, which stands in a file; the argument says in whose. */
static int revoked(struct engine *engine, const struct control_question *question)
{
	const bool brought = strcmp(question->argument, "brought") == 0;
	int r = inbox_allow(&engine->inbox, question->caller, wire_now());

	if (r < 0)
		return r;
	if (!brought && strcmp(question->argument, "fetched") != 0)
		return -EINVAL;
	if (brought && question->caller != 0)
		return -EPERM;
	r = inbox_take_revoked(&engine->inbox, brought);
	return r < 0 ? r : 0;
}

json_t *engine_answer(void *user, const struct control_question *question, int *ret_error)
{
	struct engine *engine = user;

	*ret_error = 0;
	if (strcmp(question->verb, "receipt") == 0)
		return receipt(engine, question, ret_error);
	if (strcmp(question->verb, "revoked") == 0) {
		*ret_error = revoked(engine, question);
		return json_array();
	}
	/* It faces the network: nothing else here is its business. */
	if (question->caller != 0 && question->caller == engine->inbox.forwarder) {
		*ret_error = -EPERM;
		return json_array();
	}
	if (strcmp(question->verb, "status") == 0)
		return status(engine);
	if (strcmp(question->verb, "devices") == 0)
		return devices(engine);
	if (strcmp(question->verb, "checkpoint") == 0)
		return checkpoint(engine, question, ret_error);
	*ret_error = -EINVAL;
	return json_array();
}
