#include "token.h"

#include <stdio.h>
#include <string.h>

int token_reset(struct token *token)
{
	*token = (struct token){};
	return crypto_random(token->bytes, sizeof(token->bytes));
}

void token_begin(struct token *token, unsigned int permissions, const char *rp, bool user_present,
		 uint64_t now_ms)
{
	token->in_use = true;
	token->used = false;
	token->user_present = user_present;
	token->user_verified = true;
	token->permissions = permissions;
	token->since_ms = now_ms;
	snprintf(token->rp, sizeof(token->rp), "%s", rp ? rp : "");
}

bool token_permits(struct token *token, unsigned int permission, const char *rp, uint64_t now_ms)
{
	uint64_t limit = token->used ? TOKEN_PERIOD_MS : TOKEN_FIRST_USE_MS;

	if (token->in_use && now_ms - token->since_ms > limit)
		token->in_use = false;
	if (!token->in_use || !token->user_verified || !(token->permissions & permission))
		return false;
	if (token->rp[0] != '\0' && strcmp(token->rp, rp) != 0)
		return false;
	token->used = true;
	if (token->rp[0] == '\0')
		snprintf(token->rp, sizeof(token->rp), "%s", rp);
	return true;
}

bool token_present(const struct token *token, uint64_t now_ms)
{
	return token->in_use && token->user_present && now_ms - token->since_ms <= TOKEN_PRESENT_MS;
}

void token_spend(struct token *token)
{
	token->user_present = false;
	token->user_verified = false;
	token->permissions = 0;
}
