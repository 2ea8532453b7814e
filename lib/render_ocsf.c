/* OCSF 1.8.0. Which attributes a class requires is in its file, see event.h, and in what it
 * extends: events/base_event.json, events/system/system.json, events/iam/iam.json,
 * events/discovery/discovery.json, events/findings/finding.json; objects/metadata.json,
 * objects/device.json, objects/actor.json, objects/peripheral_device.json, objects/file.json,
 * objects/user.json, objects/auth_factor.json, objects/finding_info.json,
 * profiles/security_control.json. */
#include "render_event.h"

#define VERSION "1.8.0"
#define OTHER	99

#define ACTIVITY_LOG	    1008
#define ACTIVITY_PERIPHERAL 1010
#define FINDING		    2004
#define ACCOUNT_CHANGE	    3001
#define AUTHENTICATION	    3002
#define CONFIG_STATE	    5019
#define APPLICATION_LIFE    6002
#define APPLICATION_ERROR   6008
#define FACTOR_WEBAUTHN	    10
#define FILE_REGULAR	    1
#define DEVICE_TYPE_UNKNOWN 0
#define FINDING_NEW	    1

/* What has no row here is "unmapped". No kind has two fields with the same path. */
static const struct render_path paths[] = {
	{AUTHENTICATION, "user", "user.name"},
	{AUTHENTICATION, "credential", "user.credential_uid"},
	{AUTHENTICATION, "service", "service.name"},
	{AUTHENTICATION, "tty", "session.terminal"},
	{AUTHENTICATION, "caller", "actor.user.uid"},
	{AUTHENTICATION, "ruser", "actor.user.name"},
	{AUTHENTICATION, "verdict", "status_code"},
	{AUTHENTICATION, "login", "metadata.correlation_uid"},
	{ACCOUNT_CHANGE, "user", "user.name"},
	{ACCOUNT_CHANGE, "credential", "user.credential_uid"},
	{ACCOUNT_CHANGE, "caller", "actor.user.uid"},
	{FINDING, "login", "metadata.correlation_uid"},
	{ACTIVITY_PERIPHERAL, "device", "peripheral_device.uid"},
	{ACTIVITY_PERIPHERAL, "vendor", "peripheral_device.vendor_id_list[]"},
	{ACTIVITY_PERIPHERAL, "product", "peripheral_device.model"},
	{ACTIVITY_PERIPHERAL, "manufacturer", "peripheral_device.vendor_name"},
	{ACTIVITY_PERIPHERAL, "name", "peripheral_device.name"},
	{ACTIVITY_PERIPHERAL, "serial", "peripheral_device.serial_number"},
	{ACTIVITY_PERIPHERAL, "rule", "policy.name"},
	{ACTIVITY_PERIPHERAL, "user", "actor.user.name"},
	{ACTIVITY_PERIPHERAL, "uid", "actor.user.uid"},
	{ACTIVITY_PERIPHERAL, "credential", "actor.user.credential_uid"},
	{CONFIG_STATE, "by", "actor.user.name"},
	{APPLICATION_LIFE, "version", "app.version"},
	{APPLICATION_ERROR, "fault", "status_code"},
	{ACTIVITY_LOG, "file", "file.name"},
	{ACTIVITY_LOG, "damage", "status_code"},
	{AUTHENTICATION, "reason", "status_detail"},
	{ACTIVITY_PERIPHERAL, "reason", "status_detail"},
	{CONFIG_STATE, "reason", "status_detail"},
	{CONFIG_STATE, "error", "status_detail"},
	{APPLICATION_LIFE, "error", "status_detail"},
	{APPLICATION_ERROR, "error", "status_detail"},
	{ACTIVITY_LOG, "error", "status_detail"},
};

static const char *or_unknown(const char *text)
{
	return text ? text : "unknown";
}

static bool is_kind(const struct render_event *event, enum event_kind kind)
{
	return event->row == &event_rows[kind];
}

