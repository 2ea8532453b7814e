/* The authenticator behind the transport: state of one power cycle, and the CTAP2 commands.
 *
 * A command that needs a touch says CTAP_WAIT_TOUCH and has changed nothing; the caller runs the
 * same command again with call->touched set once somebody touched the key. So there is no waiting
 * in here, no clock and no thread. */
#ifndef SOFTKEY_AUTHENTICATOR_H
#define SOFTKEY_AUTHENTICATOR_H

#include "attestation.h"
#include "decoder.h"
#include "encoder.h"
#include "settings.h"
#include "store.h"
#include "token.h"

#include <stdbool.h>
#include <stdint.h>

#define NEXT_ASSERTION_MS 30000 /* CTAP 2.1, 6.3 */

/* One PIN/UV auth protocol: its key agreement pair and its token. */
struct protocol {
	unsigned int number;
	struct keypair agreement;
	struct token token;
};

/* What getNextAssertion goes on with. */
struct pending_assertions {
	uint8_t ids[RESIDENTS_MAX][CREDENTIAL_ID_SIZE];
	size_t count;
	size_t next;
	size_t repeats; /* further answers owed by huge-count */
	char rp[RP_ID_MAX + 1];
	uint8_t client_hash[HASH_SIZE];
	uint8_t flags;
	uint64_t since_ms;
};

struct authenticator {
	const struct settings *settings;
	struct attestation attestation;
	struct store store;
	uint32_t misbehaviours;
	bool uv_works; /* outcome of built-in user verification */
	struct protocol protocols[2]; /* number 1, number 2 */
	unsigned int pin_mismatches; /* in a row */
	bool pin_auth_blocked; /* until the next power cycle */
	uint64_t powered_ms;
	struct pending_assertions pending;
	unsigned long signatures; /* assertions signed since the start */
};

/* One run of a command. */
struct call {
	uint64_t now_ms;
	bool touched;
	struct encoder reply; /* without the status byte */
};

/* Opens state and attestation, applies the settings, powers up. */
int authenticator_open(struct authenticator *authenticator, const struct settings *settings,
		       uint64_t now_ms);
void authenticator_close(struct authenticator *authenticator);

/* What pulling and plugging does: new tokens and agreement keys, PIN tries of this cycle at 0. */
int authenticator_power_up(struct authenticator *authenticator, uint64_t now_ms);

/* Runs a command byte and its CBOR. A CTAP status, or CTAP_WAIT_TOUCH. */
int authenticator_execute(struct authenticator *authenticator, const uint8_t *request,
			  size_t length, struct call *call);

/* What getInfo tells of user verification by PIN or by itself being ready. */
bool authenticator_protected(const struct authenticator *authenticator);

/* The handlers, one file each; @request is NULL if the command had no parameters. */
int info_get(struct authenticator *authenticator, const cbor_item_t *request, struct call *call);
int credential_make(struct authenticator *authenticator, const cbor_item_t *request,
		    struct call *call);
int assertion_get(struct authenticator *authenticator, const cbor_item_t *request,
		  struct call *call);
int assertion_get_next(struct authenticator *authenticator, const cbor_item_t *request,
		       struct call *call);
int client_pin(struct authenticator *authenticator, const cbor_item_t *request, struct call *call);

/* Sets the PIN as at the factory, for --pin. -EINVAL if it is too short or too long. */
int client_pin_preset(struct authenticator *authenticator, const char *pin);

/* The protocol of this number if the settings offer it, else NULL. */
struct protocol *authenticator_protocol(struct authenticator *authenticator, int64_t number);

#endif
