#include "telephone.h"

#include "blank.h"
#include "cleanup.h"
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>

#define CALL_MS 300000 /* to ring somebody up */

/* The group, this terminal's own key, and its line. */
struct own {
	struct phonegroup group;
	struct phonecode_key key;
	const struct phonegroup_terminal *line;
};

static void forget(struct own *own)
{
	phonecode_wipe(&own->key);
}

static enum failure load(const char *path, uid_t owner, int state_dirfd, struct own *own)
{
	const char *wrong = NULL;
	unsigned int line = 0;
	int r = phonegroup_load(path, owner, &own->group, &line, &wrong);

	if (r < 0) {
		fprintf(stderr, "%s:%u: %s\n", path, line, wrong ? wrong : strerror(-r));
		return FAILURE_SUBSTITUTE_GROUP;
	}
	r = phonecode_load(state_dirfd, &own->key);
	if (r < 0) {
		fprintf(stderr, "%s: %s\n", PHONECODE_FILE, strerror(-r));
		return FAILURE_SUBSTITUTE_GROUP;
	}
	own->line = phonegroup_of_key(&own->group, own->key.public);
	if (own->line)
		return FAILURE_NONE;
	fprintf(stderr, "%s: this terminal's key is not there\n", path);
	return FAILURE_SUBSTITUTE_GROUP;
}

static enum failure failure_of(int r)
{
	if (r == -ETIMEDOUT)
		return FAILURE_ANSWER_UNANSWERED;
	if (r == -ECANCELED)
		return FAILURE_CANCELLED;
	return r < 0 ? FAILURE_PROTOCOL : FAILURE_NONE;
}

/* What is typed is shown: it is read out anyway. */
static enum failure ask_text(const struct person *person, enum message message,
			     const struct message_values *values, int64_t wait_ms,
			     struct secret *ret_typed)
{
	return failure_of(
		person_ask(person, message, true, values, wire_now() + wait_ms, ret_typed));
}

/* Any terminal that answers may have done so; all are tried, whichever it was. */
static enum failure compare(const struct own *own, const struct phonecode_about *about,
			    const char typed[static PHONECODE_SIZE],
			    const struct phonegroup_terminal **ret_terminal)
{
	*ret_terminal = NULL;
	for (size_t i = 0; i < own->group.count; i++) {
		const struct phonegroup_terminal *terminal = &own->group.terminals[i];
		char right[PHONECODE_SIZE] = "";

		/* Nobody vouches at the terminal itself in this way. */
		if (!terminal->answers || terminal == own->line)
			continue;
		if (phonecode_answer(&own->key, own->line->key, terminal->key, about, right) < 0) {
			fprintf(stderr, "%s: its key can't be used\n", terminal->name);
			continue;
		}
		if (CRYPTO_memcmp(right, typed, PHONECODE_SIZE) == 0)
			*ret_terminal = terminal;
		explicit_bzero(right, sizeof(right));
	}
	return *ret_terminal ? FAILURE_NONE : FAILURE_ANSWER_WRONG;
}

static enum failure challenge(struct substitute *substitute, const struct own *own,
			      struct phonecode_about *about, enum failure why)
{
	const struct phonegroup_terminal *terminal = NULL;
	const struct secondperson *second = substitute->second;
	_cleanup_secret_ struct secret typed = {};
	char digits[PHONECODE_SIZE] = "";
	char shown[PHONECODE_SHOWN];
	const struct message_values values = {
		.service = second->service,
		.user = second->user,
		.terminal = own->line->name,
		.number = shown,
	};
	enum failure failure;

	phonecode_show(about->challenge, shown);
	failure = failure_of(
		person_ask_call(second->person, MESSAGE_CHALLENGE, &values, CALL_MS, &typed));
	substitute->second->factor.answered = wire_now();
	if (failure != FAILURE_NONE)
		return failure;
	/* Mistyped, which tells a guesser nothing. */
	if (phonecode_read(typed.bytes, typed.length, digits) < 0)
		return FAILURE_ANSWER_MALFORMED;
	failure = lockout_judge(substitute->lockout);
	if (failure == FAILURE_NONE)
		failure = compare(own, about, digits, &terminal);
	if (failure == FAILURE_NONE)
		memcpy(substitute->terminal, terminal->name, sizeof(substitute->terminal));
	/* Who may not vouch here has no right answer. */
	return failure == FAILURE_NONE ? why : failure;
}

enum failure telephone_ask(struct substitute *substitute, uint32_t today, uint32_t before)
{
	__attribute__((cleanup(forget))) struct own own = {};
	struct secondperson *second = substitute->second;
	char digits[PHONECODE_SIZE];
	struct phonecode_about about = {
		.user = second->user,
		.voucher = second->name,
		.day = today,
		.challenge = digits,
	};
	enum failure why = FAILURE_BROKEN;
	enum failure failure;

