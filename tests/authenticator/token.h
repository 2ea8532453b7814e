/* The pinUvAuthToken of one protocol and its state (CTAP 2.1, 6.5.2.1): what its holder may do, for
 * which relying party, until when. Times are milliseconds of a monotonic clock. */
#ifndef SOFTKEY_TOKEN_H
#define SOFTKEY_TOKEN_H

#include "crypto.h"
#include "ctap.h"

#include <stdbool.h>

#define TOKEN_FIRST_USE_MS 30000 /* limits for USB (CTAP 2.1, 6.5.2.1) */
#define TOKEN_PERIOD_MS	   600000
#define TOKEN_PRESENT_MS   30000

struct token {
	uint8_t bytes[SECRET_KEY];
	bool in_use;
	bool used;
	bool user_present;
	bool user_verified;
	unsigned int permissions;
	char rp[RP_ID_MAX + 1]; /* "" while bound to nobody */
	uint64_t since_ms;
};

/* Other bytes, no right: whoever holds the old one has nothing. */
int token_reset(struct token *token);

/* Gives rights to a reset token. @rp may be NULL. */
void token_begin(struct token *token, unsigned int permissions, const char *rp, bool user_present,
		 uint64_t now_ms);

/* Whether the token still has @permission for @rp, which it is bound to by this use. */
bool token_permits(struct token *token, unsigned int permission, const char *rp, uint64_t now_ms);

/* Whether the touch given when the token was issued still counts. */
bool token_present(const struct token *token, uint64_t now_ms);

/* After a command that told the relying party of the user's presence: once only. */
void token_spend(struct token *token);

#endif
