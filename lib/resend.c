#include "resend.h"

#include "cleanup.h"

#include <errno.h>

#define WHAT "resend"

int resend_sign(const struct resend_request *request, const char *certificate, const char *key,
		char **ret_text, size_t *ret_length)
{
	json_t *content = letter_begin(&request->letter, WHAT);

	json_object_set_new(content, "first", json_integer((json_int_t)request->first));
	json_object_set_new(content, "verified", json_integer((json_int_t)request->verified));
	return letter_sign(content, certificate, key, ret_text, ret_length);
}

int resend_parse(const char *json, size_t length, struct resend_request *ret_request)
{
	struct resend_request request = {};
	json_int_t first, verified;
	json_t *content;
	int r = letter_parse(json, length, WHAT, &request.letter, &content);

	if (r < 0)
		return r;
	first = json_integer_value(json_object_get(content, "first"));
	verified = json_integer_value(json_object_get(content, "verified"));
	json_decref(content);
	if (first < 1 || first > (json_int_t)JOURNAL_SEQUENCE_MAX || verified < 0 ||
	    verified >= first)
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
	int r = signed_open(text, length, authority, name, &json, &json_length);

	return r < 0 ? r : resend_parse(json, json_length, ret_request);
}
