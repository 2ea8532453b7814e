/* Reading the device rules, at the start and when asked to. */
#include "engine.h"

#include <string.h>

static void tell(struct engine *engine, enum event_kind kind, size_t count, const char *error)
{
	_cleanup_event_ struct event event = {};

	if (event_begin(&event, kind) < 0)
		return;
	if (error) {
		event_set(&event, "error", error);
	} else {
		event_set(&event, "file", engine->places.rules);
		event_set_number(&event, "rules", count);
	}
	outbox_put(&engine->outbox, &event);
}

/* What is wanted can't be known, so whatever was let in for the time being is closed. */
static void reject(struct engine *engine, const struct config_error *error)
{
	fprintf(stderr, "sekishod: %s\n", error->text);
	memcpy(engine->rules_error, error->text, sizeof(engine->rules_error));
	tell(engine, EVENT_POLICY_REJECTED, 0, error->text);
	if (!engine->rules.audit)
		return;
	engine->rules.audit = false;
	gate_judge_again(&engine->gate, &engine->rules);
}

static void warn(struct engine *engine, size_t count)
{
	/* 1: an alert to systemd's journal. */
	fputs("<1>sekishod: AUDIT MODE: the device rules are not enforced; what they block is let "
	      "in "
	      "and told. Take Mode=audit out of devices.conf to enforce them\n",
	      stderr);
	tell(engine, EVENT_POLICY_AUDIT, count, NULL);
}

void engine_read_rules(struct engine *engine)
{
	struct config_error error;
	struct rules rules;

	if (rules_load(engine->places.rules, 0, &rules, &error) < 0) {
		reject(engine, &error);
		return;
	}
	engine->rules_error[0] = '\0';
	tell(engine, EVENT_POLICY_LOADED, rules.n_list, NULL);
	if (rules.audit)
		warn(engine, rules.n_list);
	gate_judge_again(&engine->gate, &rules);
	rules_free(&engine->rules);
	engine->rules = rules;
	engine->gate.rules = &engine->rules;
	engine->have_rules = true;
}
