#include "enrol.h"

#include "number.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define USER_ID 16 /* bytes; random, so that the key tells nobody's name to who finds it */

static const struct person nobody = {.fd = -1};

int enrol_wait(struct keys *keys, int64_t deadline, struct key **ret_key)
{
	struct key *key = NULL;
	uint64_t arrival;
	int r;

	while (keys_count(keys, KEY_READY) == 0 || keys_count(keys, KEY_ASKED) > 0) {
		r = keys_wait(keys, &nobody, deadline);
		if (r < 0)
			return r;
	}
	if (keys_count(keys, KEY_READY) > 1)
		return -ENOTUNIQ;
	for (size_t i = 0; i < KEYS_MAX; i++)
		if (keys->key[i].state == KEY_READY)
			key = &keys->key[i];
	arrival = key->arrival;
	r = keys_inform(key);
	while (r == 0 && key->state == KEY_ASKED && key->arrival == arrival)
		r = keys_wait(keys, &nobody, WIRE_NO_DEADLINE);
	if (r < 0)
		return r;
	if (key->arrival != arrival || key->state != KEY_READY ||
	    keys_status(key, TOKEN_INFO) != TOKEN_OK)
		return -ENODEV;
	*ret_key = key;
	return 0;
}

static int prepare(const struct enrolment *enrolment, uint32_t algorithm,
		   struct token_request *request)
{
	request->verb = TOKEN_MAKE;
	request->timeout_ms = ENROL_TOUCH_MS;
	request->algorithm = algorithm;
	request->uv = enrolment->finger;
	request->challenge.length = TOKEN_CHALLENGE;
	request->user_id.length = USER_ID;
	if (strlen(enrolment->rp_id) >= sizeof(request->rp_id) ||
	    strlen(enrolment->user) >= sizeof(request->user_name) ||
	    (enrolment->pin && enrolment->pin->length >= sizeof(request->pin)))
		return -EMSGSIZE;
	memcpy(request->rp_id, enrolment->rp_id, strlen(enrolment->rp_id));
	memcpy(request->user_name, enrolment->user, strlen(enrolment->user));
	if (enrolment->pin)
		memcpy(request->pin, enrolment->pin->bytes, enrolment->pin->length);
	if (getrandom(request->challenge.data, TOKEN_CHALLENGE, 0) != TOKEN_CHALLENGE ||
	    getrandom(request->user_id.data, USER_ID, 0) != USER_ID)
		return -EIO;
	for (size_t i = 0; i < enrolment->n_held; i++) {
		int r;

		/* A revoked key, found again, may be registered anew. */
		if (enrolment->held[i].revoked)
			continue;
		r = token_list_add(&request->list, enrolment->held[i].credential,
				   enrolment->held[i].credential_length);
		if (r < 0)
			return r;
	}
	return 0;
}

static int take(const struct token_reply *reply, struct roster_entry *entry)
{
	size_t key_length = token_public_size(reply->algorithm);

	if (reply->credential.length == 0 || reply->credential.length > sizeof(entry->credential) ||
	    key_length == 0 || key_length > sizeof(entry->key) ||
	    reply->public_key.length != key_length)
		return -EBADMSG;
	entry->algorithm = reply->algorithm == TOKEN_EDDSA   ? ROSTER_EDDSA
			   : reply->algorithm == TOKEN_ES384 ? ROSTER_ES384
							     : ROSTER_ES256;
	entry->credential_length = reply->credential.length;
	memcpy(entry->credential, reply->credential.data, reply->credential.length);
	entry->key_length = key_length;
	memcpy(entry->key, reply->public_key.data, key_length);
	if (reply->aaguid.length == sizeof(entry->aaguid)) {
		entry->has_aaguid = true;
		memcpy(entry->aaguid, reply->aaguid.data, sizeof(entry->aaguid));
	}
	if (reply->attestation == TOKEN_ATTESTED_CERTIFICATE && reply->certificate.length == 32)
		hex_format(reply->certificate.data, 32, entry->attestation);
	else
		snprintf(entry->attestation, sizeof(entry->attestation), "%s",
			 reply->attestation == TOKEN_ATTESTED_SELF ? "self" : "none");
	return 0;
}

enum token_status enrol_make(struct keys *keys, struct key *key, const struct enrolment *enrolment,
			     struct roster_entry *ret_entry, unsigned int *ret_left)
{
	/* The first one every FIDO2 key knows; the others are there for those that don't. */
	static const uint32_t algorithms[] = {TOKEN_ES256, TOKEN_EDDSA, TOKEN_ES384};
	enum token_status status = TOKEN_UNSUPPORTED;

	*ret_left = 0;
	for (size_t i = 0; i < 3 && status == TOKEN_UNSUPPORTED; i++) {
		_cleanup_token_request_ struct token_request request = {};

		if (prepare(enrolment, algorithms[i], &request) < 0 || keys_ask(key, &request) < 0)
			return TOKEN_FAULT;
		while (key->state == KEY_ASKED)
			keys_wait(keys, &nobody, WIRE_NO_DEADLINE);
		status = keys_status(key, TOKEN_MAKE);
	}
	if (status == TOKEN_OK && take(&key->reply, ret_entry) < 0)
		return TOKEN_FAULT;
	if (key->reply.retries_known)
		*ret_left = key->reply.pin_retries;
	return status;
}
