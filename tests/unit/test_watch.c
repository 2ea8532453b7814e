/* one session and its key, by a clock that is stepped: the debounce, a key that comes back
 * and one that only looks like it, the lock and whether it holds, the end after its time. */
#include "agent/presence/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#define DEBOUNCE_MS 3000
#define END_MS	    600000

struct scene {
	struct watch watch;
	struct watch_facts facts;
	struct watch_policy policy;
	struct watch_order order;
};

/* A desktop, and a clock that has run for a while; the machine slept before. */
static struct scene begin(enum watch_action action)
{
	return (struct scene){
		.facts = {.now = 50000,
			  .boottime = 90000,
			  .key = WATCH_KEY_THERE,
			  .lockable = true},
		.policy = {action, DEBOUNCE_MS, END_MS, false},
	};
}

static enum watch_act step(struct scene *scene, int64_t later)
{
	scene->facts.now += later;
	scene->facts.boottime += later;
	watch_step(&scene->watch, &scene->facts, &scene->policy, &scene->order);
	return scene->order.act;
}

static void assert_rests(struct scene *scene, int64_t later)
{
	assert_int_equal(step(scene, later), WATCH_REST);
	assert_int_equal(scene->order.tell, 0);
}

/* Carried out, and nothing told of it. */
static void done(struct scene *scene)
{
	assert_false(watch_done(&scene->watch, scene->order.act, 0, scene->facts.now));
}

static struct scene pulled_out(enum watch_action action)
{
	struct scene scene = begin(action);

	assert_rests(&scene, 0);
	scene.facts.key = WATCH_KEY_ABSENT;
	assert_rests(&scene, 1000);
	assert_rests(&scene, DEBOUNCE_MS - 1);
	return scene;
}

static struct scene locked(void)
{
	struct scene scene = pulled_out(WATCH_ACTION_LOCK);

	assert_int_equal(step(&scene, 1), WATCH_LOCK);
	assert_int_equal(scene.order.tell, WATCH_TELL_REMOVED);
	assert_string_equal(scene.order.reason, "removed");
	done(&scene);
	assert_rests(&scene, 100);
	scene.facts.locked = true;
	assert_int_equal(step(&scene, 100), WATCH_REST);
	assert_int_equal(scene.order.tell, WATCH_TELL_LOCKED);
	assert_string_equal(scene.order.reason, "removed");
	return scene;
}

static void test_locked_then_ended(void **state)
{
	struct scene scene = locked();

	(void)state;
	assert_rests(&scene, 1000);
	assert_rests(&scene, END_MS - 1201);
	assert_int_equal(step(&scene, 1), WATCH_END);
	assert_string_equal(scene.order.reason, "time");
	/* Told once, asked for again while the session is there. */
	assert_true(watch_done(&scene.watch, WATCH_END, 0, scene.facts.now));
	assert_rests(&scene, WATCH_RETRY_MS - 1);
	assert_int_equal(step(&scene, 1), WATCH_END);
	assert_false(watch_done(&scene.watch, WATCH_END, 0, scene.facts.now));
}

/* A hub's reset: the key comes back as another device, and says that it is the one. */
static void test_back_within_the_debounce(void **state)
{
	struct scene scene = pulled_out(WATCH_ACTION_LOCK);

	(void)state;
	assert_true(watch_wants_probe(&scene.watch, &scene.facts, &scene.policy));
	scene.facts.key = WATCH_KEY_BACK;
	assert_rests(&scene, 0);
	assert_int_equal(scene.watch.state, WATCH_PRESENT);
	scene.facts.key = WATCH_KEY_THERE;
	assert_rests(&scene, 2 * END_MS);
	/* The next time has a debounce of its own. */
	scene.facts.key = WATCH_KEY_ABSENT;
	assert_rests(&scene, 1);
	assert_rests(&scene, DEBOUNCE_MS - 1);
	assert_int_equal(step(&scene, 1), WATCH_LOCK);
}