/* A class requires its subject, also of an event that does not know it. */
static void require(struct render_tree *tree, const struct render_event *event, const char *field,
		    const char *path)
{
	render_put_text(tree, path, or_unknown(render_field(event, field)));
}

static void put_factor(const struct render_event *event, struct render_tree *tree)
{
	if (!render_field(event, "credential"))
		return;
	render_put(tree, "auth_factors[]",
		   json_pack("{s:i, s:s}", "factor_type_id", FACTOR_WEBAUTHN, "factor_type",
			     "WebAuthn"));
}

static void put_login(const struct render_event *event, const struct render_origin *origin,
		      struct render_tree *tree)
{
	const char *rhost = render_field(event, "rhost");

	require(tree, event, "user", "user.name");
	require(tree, event, "service", "service.name");
	render_put_text(tree, "dst_endpoint.uid", origin->host);
	render_put(tree, "is_mfa", json_boolean(!is_kind(event, EVENT_LOGIN_EXEMPT)));
	render_put(tree, "is_remote", json_boolean(rhost != NULL));
	if (rhost)
		render_put_text(tree,
				render_is_address(rhost) ? "src_endpoint.ip"
							 : "src_endpoint.hostname",
				rhost);
	put_factor(event, tree);
}

static void put_account(const struct render_event *event, const struct render_origin *origin,
			struct render_tree *tree)
{
	(void)origin;
	require(tree, event, "user", "user.name");
	put_factor(event, tree);
}

static void put_finding(const struct render_event *event, const struct render_origin *origin,
			struct render_tree *tree)
{
	(void)origin;
	render_put_text(tree, "finding_info.uid", event->id);
	render_put_text(tree, "finding_info.title", render_meaning(event));
	render_put(tree, "is_alert", json_true());
	/* A finding's status tells how far people are with it. */
	render_put(tree, "status_id", json_integer(FINDING_NEW));
}

/* action_id: 1 allowed, 2 denied; disposition_id: 1 allowed, 2 blocked. */
static void put_peripheral(const struct render_event *event, const struct render_origin *origin,
			   struct render_tree *tree)
{
	(void)origin;
	render_put_text(tree, "actor.app_name", "sekishod");
	if (!render_field(event, "name"))
		require(tree, event, "device", "peripheral_device.name");
	if (is_kind(event, EVENT_DEVICE_GONE))
		return;
	render_put_text(tree, "metadata.profiles[]", "security_control");
	render_put(tree, "action_id", json_integer(event->row->outcome == EVENT_SUCCESS ? 1 : 2));
	render_put(tree, "disposition_id",
		   json_integer(event->row->outcome == EVENT_SUCCESS ? 1 : 2));
}

static void put_log(const struct render_event *event, const struct render_origin *origin,
		    struct render_tree *tree)
{
	(void)origin;
	render_put_text(tree, "actor.app_name", "sekishod");
	render_put_text(tree, "log_name", "sekisho-journal");
	if (render_field(event, "file"))
		render_put(tree, "file.type_id", json_integer(FILE_REGULAR));
}

/* state_id: 1 disabled, 2 enabled. */
static void put_config(const struct render_event *event, const struct render_origin *origin,
		       struct render_tree *tree)
{
	(void)origin;
	if (is_kind(event, EVENT_DOOR_ENABLED) || is_kind(event, EVENT_POLICY_LOADED))
		render_put(tree, "state_id", json_integer(2));
	else if (is_kind(event, EVENT_DOOR_DISABLED) || is_kind(event, EVENT_POLICY_AUDIT))
		render_put(tree, "state_id", json_integer(1));
}

static void put_application(const struct render_event *event, const struct render_origin *origin,
			    struct render_tree *tree)
{
	(void)event;
	(void)origin;
	render_put_text(tree, "app.name", "sekishod");
	render_put_text(tree, "app.vendor_name", RENDER_VENDOR);
}

