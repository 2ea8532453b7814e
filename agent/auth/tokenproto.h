/* The conversation with sekisho-token, the one program that speaks CTAP: a request, a reply, on a
 * SOCK_SEQPACKET pair. The token's bytes are hostile; so every field here has a bound. */
#ifndef SEKISHO_TOKENPROTO_H
#define SEKISHO_TOKENPROTO_H

#include "wire.h"

#define TOKEN_ID_MAX	    512 /* bytes of a credential id */
#define TOKEN_LIST_MAX	    16 /* credentials of one person */
#define TOKEN_LIST_SIZE	    6144 /* bytes: twelve of the longest, or all of the usual length */
#define TOKEN_PIN_MAX	    64 /* CTAP 2.1, 6.5.1: 63 bytes of UTF-8, and our zero */
#define TOKEN_CHALLENGE	    32
#define TOKEN_PUBLIC_MAX    96 /* es384: two coordinates of 48 bytes */
#define TOKEN_AAGUID	    16
#define TOKEN_AUTH_DATA	    37 /* rpIdHash, flags, counter (CTAP 2.1, 6.1): we ask for no extension */
#define TOKEN_SIGNATURE_MAX 512
#define TOKEN_RP_ID_MAX	    254

enum token_verb {
	TOKEN_INFO = 1, /* all of what it is, and how many tries are left; never blinks */
	TOKEN_PREFLIGHT, /* is one of the listed credentials on it? never blinks */
	TOKEN_ASSERT, /* sign the challenge after a touch */
	TOKEN_MAKE, /* make and verify a new credential; the list are those it must not hold */
	TOKEN_OPEN, /* is it a FIDO2 token, and what did it say while it was opened; never blinks */
};

/* The algorithms a roster may name. Numbers are ours. */
enum token_algorithm {
	TOKEN_ES256 = 1,
	TOKEN_EDDSA = 2,
	TOKEN_ES384 = 3,
};

enum token_attestation {
	TOKEN_ATTESTED_NONE,
	TOKEN_ATTESTED_SELF, /* signed by the new key itself */
	TOKEN_ATTESTED_CERTIFICATE, /* signed by the maker's; .certificate is its SHA-256 */
};

enum token_status {
	TOKEN_OK = 0,
	TOKEN_PIN_WRONG,
	TOKEN_PIN_AUTH_BLOCKED, /* three wrong in a row: until it is plugged in again */
	TOKEN_PIN_BLOCKED, /* for good: only a reset helps */
	TOKEN_PIN_REQUIRED,
	TOKEN_PIN_NOT_SET,
	TOKEN_PIN_POLICY, /* the token wants a longer or another PIN */
	TOKEN_UV_WRONG, /* finger not recognised */
	TOKEN_UV_BLOCKED,
	TOKEN_NO_CREDENTIAL,
	TOKEN_EXCLUDED, /* it holds a credential of the list */
	TOKEN_UNTOUCHED, /* nobody touched it in time */
	TOKEN_DENIED, /* the person said no at the token */
	TOKEN_GONE, /* not there, not ours to open, or pulled out */
	TOKEN_BUSY, /* another program holds it; interim: a further reply follows, or none in time
		     */
	TOKEN_SILENT, /* it did not answer in time */
	TOKEN_NOT_FIDO2,
	TOKEN_UNSUPPORTED,
	TOKEN_FAULT, /* anything else: garbage, wrong lengths, errors we don't know */
	TOKEN_STATUS_COUNT
};

/* token_reply.flags */
#define TOKEN_HAS_PIN	   1u /* a PIN is set */
#define TOKEN_HAS_UV	   2u /* built-in verification is set up */
#define TOKEN_TAKES_PIN	   4u /* it could have a PIN */
#define TOKEN_NEW_PIN	   8u /* the PIN serves only to be changed */
#define TOKEN_CRED_PROTECT 16u

struct token_list {
	uint32_t length;
	uint8_t data[TOKEN_LIST_SIZE];
};

struct token_request {
	uint32_t verb;
	uint32_t timeout_ms;
	char rp_id[TOKEN_RP_ID_MAX];
	WIRE_BLOB(challenge, TOKEN_CHALLENGE);
	struct token_list list;
	uint32_t uv; /* 1: verify the person by the token's own means */
	uint32_t inform; /* TOKEN_PREFLIGHT, 1: if a credential is on it, as TOKEN_INFO besides */
	char pin[TOKEN_PIN_MAX];
	WIRE_BLOB(user_id, 64); /* TOKEN_MAKE */
	char user_name[256];
	uint32_t algorithm;
};

struct token_reply {
	uint32_t verb;
	uint32_t status; /* enum token_status */
	uint32_t informed; /* 1: what TOKEN_INFO tells is there */
	uint32_t flags; /* TOKEN_OPEN, TOKEN_INFO */
	uint32_t min_pin; /* characters */
	uint32_t pin_retries; /* also with TOKEN_PIN_WRONG; valid if .retries_known */
	uint32_t uv_retries;
	uint32_t retries_known;
	uint32_t max_list; /* longest allow list it takes, 0: it does not say */
	WIRE_BLOB(aaguid, TOKEN_AAGUID);
	WIRE_BLOB(credential, TOKEN_ID_MAX); /* TOKEN_PREFLIGHT, TOKEN_ASSERT, TOKEN_MAKE */
	WIRE_BLOB(auth_data, TOKEN_AUTH_DATA); /* TOKEN_ASSERT */
	WIRE_BLOB(signature, TOKEN_SIGNATURE_MAX);
	uint32_t count; /* of assertions */
	uint32_t algorithm; /* TOKEN_MAKE */
	WIRE_BLOB(public_key, TOKEN_PUBLIC_MAX);
	uint32_t attestation;
	WIRE_BLOB(certificate, 32);
	uint32_t protected; /* 1: made with credProtect */
};

extern const struct wire_layout token_request_layout;
extern const struct wire_layout token_reply_layout;

/* "pin-wrong", ...; "fault" for anything unknown. */
const char *token_status_name(unsigned int status);

/* Bytes of a public key, 0 for an unknown algorithm. */
size_t token_public_size(unsigned int algorithm);

/* Appends an id of 1 to TOKEN_ID_MAX bytes. -EMSGSIZE. */
int token_list_add(struct token_list *list, const uint8_t *id, size_t length);

/* Walks the list: start with *@at = 0. 1 and the next id (points into @list), 0 at the end,
 * -EBADMSG for a malformed list. */
int token_list_next(const struct token_list *list, size_t *at, const uint8_t **ret_id,
		    size_t *ret_length);

void token_request_wipe(struct token_request *request);
#define _cleanup_token_request_ __attribute__((cleanup(token_request_wipe)))

#endif