/* An answer that is on its way is waited for, but not for ever. */
static void test_a_slow_answer(void **state)
{
	struct scene scene = pulled_out(WATCH_ACTION_LOCK);

	(void)state;
	scene.facts.key = WATCH_KEY_PROBED;
	assert_rests(&scene, 1);
	assert_rests(&scene, WATCH_PROBE_MS - 1);
	assert_int_equal(step(&scene, 1), WATCH_LOCK);
	scene = pulled_out(WATCH_ACTION_LOCK);
	scene.facts.key = WATCH_KEY_PROBED;
	assert_rests(&scene, 1000);
	scene.facts.key = WATCH_KEY_BACK;
	assert_rests(&scene, 1000);
	assert_int_equal(scene.watch.state, WATCH_PRESENT);
	/* It says that it is another one. */
	scene = pulled_out(WATCH_ACTION_LOCK);
	scene.facts.key = WATCH_KEY_PROBED;
	assert_rests(&scene, 1000);
	scene.facts.key = WATCH_KEY_ABSENT;
	assert_int_equal(step(&scene, 1), WATCH_LOCK);
}

/* The key that is back in its port unlocks nothing: its person has to show it. */
static void test_back_after_the_lock(void **state)
{
	struct scene scene = locked();

	(void)state;
	assert_false(watch_wants_probe(&scene.watch, &scene.facts, &scene.policy));
	scene.facts.key = WATCH_KEY_BACK;
	assert_rests(&scene, 1000);
	assert_rests(&scene, END_MS - 1201);
	assert_int_equal(step(&scene, 1), WATCH_END);
}

/* The machine slept: a key can't come back meanwhile, but the session stood there. */
static void test_sleep(void **state)
{
	struct scene scene = begin(WATCH_ACTION_LOCK);

	(void)state;
	scene.facts.key = WATCH_KEY_ABSENT;
	assert_rests(&scene, 0);
	scene.facts.boottime += 8 * 3600 * 1000;
	assert_rests(&scene, 1000);
	assert_int_equal(step(&scene, 2000), WATCH_LOCK);
	done(&scene);
	scene.facts.locked = true;
	assert_int_equal(step(&scene, 100), WATCH_REST);
	scene.facts.boottime += END_MS;
	assert_int_equal(step(&scene, WATCH_RETRY_MS), WATCH_END);
	assert_string_equal(scene.order.reason, "time");
}

/* Nobody listens to the lock, or says so: the session stands open and is ended. */
static void test_no_lock_holds(void **state)
{
	struct scene scene = pulled_out(WATCH_ACTION_LOCK);

	(void)state;
	assert_int_equal(step(&scene, 1), WATCH_LOCK);
	done(&scene);
	assert_rests(&scene, WATCH_CONFIRM_MS - 1);
	assert_int_equal(step(&scene, 1), WATCH_END);
	assert_int_equal(scene.order.tell, WATCH_TELL_EXPOSED);
	assert_string_equal(scene.order.reason, "not-locked");
	/* Where it may wait it is asked for again, told once, and ended in time. */
	scene = pulled_out(WATCH_ACTION_LOCK);
	scene.policy.wait = true;
	assert_int_equal(step(&scene, 1), WATCH_LOCK);
	done(&scene);
	assert_int_equal(step(&scene, WATCH_CONFIRM_MS), WATCH_LOCK);
	assert_int_equal(scene.order.tell, WATCH_TELL_EXPOSED);
	done(&scene);
	assert_int_equal(step(&scene, WATCH_RETRY_MS), WATCH_LOCK);
	assert_int_equal(scene.order.tell, 0);
	done(&scene);
	assert_int_equal(step(&scene, END_MS), WATCH_END);
	assert_string_equal(scene.order.reason, "time");
}

/* Unlocked with the key still out: by a lock that asks for a password alone, say. */
static void test_unlocked_without_the_key(void **state)
{
	struct scene scene = locked();

	(void)state;
	scene.facts.locked = false;
	assert_rests(&scene, 1000);
	assert_rests(&scene, WATCH_UNLOCK_MS - 1);
	assert_int_equal(step(&scene, 1), WATCH_LOCK);
	assert_string_equal(scene.order.reason, "unlocked");
	done(&scene);
	scene.facts.locked = true;
	assert_int_equal(step(&scene, 100), WATCH_REST);
	assert_int_equal(scene.order.tell, WATCH_TELL_LOCKED);
	assert_string_equal(scene.order.reason, "unlocked");
	/* Its time goes on all the while. */
	assert_int_equal(step(&scene, END_MS - 1000 - WATCH_UNLOCK_MS - 300), WATCH_END);
}

static void test_locked_by_hand_before(void **state)
{
	struct scene scene = pulled_out(WATCH_ACTION_LOCK);

	(void)state;
	scene.facts.locked = true;
	assert_int_equal(step(&scene, 1), WATCH_REST);
	assert_int_equal(scene.order.tell, WATCH_TELL_REMOVED | WATCH_TELL_LOCKED);
	assert_string_equal(scene.order.reason, "already");
	assert_int_equal(step(&scene, END_MS), WATCH_END);
}

