#include "loginfactors.h"

#include "loginstate.h"
#include "remote.h"

/* What the roster says of the user. Who has no usable key is asked for a made-up one: the
 * conversation goes on as with anybody. */
static enum failure look_up(struct login *login)
{
	enum failure failure;

	failure = standing_find(login->places->roster, login->places->owner, login->places->revoked,
				&login->settings, login->hello.user, roster_today(),
				&login->standing);
	if (failure == FAILURE_NONE)
		failure = shared_find(&login->shared_places, &login->settings, login->hello.user,
				      &login->standing, &login->shared);
	if (failure == FAILURE_NONE)
		failure = takeover_begin(&login->takeover, &login->shared);
	if (failure != FAILURE_NONE || !settings_accept(&login->settings, "key"))
		return failure;
	if (!login->shared.is)
		return standing_offer(&login->standing, login->state_dirfd, login->hello.user,
				      &login->factor);
	/* Nobody may vouch for nobody: keys of the account itself are none. */
	login->standing.n_usable = login->standing.n_unusable = 0;
	return shared_offer(&login->shared, &login->standing, login->state_dirfd, login->hello.user,
			    &login->factor);
}

static enum failure reason_of(const struct login *login, const struct roster_entry *entry)
{
	return login->shared.is ? shared_reason(&login->shared, entry)
				: standing_of(&login->standing, &login->settings, entry);
}

/* Of the name, on this day. A code does not tell which of several people typed it. */
static enum roster_validity right_to_codes(const struct login *login)
{
	return login->shared.is ? ROSTER_EXPIRED : standing_rights(&login->standing);
}

static enum failure check_lockout(struct login *login)
{
	enum failure failure;

	/* Whoever guesses at a server's prompt is not at a door of this terminal either. */
	failure = lockout_open(login->state_dirfd, &login->settings,
			       settings_single_prompt(&login->settings, login->hello.service) ||
				       remote_is_said(&login->hello),
			       login->caller.loginuid, login->hello.user, &login->lockout);
	return failure == FAILURE_NONE ? lockout_check(&login->lockout) : failure;
}

/* The children begin to speak to the keys, without a blink, while we read. */
static enum failure prepare_key(struct login *login)
{
	if (!settings_accept(&login->settings, "key") ||
	    settings_single_prompt(&login->settings, login->hello.service))
		return FAILURE_NONE;
	if (!login->keys->directory &&
	    keys_open(login->places->devices, login->places->token, NULL, login->keys) < 0)
		return FAILURE_TOKEN_PROGRAM;
	keys_begin(login->keys);
	proof_prepare();
	return FAILURE_NONE;
}

enum failure loginfactors_begin(struct login *login)
{
	enum failure failure = check_lockout(login);

	return failure == FAILURE_NONE ? prepare_key(login) : failure;
}

static enum failure ask(struct login *login)
{
	struct keyfactor *factor = &login->factor;
	enum failure failure = look_up(login);

	if (failure == FAILURE_NONE)
		failure = tally_open(login->state_dirfd, &login->tally);
	if (failure != FAILURE_NONE)
		return failure;
	factor->settings = &login->settings;
	factor->person = &login->person;
	factor->keys = login->keys;
	factor->tally = &login->tally;
	factor->lockout = &login->lockout;
	login->otp = (struct otpfactor){
		.directory = login->places->state,
		.state_dirfd = login->state_dirfd,
		.counters = login->tally.fd,
		.user = login->hello.user,
		.rights = right_to_codes(login),
		.person = &login->person,
		.lockout = &login->lockout,
	};
	failure = factors_run(factor, &login->otp, &login->substitute, login->offer, login->way);
	if (login->otp.typed)
		return shared_code(&login->shared, failure);
	if (login->substitute.chosen)
		return failure;
	if (failure == FAILURE_OTHER_KEY && factor->entry_unusable)
		return reason_of(login, factor->entry);
	if (failure == FAILURE_OTHER_KEY && login->standing.revoked.person)
		return FAILURE_PERSON_REVOKED;
	/* Every key that could be meant was turned down for one reason. */
	if (failure == FAILURE_OTHER_KEY && factor->nobody && factor->n_unusable == 1)
		return reason_of(login, factor->unusable);
	if (failure == FAILURE_OTHER_KEY && factor->nobody && factor->n_unusable == 0)
		return FAILURE_NOT_ENROLLED;
	if (failure == FAILURE_NONE)
		failure = tally_settle(&login->tally, factor->entry, factor->proof.counter,
				       factor->instance);
	if (failure == FAILURE_NONE && !login->shared.is)
		failure = standing_lasts(&login->standing, &login->settings, factor->entry);
	return failure;
}

enum failure loginfactors_run(struct login *login)
{
	return lockout_settle(&login->lockout, ask(login));
}

void loginfactors_end(struct login *login)
{
	lockout_close(&login->lockout);
	keys_quiet(login->keys);
	tally_close(&login->tally);
}
