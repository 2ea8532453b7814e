/* A search through all answers of all modules. What was seen in the same state with the same
 * decisive answers is not gone through again, so it takes as long as there are such states. */
#include "pamways.h"

#include "cleanup.h"
#include "pamwalk.h"

#include <errno.h>
#include <security/_pam_types.h>
#include <string.h>

#define SLOTS (2UL * PAMWAYS_STATES_MAX) /* a power of two */

/* Compared byte by byte: no gaps, no bool. */
struct state {
	uint64_t set;
	struct pamwalk walk;
	uint8_t kinds, used, granted, exempted, root;
	uint8_t rest[5];
};
_Static_assert(sizeof(struct state) == 8 + sizeof(struct pamwalk) + 10, "a gap");

struct search {
	const struct pamstack_chain *chain;
	const struct pamstack *stack;
	const struct pammodule_scene *scene;
	bool account; /* this is account management: one way is enough */
	bool any; /* so it is here, and with however many factors */
	bool skips_account;
	struct state *seen;
	size_t n_seen;
	struct pamway way; /* the one that is being walked */
	struct pamways *ways;
	int account_passes[2][2]; /* by granted, exempted; -1: not known yet */
	bool found;
};

/* Lockers: they ask for authentication alone (swaylock's pam.c, i3lock.c), don't heed account
 * management (xscreensaver's driver/passwd-pam.c), or bring no account lines of their own (Debian's
 * packages of the others). */
static const char *const without_account[] = {
	"swaylock",
	"i3lock",
	"i3lock-color",
	"waylock",
	"gtklock",
	"hyprlock",
	"vlock",
	"xlock",
	"physlock",
	"xscreensaver",
	"slock",
	"kde",
	"kde-fingerprint",
	"kde-smartcard",
	"cinnamon-screensaver",
	"mate-screensaver",
	"gnome-screensaver",
	"xfce4-screensaver",
};

static uint64_t hash(const struct state *state)
{
	const unsigned char *bytes = (const unsigned char *)state;
	uint64_t value = 0xcbf29ce484222325;

	for (size_t i = 0; i < sizeof(*state); i++)
		value = (value ^ bytes[i]) * 0x100000001b3;
	return value;
}

/* 1: it is new, 0: it was seen, -E2BIG. */
static int remember(struct search *search, const struct state *state)
{
	size_t at = hash(state) & (SLOTS - 1);

	for (; search->seen[at].used; at = (at + 1) & (SLOTS - 1))
		if (memcmp(&search->seen[at], state, sizeof(*state)) == 0)
			return 0;
	if (search->n_seen == PAMWAYS_STATES_MAX)
		return -E2BIG;
	search->seen[at] = *state;
	search->n_seen++;
	return 1;
}

static bool differ(uint8_t kinds)
{
	return (kinds & (kinds - 1)) != 0;
}

static int search_account(const struct search *from, bool granted, bool exempted);

static int account_passes(struct search *search, const struct state *state)
{
	int *passes = &search->account_passes[state->granted][state->exempted];

	if (search->skips_account)
		return 1;
	if (*passes < 0)
		*passes = search_account(search, state->granted, state->exempted);
	return *passes;
}

/* Keeps the way, unless it is another one with something on top; drops those of which it is part.
 */
static int keep(struct search *search, const struct state *state)
{
	struct pamways *ways = search->ways;
	size_t kept = 0;

	for (size_t i = 0; i < ways->count; i++)
		if ((ways->list[i].set & ~state->set) == 0)
			return 0;
	for (size_t i = 0; i < ways->count; i++) {
		if ((state->set & ~ways->list[i].set) == 0)
			continue;
		if (kept != i)
			ways->list[kept] = ways->list[i];
		kept++;
	}
	ways->count = kept;
	if (ways->count == PAMWAYS_MAX)
		return -E2BIG;
	search->way.kinds = state->kinds;
	search->way.root = state->root;
	search->way.set = state->set;
	ways->list[ways->count++] = search->way;
	return 0;
}

static int arrive(struct search *search, const struct state *state)
{
	unsigned int verdict = pamwalk_verdict(&state->walk);
	int r;

	if (search->account) {
		search->found |= verdict == PAM_SUCCESS || verdict == PAM_NEW_AUTHTOK_REQD;
		return 0;
	}
	if (verdict != PAM_SUCCESS)
		return 0;
	r = account_passes(search, state);
	if (search->any) {
		search->found |= r > 0;
		return r < 0 ? r : 0;
	}
	return r > 0 ? keep(search, state) : r;
}

