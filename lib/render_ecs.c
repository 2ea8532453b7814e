/* Elastic Common Schema. Category and type are from the lists of the schema's reference,
 * "ecs-allowed-values-event-category" and "...-type": a category has its own expected types. */
#include "render_event.h"

#define VERSION "8.17.0"

/* What an event is, by its class and activity of OCSF, so that a new kind needs no row here. */
static const struct category {
	unsigned int class_uid, activity_id; /* activity 0: any other */
	const char *kind, *category, *types[2];
} categories[] = {
	{3002, 1, "event", "authentication", {"start", NULL}},
	{3002, 0, "event", "authentication", {"info", NULL}},
	{3001, 0, "event", "iam", {"change", "user"}},
	{2004, 0, "alert", "intrusion_detection", {"info", NULL}},
	{1010, 1, "event", "host", {"access", NULL}},
	{1010, 2, "event", "host", {"end", NULL}},
	{1010, 0, "event", "host", {"change", NULL}},
	{1008, 0, "event", "host", {"info", NULL}},
	{5019, 0, "event", "configuration", {"change", NULL}},
	{6002, 3, "event", "process", {"start", NULL}},
	{6002, 4, "event", "process", {"end", NULL}},
	{6002, 0, "event", "process", {"change", NULL}},
	{6008, 0, "event", "process", {"info", NULL}},
};

/* What has no row stands among the labels. */
static const struct render_path paths[] = {
	{0, "user", "user.name"},	  {0, "uid", "user.id"},
	{0, "by", "user.name"},		  {0, "error", "error.message"},
	{0, "reason", "event.reason"},	  {0, "rule", "rule.name"},
	{0, "file", "file.path"},	  {0, "manufacturer", "device.manufacturer"},
	{0, "name", "device.model.name"},
};

static const char *const outcomes[] = {
	[EVENT_UNKNOWN] = "unknown",
	[EVENT_SUCCESS] = "success",
	[EVENT_FAILURE] = "failure",
};

static void put_category(const struct event_row *row, struct render_tree *tree)
{
	for (size_t i = 0; i < sizeof(categories) / sizeof(*categories); i++) {
		const struct category *category = &categories[i];

		if (category->class_uid != row->class_uid ||
		    (category->activity_id != 0 && category->activity_id != row->activity_id))
			continue;
		render_put_text(tree, "event.kind", category->kind);
		render_put_text(tree, "event.category[]", category->category);
		for (size_t j = 0; j < 2 && category->types[j]; j++)
			render_put_text(tree, "event.type[]", category->types[j]);
		return;
	}
}

static void put_row(const struct render_event *event, struct render_tree *tree)
{
	const struct event_row *row = event->row;
	char code[16];

	if (!row) {
		render_put_text(tree, "event.kind", "event");
		return;
	}
	put_category(row, tree);
	render_code(event, code);
	render_put_text(tree, "event.code", code);
	render_put(tree, "event.severity", json_integer(row->severity));
	render_put_text(tree, "event.outcome", outcomes[row->outcome]);
}

static void put_fields(const struct render_event *event, struct render_tree *tree)
{
	for (void *at = json_object_iter(event->fields); at;
	     at = json_object_iter_next(event->fields, at)) {
		const char *name = json_object_iter_key(at);
		const char *value = json_string_value(json_object_iter_value(at));
		const char *path =
			render_path_of(paths, sizeof(paths) / sizeof(*paths), event, name);

		if (strcmp(name, "rhost") == 0)
			path = render_is_address(value) ? "source.ip" : "source.domain";
		if (path)
			render_put_text(tree, path, value);
		else
			render_put_named(tree, "labels", name, value);
	}
}

static void put_model(const struct render_event *event, struct render_tree *tree)
{
	const char *vendor = render_field(event, "vendor");
	const char *product = render_field(event, "product");
	char model[64];

	if (!vendor || !product)
		return;
	snprintf(model, sizeof(model), "%s:%s", vendor, product);
	render_put_text(tree, "device.model.identifier", model);
}

void render_ecs(const struct render_event *event, const struct render_origin *origin,
		struct render_tree *tree)
{
	render_put_text(tree, "@timestamp", event->time);
	render_put_text(tree, "ecs.version", VERSION);
	render_put_text(tree, "message", render_meaning(event));
	put_row(event, tree);
	render_put_text(tree, "event.action", event->kind);
	render_put_text(tree, "event.id", event->id);
	render_put_text(tree, "event.hash", event->hash);
	render_put(tree, "event.sequence", json_integer((json_int_t)event->sequence));
	render_put_text(tree, "event.module", "sekisho");
	render_put_text(tree, "event.dataset", "sekisho.journal");
	render_put_text(tree, "observer.vendor", RENDER_VENDOR);
	render_put_text(tree, "observer.product", RENDER_PRODUCT);
	render_put_text(tree, "host.id", origin->host);
	render_put_text(tree, "host.name", origin->hostname);
	put_fields(event, tree);
	put_model(event, tree);
	if (origin->epoch)
		render_put_named(tree, "labels", "epoch", origin->epoch);
	if (event->late)
		render_put_named(tree, "labels", "late", "true");
}