static const struct {
	unsigned int class_uid;
	void (*put)(const struct render_event *event, const struct render_origin *origin,
		    struct render_tree *tree);
} classes[] = {
	{AUTHENTICATION, put_login},
	{ACCOUNT_CHANGE, put_account},
	{FINDING, put_finding},
	{ACTIVITY_PERIPHERAL, put_peripheral},
	{ACTIVITY_LOG, put_log},
	{CONFIG_STATE, put_config},
	{APPLICATION_LIFE, put_application},
};

/* A kind of a later version is a base event, class 0. */
static void put_class(const struct render_event *event, struct render_tree *tree)
{
	static const struct event_row later = {.activity_id = OTHER};
	const struct event_row *row = event->row ? event->row : &later;

	render_put(tree, "class_uid", json_integer(row->class_uid));
	render_put(tree, "category_uid", json_integer(row->class_uid / 1000));
	render_put(tree, "activity_id", json_integer(row->activity_id));
	render_put(tree, "type_uid", json_integer(event_type_uid(row)));
	render_put(tree, "severity_id", json_integer(row->severity));
	render_put(tree, "status_id", json_integer(row->outcome));
	if (row->activity_id == OTHER)
		render_put_text(tree, "activity_name", event->kind);
}

static void put_metadata(const struct render_event *event, struct render_tree *tree)
{
	char code[16];

	render_code(event, code);
	render_put_text(tree, "metadata.version", VERSION);
	render_put_text(tree, "metadata.product.name", RENDER_PRODUCT);
	render_put_text(tree, "metadata.product.vendor_name", RENDER_VENDOR);
	render_put_text(tree, "metadata.product.version", SEKISHO_VERSION);
	render_put_text(tree, "metadata.log_name", "sekisho-journal");
	render_put_text(tree, "metadata.uid", event->id);
	render_put_text(tree, "metadata.event_code", code[0] ? code : NULL);
	render_put_text(tree, "metadata.original_time", event->time);
	render_put(tree, "metadata.sequence", json_integer((json_int_t)event->sequence));
	render_put_text(tree, "metadata.profiles[]", "host");
}

static void put_device(const struct render_origin *origin, struct render_tree *tree)
{
	render_put(tree, "device.type_id", json_integer(DEVICE_TYPE_UNKNOWN));
	render_put_text(tree, "device.uid", or_unknown(origin->host));
	render_put_text(tree, "device.hostname", origin->hostname);
}

static void put_fields(const struct render_event *event, struct render_tree *tree)
{
	for (void *at = json_object_iter(event->fields); at;
	     at = json_object_iter_next(event->fields, at)) {
		const char *name = json_object_iter_key(at);
		const char *value = json_string_value(json_object_iter_value(at));
		const char *path =
			render_path_of(paths, sizeof(paths) / sizeof(*paths), event, name);

		if (strcmp(name, "rhost") == 0 && event->row &&
		    event->row->class_uid == AUTHENTICATION)
			continue; /* put_login */
		if (path)
			render_put_text(tree, path, value);
		else
			render_put_named(tree, "unmapped", name, value);
	}
}

void render_ocsf(const struct render_event *event, const struct render_origin *origin,
		 struct render_tree *tree)
{
	put_class(event, tree);
	put_metadata(event, tree);
	put_device(origin, tree);
	render_put(tree, "time", json_integer(event->time_ms));
	render_put_text(tree, "message", render_meaning(event));
	put_fields(event, tree);
	for (size_t i = 0; event->row && i < sizeof(classes) / sizeof(*classes); i++)
		if (classes[i].class_uid == event->row->class_uid)
			classes[i].put(event, origin, tree);
	render_put_named(tree, "unmapped", "kind", event->kind);
	render_put_named(tree, "unmapped", "record_hash", event->hash);
	if (origin->epoch)
		render_put_named(tree, "unmapped", "epoch", origin->epoch);
	if (event->late)
		render_put_named(tree, "unmapped", "late", "true");
}
