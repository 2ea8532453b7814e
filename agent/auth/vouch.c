#include "vouch.h"

#include "loginfactors.h"
#include "loginproof.h"
#include "loginrecord.h"
#include "loginstate.h"
#include "telephone.h"

#include <string.h>

bool vouch_is_asked(const struct login *login)
{
	return login->hello.flags & AUTH_VOUCH;
}

/* Nothing but a key at this terminal counts, with PIN or finger. */
static void narrow(struct login *login)
{
	struct settings *settings = &login->settings;

	settings->pairs = (struct pairs){.key = true};
	login->offer = FACTORS_KEY;
	settings->single_prompt[0] = settings->substitute[0] = settings->telephone[0] = '\0';
	login->substitute.here = login->substitute.telephone = false;
	login->factor.strict = true;
}

/* Asks for whom, and records that it was answered. */
static enum failure answer(struct login *login, char ret_digits[static PHONECODE_SHOWN])
{
	struct telephone_answer telephone = {
		.group = login->places->substitutes,
		.roster = login->places->roster,
		.owner = login->places->owner,
		.state_dirfd = login->state_dirfd,
		.person = &login->person,
		.settings = &login->settings,
		.voucher = login->hello.user,
		.standing = &login->standing,
	};
	_cleanup_event_ struct event event = {};
	enum failure failure;

	/* It is a person who vouches, by a name that is nobody else's. */
	failure = login->shared.is ? FAILURE_SECOND_RIGHT : telephone_answer(&telephone);
	if (failure != FAILURE_NONE)
		return failure;
	if (event_begin(&event, EVENT_SUBSTITUTE_ANSWERED) < 0)
		return FAILURE_RECORD;
	event_set(&event, "user", telephone.user);
	event_set(&event, "terminal", telephone.terminal);
	event_set(&event, "voucher", login->hello.user);
	event_set(&event, "tty", login->hello.tty);
	event_set_number(&event, "caller", login->caller.uid);
	event_set(&event, "login", login->event.id);
	keyfactor_describe_key(&login->factor, &event);
	failure = loginrecord_write(login, SPOOL_GRANT, &event);
	if (failure != FAILURE_NONE)
		return failure;
	memcpy(ret_digits, telephone.digits, sizeof(telephone.digits));
	memcpy(login->vouched.user, telephone.user, sizeof(telephone.user));
	memcpy(login->vouched.terminal, telephone.terminal, sizeof(telephone.terminal));
	return FAILURE_NONE;
}

enum failure vouch_run(struct login *login, char ret_digits[static PHONECODE_SHOWN])
{
	enum failure failure;

	narrow(login);
	login->way =
		factors_way(&login->settings, &login->hello, &login->caller, login->places->logind);
	failure = login->way == FACTORS_HERE ? loginfactors_begin(login) : FAILURE_SECOND_AFAR;
	if (failure == FAILURE_NONE)
		failure = loginfactors_run(login);
	if (failure == FAILURE_NONE && !login->allowed)
		failure = FAILURE_NOT_HERE;
	loginfactors_end(login);
	if (failure == FAILURE_NONE)
		failure = loginproof_expect(login);
	return failure == FAILURE_NONE ? answer(login, ret_digits) : failure;
}

void vouch_tell(struct login *login, const char *digits)
{
	struct auth_verdict verdict = {.verdict = VERDICT_CANCELLED};
	const struct message_values values = {
		.number = digits,
		.user = login->vouched.user,
		.terminal = login->vouched.terminal,
	};

	message_format(MESSAGE_ANSWER, &values, verdict.text, sizeof(verdict.text));
	memcpy(verdict.event, login->event.id, sizeof(login->event.id));
	person_dismiss(&login->person, &verdict);
}
