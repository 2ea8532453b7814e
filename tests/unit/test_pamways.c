/* The search against plain counting: random stacks, all combinations of all answers, and of the
 * ways that are left those that no other is part of. */
#include "agent/cli/pamwalk.h"
#include "agent/cli/pamways.h"

#include "cleanup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <security/_pam_types.h>

#define ROUNDS	    400
#define MODULES_MAX 6
#define SETS_MAX    4096

static uint64_t random_state;
static char text[4096], inner[2048];

static struct {
	uint64_t sets[SETS_MAX];
	size_t count;
} plain;

static unsigned int pick(unsigned int below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned int)(random_state % below);
}

static int read_text(void *user, const char *path, char **ret_text, size_t *ret_length)
{
	const char *content = NULL;

	(void)user;
	if (strcmp(path, "/etc/pam.d/a") == 0)
		content = text;
	else if (strcmp(path, "/etc/pam.d/inner") == 0)
		content = inner;
	if (!content)
		return -ENOENT;
	*ret_text = strdup(content);
	*ret_length = strlen(content);
	return *ret_text ? 0 : -ENOMEM;
}

static void write_modules(char *place, size_t size, unsigned int count)
{
	static const char *const controls[] = {
		"required",
		"requisite",
		"sufficient",
		"optional",
		"[success=1 default=ignore]",
		"[success=2 default=ignore]",
		"[success=ok default=die]",
		"[success=ok ignore=ignore user_unknown=ignore default=bad]",
		"[success=done default=reset]",
		"[default=1 success=ok]"};
	static const char *const modules[] = {
		"pam_unix.so",	       "pam_sekisho.so",
		"pam_fprintd.so",      "pam_sss.so ignore_unknown_user",
		"pam_u2f.so nouserok", "pam_permit.so",
		"pam_deny.so",	       "pam_localuser.so",
		"pam_rootok.so",       "pam_env.so"};
	size_t used = 0;

	place[0] = '\0';
	for (unsigned int i = 0; i < count; i++)
		used += (size_t)snprintf(place + used, size - used, "auth %s %s\n",
					 controls[pick(ARRAY_SIZE(controls))],
					 modules[pick(ARRAY_SIZE(modules))]);
}

static void write_stack(void)
{
	unsigned int first = pick(MODULES_MAX), second = pick(MODULES_MAX - first + 1);
	size_t used;

	write_modules(text, sizeof(text), first);
	used = strlen(text);
	if (pick(2))
		used += (size_t)snprintf(text + used, sizeof(text) - used, "auth %s inner\n",
					 pick(2) ? "include" : "substack");
	write_modules(inner, sizeof(inner), second);
	write_modules(text + used, sizeof(text) - used, MODULES_MAX - first - second);
	used = strlen(text);
	snprintf(text + used, sizeof(text) - used, "account required pam_permit.so\n");
}

static bool matters(const struct pamstack_element *element, const struct pammodule_outcome *outcome)
{
	int action = element->actions[outcome->code];

	return outcome->kind || outcome->meaning ||
	       (outcome->code == PAM_SUCCESS && (action == PAMSTACK_DONE || action > 0));
}

static void count_all(const struct pamstack_chain *chain, const struct pammodule_scene *scene,
		      struct pamwalk walk, uint64_t set, unsigned int kinds)
{
	struct pammodule_outcome outcomes[PAMMODULE_OUTCOMES_MAX];
	size_t count;

	if (!pamwalk_next(chain, &walk)) {
		if (pamwalk_verdict(&walk) != PAM_SUCCESS || (kinds & (kinds - 1)) != 0)
			return;
		for (size_t i = 0; i < plain.count; i++)
			if (plain.sets[i] == set)
				return;
		assert_true(plain.count < SETS_MAX);
		plain.sets[plain.count++] = set;
		return;
	}
	count = pammodule_authenticate(&chain->list[walk.at], scene, outcomes);
	for (size_t i = 0; i < count; i++) {
		struct pamwalk next = walk;
		bool counts = matters(&chain->list[walk.at], &outcomes[i]);

		pamwalk_take(chain, &next, outcomes[i].code);
		count_all(chain, scene, next, set | (uint64_t)counts << walk.at,
			  kinds | outcomes[i].kind);
	}
}

/* Is no other among them a part of it? */
static bool is_least(uint64_t set)
{
	for (size_t i = 0; i < plain.count; i++)
		if (plain.sets[i] != set && (plain.sets[i] & ~set) == 0)
			return false;
	return true;
}

static void compare(const struct pamways *ways)
{
	size_t least = 0;

	for (size_t i = 0; i < plain.count; i++) {
		bool found = false;

		if (!is_least(plain.sets[i]))
			continue;
		least++;
		for (size_t j = 0; j < ways->count; j++)
			found |= ways->list[j].set == plain.sets[i];
		if (!found)
			fail_msg("missed %#lx of\n%sinner:\n%s", (unsigned long)plain.sets[i], text,
				 inner);
	}
	if (least != ways->count)
		fail_msg("%zu ways, not %zu, of\n%sinner:\n%s", ways->count, least, text, inner);
}

static void test_all_combinations(void **state)
{
	const struct pamstack_source source = {.read = read_text};
	const struct pammodule_scene scene = {.service = "a"};
	static struct pamstack stack;
	static struct pamways ways;
	size_t with_ways = 0;

	(void)state;
	random_state = 20261126;
	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct pamstack_trouble trouble;
		struct pamwalk walk;

		write_stack();
		assert_int_equal(pamstack_load(&source, "a", &stack, &trouble), 0);
		assert_int_equal(pamways_find(&stack, &scene, &ways), 0);
		plain.count = 0;
		pamwalk_begin(&walk);
		count_all(&stack.chains[PAMSTACK_AUTH], &scene, walk, 0, 0);
		compare(&ways);
		with_ways += ways.count > 0;
		pamstack_free(&stack);
	}
	/* Both kinds of stacks came. */
	assert_in_range(with_ways, ROUNDS / 10, ROUNDS * 9 / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_combinations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
