/* What makeCredential and getAssertion have in common: the relying party, the options, and the
 * steps that find out whether the user is verified and present (CTAP 2.1, 6.1.2 and 6.2.2). */
#ifndef SOFTKEY_CONSENT_H
#define SOFTKEY_CONSENT_H

#include "authenticator.h"

struct consent {
	char rp[RP_ID_MAX + 1];
	uint8_t rp_hash[HASH_SIZE];
	uint8_t client_hash[HASH_SIZE];
	bool rk;
	bool up;
	bool uv;
	bool rk_given;
	bool has_mac; /* pinUvAuthParam */
	struct bytes mac;
	struct protocol *protocol; /* set if has_mac and the mac is not empty */

	/* Written by consent_verify(). */
	bool verified;
	bool present; /* a touch has been given, with the token or within this command */
};

/* Where the two commands keep the same things: their member numbers differ. */
struct consent_members {
	int client_hash;
	int rp; /* a map with "id" in makeCredential, a text in getAssertion */
	int options;
	int mac;
	int protocol;
};

/* Reads and checks. A CTAP status or CTAP_WAIT_TOUCH (an empty pinUvAuthParam asks for a touch and
 * nothing else). The texts live as long as @request. */
int consent_read(struct authenticator *authenticator, const cbor_item_t *request,
		 const struct consent_members *members, const struct call *call,
		 struct consent *ret_consent);

/* Verifies by token (which must have @permission) or built in, where asked for. A CTAP status or
 * CTAP_WAIT_TOUCH. */
int consent_verify(struct authenticator *authenticator, struct consent *consent,
		   unsigned int permission, const struct call *call);

/* Counts a built-in verification, for here and for client PIN. A CTAP status. */
int consent_built_in(struct authenticator *authenticator);

/* The flags to be signed, as far as the authenticator behaves. */
uint8_t consent_flags(const struct authenticator *authenticator, const struct consent *consent);

#endif