/* Does this answer make the way what it is? */
static bool decides(const struct pamstack_element *element, const struct pammodule_outcome *outcome)
{
	int action = element->actions[outcome->code];

	if (outcome->kind != KIND_NONE || outcome->meaning != MEANING_PLAIN)
		return true;
	return outcome->code == PAM_SUCCESS && (action == PAMSTACK_DONE || action > 0);
}

static void step(struct search *search, const struct state *from,
		 const struct pammodule_outcome *outcome, struct state *to)
{
	const struct pamstack_element *element = &search->chain->list[from->walk.at];

	*to = *from;
	if (decides(element, outcome))
		to->set |= UINT64_C(1) << from->walk.at;
	to->kinds |= outcome->kind;
	to->root |= outcome->meaning == MEANING_ROOT;
	if (strcmp(pammodule_name(element->module), "pam_sekisho.so") == 0) {
		/* A new question takes the verdict of an earlier one away. */
		to->granted = outcome->kind != KIND_NONE;
		to->exempted = outcome->meaning == MEANING_EXEMPT;
	}
	search->way.steps[search->way.count].element = from->walk.at;
	search->way.steps[search->way.count].outcome = *outcome;
	pamwalk_take(search->chain, &to->walk, outcome->code);
}

/* The depth is bounded by the elements of a chain. */
static int go(struct search *search, struct state *state)
{
	struct pammodule_outcome outcomes[PAMMODULE_OUTCOMES_MAX];
	struct state next;
	size_t count;
	int r;

	if (search->found || (differ(state->kinds) && !search->any))
		return 0;
	if (!pamwalk_next(search->chain, &state->walk))
		return arrive(search, state);
	r = remember(search, state);
	if (r <= 0)
		return r;
	count = (search->account ? pammodule_account : pammodule_authenticate)(
		&search->chain->list[state->walk.at], search->scene, outcomes);
	for (size_t i = 0; r >= 0 && i < count; i++) {
		step(search, state, &outcomes[i], &next);
		search->way.count++;
		r = go(search, &next);
		search->way.count--;
	}
	return r;
}

static int run(struct search *search)
{
	struct state state;
	int r;

	search->seen = calloc(SLOTS, sizeof(*search->seen));
	if (!search->seen)
		return -ENOMEM;
	memset(&state, 0, sizeof(state));
	state.used = 1;
	pamwalk_begin(&state.walk);
	r = go(search, &state);
	free(search->seen);
	search->seen = NULL;
	return r < 0 ? r : 0;
}

static int search_account(const struct search *from, bool granted, bool exempted)
{
	struct pammodule_scene scene = *from->scene;
	struct search search = {
		.chain = &from->stack->chains[PAMSTACK_ACCOUNT], .scene = &scene, .account = true};
	int r;

	scene.granted = granted;
	scene.exempted = exempted;
	r = run(&search);
	return r < 0 ? r : search.found;
}

static bool skips_account(const char *service)
{
	for (size_t i = 0; i < ARRAY_SIZE(without_account); i++)
		if (strcmp(without_account[i], service) == 0)
			return true;
	return false;
}

int pamways_find(const struct pamstack *stack, const struct pammodule_scene *scene,
		 struct pamways *ways)
{
	struct search search = {
		.chain = &stack->chains[PAMSTACK_AUTH],
		.stack = stack,
		.scene = scene,
		.ways = ways,
		.skips_account = skips_account(scene->service),
		.account_passes = {{-1, -1}, {-1, -1}},
	};

	ways->count = 0;
	return run(&search);
}

int pamways_exempt_passes(const struct pamstack *stack, const struct pammodule_scene *scene)
{
	struct pammodule_scene exempt = *scene;
	struct search search = {
		.chain = &stack->chains[PAMSTACK_AUTH],
		.stack = stack,
		.scene = &exempt,
		.any = true,
		.skips_account = skips_account(scene->service),
		.account_passes = {{-1, -1}, {-1, -1}},
	};
	int r;

	exempt.exempt = true;
	r = run(&search);
	return r < 0 ? r : search.found;
}

int pamways_account_passes(const struct pamstack *stack, const struct pammodule_scene *scene)
{
	struct search from = {.stack = stack, .scene = scene};

	return search_account(&from, false, false);
}
