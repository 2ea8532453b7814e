/* A code that a person types on a keyboard before it is let in. The device is authorized, one
 * interface of it is opened and claimed by the root half in one step, and nothing else: so it has
 * no driver, no input device and no hidraw while sekisho-challenge reads it. */
#include "carry.h"

#include "cleanup.h"

#include <errno.h>
#include <string.h>

/* The first interface that a code would open and can be typed on; NULL: none. */
static const struct interface_facts *find_keyboard(const struct gate *gate,
						   const struct device *device,
						   const struct interface_facts *interfaces,
						   size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct usb_class *class = &interfaces[i].class;
		const struct rule *rule;
		enum access access = judge_interface(gate->rules, &device->facts, class, &rule);

		if (judge_types(class) &&
		    judge_interface_reason(&device->facts, rule, access) == JUDGE_CHALLENGE)
			return &interfaces[i];
	}
	return NULL;
}

/* It stays as the rules have it without a code. */
static void fail(struct gate *gate, struct device *device, const char *outcome, int error)
{
	device->challenge = DEVICE_ANSWERED;
	device->told = false;
	challenge_cancel(gate->challenges, device->facts.inode);
	carry_tell_challenge(gate, device, EVENT_CHALLENGE_FAILED, outcome, error);
}

/* Without a driver: its reader has just ended, and says how. A reset or a wake-up takes the
 * interface from usbfs, and the kernel offers it to all drivers (drivers/usb/core/driver.c,
 * usb_unbind_and_rebind_marked_interfaces). */
static bool is_still_ours(const struct gate *gate, const struct device *device)
{
	char driver[FACTS_NAME_MAX];

	return challenge_is_under_way(gate->challenges, device->facts.inode) &&
	       facts_driver(gate->devices, device->challenged, driver) == 0 &&
	       (driver[0] == '\0' || strcmp(driver, "usbfs") == 0);
}

bool carry_challenge(struct gate *gate, struct device *device,
		     const struct interface_facts *interfaces, size_t count)
{
	const struct interface_facts *keyboard;

	if (device->challenge == DEVICE_ASKED) {
		if (is_still_ours(gate, device))
			return true;
		fail(gate, device, "taken", 0);
		return false;
	}
	/* It leaves, or is being configured: its uevents bring us here again. */
	if (count == 0 && !device->bare && device->error == 0)
		return true;
	keyboard = find_keyboard(gate, device, interfaces, count);
	if (!keyboard || !challenge_allow(gate->challenges, device->facts.name, gate->now)) {
		fail(gate, device, keyboard ? "limit" : "unreadable", 0);
		return false;
	}
	/* Who has it already, after a restart, loses it. */
	if (keyboard->authorized && carry_ask(gate, PRIV_INTERFACE_CLOSE, keyboard->name,
					      keyboard->inode, device->facts.inode))
		device->pending++;
	if (!carry_ask(gate, PRIV_INTERFACE_CLAIM, keyboard->name, keyboard->inode,
		       device->facts.inode))
		return true;
	device->pending++;
	device->challenge = DEVICE_ASKED;
	device->challenged_inode = keyboard->inode;
	memcpy(device->challenged, keyboard->name, sizeof(device->challenged));
	return true;
}

void carry_challenge_claimed(struct gate *gate, struct device *device, int error)
{
	_cleanup_close_ int usb = steal_fd(&gate->link->passed);

	/* Other rules came meanwhile, which are carried out next. */
	if (!device_is_challenged(device)) {
		device->challenge = DEVICE_UNASKED;
		return;
	}
	device->again = true;
	if (error == -ESTALE || error == -ENOENT) {
		device->challenge = DEVICE_UNASKED; /* configured once more */
		return;
	}
	if (error == 0)
		error = usb < 0 ? -EBADMSG
				: challenge_begin(gate->challenges, gate->devices, &device->facts,
						  device->challenged, usb, gate->now);
	if (error < 0)
		fail(gate, device, "broken", error);
	else
		carry_tell_challenge(gate, device, EVENT_CHALLENGE_ASKED, NULL, 0);
}

void carry_challenge_cancel(struct gate *gate, struct device *device, const char *outcome)
{
	if (!gate->challenges || !challenge_is_under_way(gate->challenges, device->facts.inode))
		return;
	challenge_cancel(gate->challenges, device->facts.inode);
	device->challenge = DEVICE_UNASKED;
	carry_tell_challenge(gate, device, EVENT_CHALLENGE_FAILED, outcome, 0);
}

void carry_challenge_withdraw(struct gate *gate, struct device *device)
{
	if (!gate->challenges || !challenge_is_under_way(gate->challenges, device->facts.inode))
		return;
	carry_challenge_cancel(gate, device, "rules");
	/* Its reader may have it for a moment yet: closed, it has not, and can be opened anew. */
	if (carry_ask(gate, PRIV_INTERFACE_CLOSE, device->challenged, device->challenged_inode,
		      device->facts.inode))
		device->pending++;
}

static void end(struct gate *gate, struct device *device, enum challenge_outcome outcome, int error)
{
	static const char *const names[CHALLENGE_OUTCOME_COUNT] = {
		[CHALLENGE_WRONG] = "wrong",
		[CHALLENGE_EXPIRED] = "expired",
		[CHALLENGE_BROKEN] = "broken",
	};

	if (outcome != CHALLENGE_PASSED) {
		fail(gate, device, names[outcome], error);
		return;
	}
	challenge_passed(gate->challenges, device->facts.name);
	/* Its reader has let go of it: usbhid takes it as it is. */
	device->challenge = DEVICE_ANSWERED;
	device->told = false;
	device->facts.passed = true;
	judge(gate->rules, &device->facts, &device->judgement);
	carry_tell_challenge(gate, device, EVENT_CHALLENGE_PASSED, NULL, 0);
}

void gate_challenges(struct gate *gate)
{
	enum challenge_outcome outcome;
	uint64_t inode;
	int error;

	if (!gate->challenges)
		return;
	while ((inode = challenge_take(gate->challenges, gate->now, &outcome, &error))) {
		for (size_t i = 0; i < gate->n_list; i++) {
			struct device *device = gate->list[i];

			if (device->facts.inode != inode || !device_is_challenged(device))
				continue;
			end(gate, device, outcome, error);
			carry_out_next(gate, device);
		}
	}
}

void gate_end_challenges(struct gate *gate, const char *outcome)
{
	for (size_t i = 0; gate->challenges && i < gate->n_list; i++) {
		struct device *device = gate->list[i];

		if (!challenge_is_under_way(gate->challenges, device->facts.inode))
			continue;
		fail(gate, device, outcome, 0);
		carry_out_next(gate, device);
	}
}