	failure = load(substitute->group, second->owner, second->state_dirfd, &own);
	if (failure == FAILURE_NONE)
		failure = secondperson_name(second, ROSTER_MAY_SUBSTITUTE, MESSAGE_PHONE_VOUCHER,
					    &why);
	if (failure == FAILURE_NONE && phonecode_challenge(second->user, today, before, digits) < 0)
		failure = FAILURE_BROKEN;
	if (failure == FAILURE_NONE)
		failure = challenge(substitute, &own, &about, why);
	second->verified = failure == FAILURE_NONE;
	return failure;
}

/* A name as it was meant: what Japanese input or a careless thumb puts around it is no part of it,
 * and would be an answer for nobody. -EINVAL: there is none, or it is too long. */
static int read_name(const struct secret *typed, char *name, size_t size)
{
	const char *at = typed->bytes, *end = typed->bytes + typed->length;
	const char *last = NULL, *first = NULL;

	while (at < end) {
		const size_t blank = blank_at(at, (size_t)(end - at));

		at += blank;
		if (blank > 0)
			continue;
		first = first ? first : at;
		last = ++at;
	}
	if (!first || (size_t)(last - first) >= size)
		return -EINVAL;
	memcpy(name, first, (size_t)(last - first));
	name[last - first] = '\0';
	return 0;
}

/* An answer for a name that was misheard would count against the colleague where it is typed. */
static enum failure check_known(const struct telephone_answer *answer)
{
	struct roster_person person = {};
	_cleanup_close_ int fd = -1;
	const char *wrong = NULL;
	int r = file_open_trusted(AT_FDCWD, answer->roster, answer->owner, &fd);

	if (r == 0)
		r = roster_find(fd, answer->user, &person, &wrong);
	if (r < 0) {
		fprintf(stderr, "%s: %s\n", answer->roster, wrong ? wrong : strerror(-r));
		return FAILURE_ROSTER;
	}
	return person.n_entries + person.n_periods > 0 ? FAILURE_NONE : FAILURE_ANSWER_UNKNOWN;
}

static enum failure ask_about(struct telephone_answer *answer, const struct own *own,
			      const struct phonegroup_terminal **ret_asking,
			      char challenge_digits[static PHONECODE_SIZE])
{
	const int64_t wait_ms = (int64_t)answer->settings->pin_wait * 1000;
	_cleanup_secret_ struct secret terminal = {}, user = {}, number = {};
	char name[PHONEGROUP_NAME];
	enum failure failure;

	failure = ask_text(answer->person, MESSAGE_ANSWER_TERMINAL, NULL, wait_ms, &terminal);
	if (failure == FAILURE_NONE)
		failure = ask_text(answer->person, MESSAGE_ANSWER_USER, NULL, wait_ms, &user);
	if (failure == FAILURE_NONE)
		failure = ask_text(answer->person, MESSAGE_ANSWER_NUMBER, NULL, wait_ms, &number);
	if (failure != FAILURE_NONE)
		return failure;
	if (read_name(&terminal, name, sizeof(name)) < 0 ||
	    read_name(&user, answer->user, sizeof(answer->user)) < 0 ||
	    phonecode_read(number.bytes, number.length, challenge_digits) < 0)
		return FAILURE_ANSWER_MALFORMED;
	*ret_asking = phonegroup_of_name(&own->group, name);
	if (!*ret_asking || *ret_asking == own->line)
		return FAILURE_ANSWER_MALFORMED;
	memcpy(answer->terminal, (*ret_asking)->name, sizeof(answer->terminal));
	return strcmp(answer->user, answer->voucher) == 0 ? FAILURE_SECOND_SAME
							  : check_known(answer);
}

enum failure telephone_answer(struct telephone_answer *answer)
{
	__attribute__((cleanup(forget))) struct own own = {};
	const struct phonegroup_terminal *asking = NULL;
	const uint32_t today = roster_today();
	char digits[PHONECODE_SIZE], right[PHONECODE_SIZE];
	const struct phonecode_about about = {answer->user, answer->voucher, today, digits};
	enum failure failure;

	if (today == 0 || !secondperson_may(answer->standing, ROSTER_MAY_SUBSTITUTE))
		return FAILURE_SECOND_RIGHT;
	failure = load(answer->group, answer->owner, answer->state_dirfd, &own);
	if (failure == FAILURE_NONE && !own.line->answers)
		failure = FAILURE_SUBSTITUTE_GROUP;
	if (failure == FAILURE_NONE)
		failure = ask_about(answer, &own, &asking, digits);
	if (failure == FAILURE_NONE &&
	    phonecode_answer(&own.key, asking->key, own.line->key, &about, right) < 0)
		failure = FAILURE_SUBSTITUTE_GROUP;
	if (failure == FAILURE_NONE)
		phonecode_show(right, answer->digits);
	return failure;
}
