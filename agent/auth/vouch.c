#include "vouch.h"

#include "loginrecord.h"
#include "loginstate.h"
#include "telephone.h"

#include <string.h>

bool vouch_is_asked(const struct login *login)
{
	return login->hello.flags & AUTH_VOUCH;
}

void vouch_narrow(struct login *login)
{
	struct settings *settings = &login->settings;

	settings->pairs = (struct pairs){.key = true};
	login->offer = FACTORS_KEY;
	settings->single_prompt[0] = settings->substitute[0] = settings->telephone[0] = '\0';
	login->substitute.here = login->substitute.telephone = false;
	login->factor.strict = true;
}

enum failure vouch_answer(struct login *login, char ret_digits[static PHONECODE_SHOWN])
{
	struct telephone_answer answer = {
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
	failure = login->shared.is ? FAILURE_SECOND_RIGHT : telephone_answer(&answer);
	if (failure != FAILURE_NONE)
		return failure;
	if (event_begin(&event, EVENT_SUBSTITUTE_ANSWERED) < 0)
		return FAILURE_RECORD;
	event_set(&event, "user", answer.user);
	event_set(&event, "terminal", answer.terminal);
	event_set(&event, "voucher", login->hello.user);
	event_set(&event, "tty", login->hello.tty);
	event_set_number(&event, "caller", login->caller.uid);
	event_set(&event, "login", login->event.id);
	keyfactor_describe_key(&login->factor, &event);
	failure = loginrecord_write(login, SPOOL_GRANT, &event);
	if (failure != FAILURE_NONE)
		return failure;
	memcpy(ret_digits, answer.digits, sizeof(answer.digits));
	memcpy(login->vouched.user, answer.user, sizeof(answer.user));
	memcpy(login->vouched.terminal, answer.terminal, sizeof(answer.terminal));
	return FAILURE_NONE;
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
