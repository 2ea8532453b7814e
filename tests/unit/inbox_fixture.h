/* sekishod's inbox, with a journal of 300 events and a collector that can sign letters to it. */
#ifndef SEKISHO_INBOX_FIXTURE_H
#define SEKISHO_INBOX_FIXTURE_H

#include "letter_fixture.h"

#include "agent/engine/engine.h"

#define FORWARDER 990
#define AUDITOR	  1000

struct scene {
	struct sender sender;
	char configuration[256];
	char kept[256]; /* what the inbox made of a letter */
	char root[256], fetched[256], brought[256]; /* of root's and the forwarder's */
};

static struct engine engine;

static inline int scene_begin(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	char text[512];

	if (!scene || sender_begin(state, &scene->sender) < 0)
		return -1;
	snprintf(scene->configuration, sizeof(scene->configuration), "%s/collector.conf", output);
	snprintf(scene->kept, sizeof(scene->kept), "%s/kept", output);
	snprintf(scene->root, sizeof(scene->root), "%s/root", output);
	snprintf(scene->fetched, sizeof(scene->fetched), "%s/fetched", output);
	snprintf(scene->brought, sizeof(scene->brought), "%s/brought", output);
	snprintf(text, sizeof(text), "[Collector]\nServer=%s\nAuthority=%s/authority.pem\n", NAME,
		 directory);
	put(output, "collector.conf", text, 0644);
	engine = (struct engine){
		.journal = scene->sender.journal->journal,
		.outbox = {.journal = scene->sender.journal->journal},
		.inbox = {.journal = scene->sender.journal->journal,
			  .outbox = &engine.outbox,
			  .configuration = scene->configuration,
			  .forwarder = FORWARDER},
	};
	*state = scene;
	return 0;
}

static inline int scene_end(void **state)
{
	struct scene *scene = *state;
	int r;

	outbox_release(&engine.outbox);
	r = sender_end(state, &scene->sender);
	free(scene);
	return r;
}

/* What control.sock answers @caller: 0 or an errno, and not a line. */
static inline int ask(const char *verb, const char *argument, uint32_t caller)
{
	const struct control_question question = {verb, argument, caller};
	int error = 1;
	json_t *lines = engine_answer(&engine, &question, &error);

	assert_int_equal(json_array_size(lines), 0);
	json_decref(lines);
	return error;
}

#endif
