#include "resend.h"

#include "cleanup.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#define FORMAT 1

static char *format(const struct resend_request *request)
{
	json_t *object = json_pack("{s:i, s:s, s:s, s:s, s:I, s:I, s:s}", "format", FORMAT,
				   "terminal", request->terminal, "host", request->host, "epoch",
				   request->epoch, "first", (json_int_t)request->first, "verified",
				   (json_int_t)request->verified, "time", request->time);
	char *text = json_dumps(object, JSON_INDENT(1) | JSON_ENSURE_ASCII);

	json_decref(object);
	return text;
}

int resend_sign(const struct resend_request *request, const char *certificate, const char *key,
		char **ret_text, size_t *ret_length)
{
	_cleanup_free_ char *json = format(request);

	return json ? signed_make(json, certificate, key, ret_text, ret_length) : -ENOMEM;
}

static bool copy_text(const json_t *object, const char *name, char *text, size_t size, bool is_id)
{
	const char *value = json_string_value(json_object_get(object, name));

	if (!value || strlen(value) >= size ||
	    (is_id &&
	     (strlen(value) != size - 1 || strspn(value, "0123456789abcdef") != strlen(value))))
		return false;
	memcpy(text, value, strlen(value) + 1);
	return true;
}

static int parse(const char *json, size_t length, struct resend_request *ret_request)
{
	json_error_t error;
	json_t *object = json_loadb(json, length, JSON_REJECT_DUPLICATES, &error);
	struct resend_request request = {};
	json_int_t first = json_integer_value(json_object_get(object, "first"));
	json_int_t verified = json_integer_value(json_object_get(object, "verified"));
	bool good =
		json_integer_value(json_object_get(object, "format")) == FORMAT &&
		copy_text(object, "terminal", request.terminal, sizeof(request.terminal), false) &&
		copy_text(object, "host", request.host, sizeof(request.host), true) &&
		copy_text(object, "epoch", request.epoch, sizeof(request.epoch), true) &&
		copy_text(object, "time", request.time, sizeof(request.time), false) &&
		first >= 1 && first <= (json_int_t)JOURNAL_SEQUENCE_MAX && verified >= 0 &&
		verified < first;

	json_decref(object);
	if (!good)
		return -EBADMSG;
	request.first = (uint64_t)first;
	request.verified = (uint64_t)verified;
	*ret_request = request;
	return 0;
}

int resend_verify(const char *text, size_t length, const char *authority, const char *name,
		  struct resend_request *ret_request)
{
	_cleanup_free_ char *json = NULL;
	size_t json_length;
	int r;

	r = signed_open(text, length, authority, name, &json, &json_length);
	return r < 0 ? r : parse(json, json_length, ret_request);
}
