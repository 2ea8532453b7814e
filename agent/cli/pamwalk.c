#include "pamwalk.h"

#include <security/_pam_types.h>
#include <string.h>

#define MUST_FAIL PAM_PERM_DENIED

void pamwalk_begin(struct pamwalk *walk)
{
	memset(walk, 0, sizeof(*walk));
	walk->now.status = MUST_FAIL;
	walk->before[0] = walk->now;
}

/* A chain of a known length, from the element at @walk->at. */
static const struct pamstack_element *current(const struct pamstack_chain *chain,
					      const struct pamwalk *walk)
{
	return walk->at < chain->count ? &chain->list[walk->at] : NULL;
}

/* Substacks that were left are forgotten. */
static void enter(struct pamwalk *walk, uint8_t level)
{
	if (walk->level < level)
		walk->before[level] = walk->now;
	for (size_t i = level + 1U; i < PAMSTACK_DEPTH_MAX; i++)
		memset(&walk->before[i], 0, sizeof(walk->before[i]));
	walk->level = level;
}

bool pamwalk_next(const struct pamstack_chain *chain, struct pamwalk *walk)
{
	const struct pamstack_element *element;

	while ((element = current(chain, walk))) {
		enter(walk, element->level);
		if (element->module)
			return true;
		walk->at++;
	}
	return false;
}

static void approve(struct pamwalk_impression *now, unsigned int code)
{
	/* A success that is not one (PAM_NEW_AUTHTOK_REQD) is kept by what comes later. */
	if (now->impression == 0 || (now->impression > 0 && now->status == PAM_SUCCESS)) {
		now->impression = 1;
		now->status = (uint8_t)code;
	}
}

static void disapprove(struct pamwalk_impression *now, unsigned int code)
{
	if (now->impression >= 0) {
		now->impression = -1;
		now->status = (uint8_t)(code == PAM_IGNORE ? MUST_FAIL : code);
	}
}

/* The element after @at, if it belongs to this level or a substack of it. */
static bool has_next(const struct pamstack_chain *chain, size_t at, uint8_t level)
{
	return at + 1 < chain->count && chain->list[at + 1].level >= level;
}

/* A substack counts as one, and nothing is jumped over beyond the end of one's own. */
static size_t jump(const struct pamstack_chain *chain, struct pamwalk *walk, int count)
{
	size_t at = walk->at;
	uint8_t level = walk->level;

	for (; count > 0 && has_next(chain, at, level); count--) {
		do
			at++;
		while (has_next(chain, at, (uint8_t)(level + 1)));
	}
	if (count > 0) {
		walk->now.impression = -1;
		walk->now.status = MUST_FAIL;
	}
	return at;
}

void pamwalk_take(const struct pamstack_chain *chain, struct pamwalk *walk, unsigned int code)
{
	const struct pamstack_element *element = &chain->list[walk->at];
	int action = element->actions[code];
	size_t at = walk->at;
	bool decided = false;

	switch (action) {
	case PAMSTACK_IGNORE:
		break;
	case PAMSTACK_RESET:
		walk->now = walk->before[element->level];
		break;
	case PAMSTACK_OK:
	case PAMSTACK_DONE:
		approve(&walk->now, code);
		decided = action == PAMSTACK_DONE && walk->now.impression > 0;
		break;
	case PAMSTACK_BAD:
	case PAMSTACK_DIE:
		disapprove(&walk->now, code);
		decided = action == PAMSTACK_DIE;
		break;
	default:
		at = jump(chain, walk, action);
		break;
	}
	while (decided && has_next(chain, at, element->level))
		at++;
	walk->at = (uint8_t)(at + 1);
}

unsigned int pamwalk_verdict(const struct pamwalk *walk)
{
	if (walk->now.status == PAM_SUCCESS && walk->now.impression <= 0)
		return MUST_FAIL;
	return walk->now.status;
}
