#include "writer.h"

#include <errno.h>
#include <string.h>

bool writer_is_restricted(const struct writer *writer)
{
	return writer->kinds != NULL;
}

static int find_kind(const struct writer *writer, const char *name, enum event_kind *ret_kind)
{
	for (const enum event_kind *kind = writer->kinds; *kind != EVENT_KIND_COUNT; kind++) {
		if (strcmp(event_rows[*kind].name, name) == 0) {
			*ret_kind = *kind;
			return 0;
		}
	}
	return -EPERM;
}

int writer_judge(const struct writer *writer, const struct record_request *request)
{
	enum event_kind kind;
	json_error_t error;
	json_t *fields;
	int r;

	if (!writer_is_restricted(writer))
		return 0;
	r = find_kind(writer, request->kind, &kind);
	if (r < 0)
		return r;
	/* Read here and once more when it is chained: there are few of these. */
	fields = json_loads(request->fields, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(fields) || event_stray_field(kind, fields))
		r = -EBADMSG;
	json_decref(fields);
	return r;
}
