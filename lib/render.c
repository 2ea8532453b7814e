#include "render_event.h"

#include "cleanup.h"

#include <arpa/inet.h>
#include <errno.h>

#define JSON_AT	 (2 * JOURNAL_HASH_SIZE + 1) /* behind hash and space */
#define NAME_MAX 64

static const char *const format_names[RENDER_FORMAT_COUNT] = {
	[RENDER_CEF] = "cef",
	[RENDER_ECS] = "ecs",
	[RENDER_OCSF] = "ocsf",
};

int render_format_from_name(const char *name, enum render_format *ret_format)
{
	for (int i = 0; i < RENDER_FORMAT_COUNT; i++) {
		if (strcmp(format_names[i], name) == 0) {
			*ret_format = (enum render_format)i;
			return 0;
		}
	}
	return -ENOENT;
}

void render_code(const struct render_event *event, char code[static 16])
{
	code[0] = '\0';
	if (event->row)
		snprintf(code, 16, "S-%u", event->row->number);
}

const char *render_meaning(const struct render_event *event)
{
	return event->row ? event->row->meaning : "an event of a later version";
}

const char *render_field(const struct render_event *event, const char *name)
{
	return json_string_value(json_object_get(event->fields, name));
}

const char *render_path_of(const struct render_path *paths, size_t count,
			   const struct render_event *event, const char *field)
{
	unsigned int class_uid = event->row ? event->row->class_uid : 0;

	for (size_t i = 0; i < count; i++)
		if ((paths[i].class_uid == 0 || paths[i].class_uid == class_uid) &&
		    strcmp(paths[i].field, field) == 0)
			return paths[i].path;
	return NULL;
}

bool render_is_address(const char *text)
{
	struct in6_addr address;

	return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1;
}

/* The object below @parent, made if it is not there. */
static json_t *child(json_t *parent, const char *name)
{
	json_t *object = json_object_get(parent, name);

	if (object)
		return object;
	object = json_object();
	return json_object_set_new(parent, name, object) < 0 ? NULL : object;
}

static int put_last(json_t *parent, const char *name, json_t *value)
{
	size_t length = strlen(name);
	char list_name[NAME_MAX];
	json_t *list;

	if (length < 2 || strcmp(name + length - 2, "[]") != 0)
		return json_object_set_new(parent, name, value);
	snprintf(list_name, sizeof(list_name), "%.*s", (int)length - 2, name);
	list = json_object_get(parent, list_name);
	if (!list && json_object_set_new(parent, list_name, json_array()) == 0)
		list = json_object_get(parent, list_name);
	return json_array_append_new(list, value);
}

void render_put(struct render_tree *tree, const char *path, json_t *value)
{
	json_t *parent = tree->root;
	const char *dot;

	for (; parent && (dot = strchr(path, '.')); path = dot + 1) {
		char name[NAME_MAX];

		snprintf(name, sizeof(name), "%.*s", (int)(dot - path), path);
		parent = child(parent, name);
	}
	if (!parent)
		json_decref(value);
	if (!parent || put_last(parent, path, value) < 0)
		tree->error = -ENOMEM;
}

void render_put_text(struct render_tree *tree, const char *path, const char *text)
{
	if (text)
		render_put(tree, path, json_string(text));
}

void render_put_named(struct render_tree *tree, const char *parent, const char *name,
		      const char *text)
{
	json_t *object = child(tree->root, parent);

	if (!object || json_object_set_new(object, name, json_string(text)) < 0)
		tree->error = -ENOMEM;
}

static int read_event(const struct journal_span *line, struct render_event *ret_event)
{
	struct render_event event = {};
	struct journal_record record;
	enum event_kind kind;

	if (journal_parse_event(line->bytes, line->length, &record) < 0)
		return -EBADMSG;
	event.object = json_loadb(line->bytes + JSON_AT, line->length - JSON_AT, 0, NULL);
	if (!event.object)
		return -ENOMEM;
	event.fields = json_object_get(event.object, "fields");
	event.kind = json_string_value(json_object_get(event.object, "kind"));
	event.id = json_string_value(json_object_get(event.object, "id"));
	event.time = json_string_value(json_object_get(event.object, "time"));
	event.time_ms = journal_time_us(&record.time) / 1000;
	event.sequence = record.sequence;
	event.late = record.late;
	memcpy(event.hash, line->bytes, sizeof(event.hash) - 1);
	if (event_kind_from_name(event.kind, &kind) == 0)
		event.row = &event_rows[kind];
	*ret_event = event;
	return 0;
}

static char *dump(const struct render_event *event, const struct render_origin *origin,
		  void (*fill)(const struct render_event *event, const struct render_origin *origin,
			       struct render_tree *tree))
{
	struct render_tree tree = {.root = json_object()};
	char *text = NULL;

	if (tree.root)
		fill(event, origin, &tree);
	if (tree.error == 0)
		text = json_dumps(tree.root, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_SORT_KEYS);
	json_decref(tree.root);
	return text;
}

int render_line(enum render_format format, const struct journal_span *line,
		const struct render_origin *origin, char **ret_text)
{
	struct render_event event;
	char *text = NULL;
	int r;

	r = read_event(line, &event);
	if (r < 0)
		return r;
	switch (format) {
	case RENDER_CEF:
		text = render_cef(&event, origin);
		break;
	case RENDER_ECS:
		text = dump(&event, origin, render_ecs);
		break;
	case RENDER_OCSF:
		text = dump(&event, origin, render_ocsf);
		break;
	case RENDER_FORMAT_COUNT:
		break;
	}
	json_decref(event.object);
	if (!text)
		return -ENOMEM;
	*ret_text = text;
	return 0;
}