static void test_text_console(void **state)
{
	struct scene scene = pulled_out(WATCH_ACTION_LOCK);

	(void)state;
	scene.facts.lockable = false;
	assert_int_equal(step(&scene, 1), WATCH_END);
	assert_string_equal(scene.order.reason, "no-lock");
	assert_true(watch_done(&scene.watch, WATCH_END, 0, scene.facts.now));
	/* It may wait: then a key that is back in time is as good as never away. */
	scene = pulled_out(WATCH_ACTION_LOCK);
	scene.facts.lockable = false;
	scene.policy.wait = true;
	assert_int_equal(step(&scene, 1), WATCH_REST);
	assert_int_equal(scene.order.tell, WATCH_TELL_REMOVED);
	assert_true(watch_wants_probe(&scene.watch, &scene.facts, &scene.policy));
	scene.facts.key = WATCH_KEY_PROBED;
	assert_rests(&scene, END_MS - 1);
	assert_int_equal(step(&scene, 1), WATCH_END);
	assert_string_equal(scene.order.reason, "time");
	scene.facts.key = WATCH_KEY_BACK;
	assert_rests(&scene, 1);
	assert_int_equal(scene.watch.state, WATCH_PRESENT);
}

static void test_end_and_none(void **state)
{
	struct scene scene = pulled_out(WATCH_ACTION_END);

	(void)state;
	assert_int_equal(step(&scene, 1), WATCH_END);
	assert_int_equal(scene.order.tell, WATCH_TELL_REMOVED);
	assert_string_equal(scene.order.reason, "policy");
	scene = pulled_out(WATCH_ACTION_NONE);
	assert_rests(&scene, 10 * (int64_t)END_MS);
}

/* the day is over: it is ended, locked or not, and told once. */
static void test_day_over(void **state)
{
	struct scene scene = begin(WATCH_ACTION_NONE);

	(void)state;
	assert_rests(&scene, 10 * (int64_t)END_MS);
	scene.facts.over = true;
	assert_int_equal(step(&scene, WATCH_RETRY_MS), WATCH_END);
	assert_string_equal(scene.order.reason, "day");
	assert_true(watch_done(&scene.watch, WATCH_END, -ETIMEDOUT, scene.facts.now));
	assert_rests(&scene, WATCH_RETRY_MS - 1);
	assert_int_equal(step(&scene, 1), WATCH_END);
	assert_true(watch_done(&scene.watch, WATCH_END, 0, scene.facts.now));
	scene = locked();
	scene.facts.over = true;
	assert_int_equal(step(&scene, WATCH_RETRY_MS), WATCH_END);
	assert_string_equal(scene.order.reason, "day");
}

/* logind does not answer: told once, tried until it does. */
static void test_failures(void **state)
{
	struct scene scene = pulled_out(WATCH_ACTION_LOCK);

	(void)state;
	assert_int_equal(step(&scene, 1), WATCH_LOCK);
	assert_true(watch_done(&scene.watch, WATCH_LOCK, -ETIMEDOUT, scene.facts.now));
	assert_rests(&scene, WATCH_RETRY_MS - 1);
	assert_int_equal(step(&scene, 1), WATCH_LOCK);
	assert_false(watch_done(&scene.watch, WATCH_LOCK, -ETIMEDOUT, scene.facts.now));
	assert_int_equal(step(&scene, END_MS), WATCH_END);
	assert_false(watch_done(&scene.watch, WATCH_END, -ETIMEDOUT, scene.facts.now));
	assert_rests(&scene, WATCH_RETRY_MS - 1);
	assert_int_equal(step(&scene, 1), WATCH_END);
	assert_true(watch_done(&scene.watch, WATCH_END, 0, scene.facts.now));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_locked_then_ended),
		cmocka_unit_test(test_back_within_the_debounce),
		cmocka_unit_test(test_a_slow_answer),
		cmocka_unit_test(test_back_after_the_lock),
		cmocka_unit_test(test_sleep),
		cmocka_unit_test(test_no_lock_holds),
		cmocka_unit_test(test_unlocked_without_the_key),
		cmocka_unit_test(test_locked_by_hand_before),
		cmocka_unit_test(test_text_console),
		cmocka_unit_test(test_end_and_none),
		cmocka_unit_test(test_day_over),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
