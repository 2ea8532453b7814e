#include "carry.h"

#include "cleanup.h"

#include <errno.h>
#include <string.h>

void carry_tell_fault(struct gate *gate, const char *fault, const char *name, int error)
{
	_cleanup_event_ struct event event = {};

	if (event_begin(&event, EVENT_ENGINE_FAULT) < 0)
		return;
	event_set(&event, "fault", fault);
	event_set(&event, "device", name);
	event_set(&event, "error", strerror(-error));
	gate->tell(gate->user, &event);
}

static void tell_suppressed(struct gate *gate, const char *name, uint64_t suppressed)
{
	_cleanup_event_ struct event event = {};

	if (event_begin(&event, EVENT_ENGINE_FAULT) < 0)
		return;
	event_set(&event, "fault", "events-suppressed");
	event_set(&event, "device", name);
	event_set_number(&event, "suppressed", suppressed);
	gate->tell(gate->user, &event);
}

void carry_tell_suppressed(struct gate *gate, const char *name)
{
	uint64_t suppressed;

	if (throttle_allow(&gate->throttle, name, gate->now, &suppressed))
		tell_suppressed(gate, name, suppressed);
}

void carry_tell_all_suppressed(struct gate *gate)
{
	uint64_t suppressed = throttle_take(&gate->throttle);

	if (suppressed > 0)
		tell_suppressed(gate, NULL, suppressed);
}

/* Of those that were asked there are few (CHALLENGE_BEGUN_MAX), and an auditor wants each. */
static bool may_be_many(const char *outcome)
{
	return outcome && (strcmp(outcome, "limit") == 0 || strcmp(outcome, "unreadable") == 0);
}

void carry_tell_challenge(struct gate *gate, struct device *device, enum event_kind kind,
			  const char *outcome, int error)
{
	_cleanup_event_ struct event event = {};
	uint64_t suppressed = 0;

	device->mentioned = true;
	if (may_be_many(outcome) &&
	    !throttle_allow(&gate->throttle, device->facts.name, gate->now, &suppressed))
		return;
	if (event_begin(&event, kind) < 0)
		return;
	if (suppressed > 0)
		event_set_number(&event, "suppressed", suppressed);
	device_describe(device, gate->rules, &event);
	event_set(&event, "outcome", outcome);
	if (error < 0)
		event_set(&event, "error", strerror(-error));
	gate->tell(gate->user, &event);
}

bool carry_tell(struct gate *gate, struct device *device, enum event_kind kind)
{
	_cleanup_event_ struct event event = {};
	uint64_t suppressed;

	device->mentioned = true;
	if (!(kind == EVENT_DEVICE_GONE
		      ? throttle_allow(&gate->throttle, device->facts.name, gate->now, &suppressed)
		      : throttle_allow_device(&gate->throttle, &device->facts, gate->now,
					      &suppressed)))
		return false;
	if (event_begin(&event, kind) < 0)
		return true;
	if (suppressed > 0)
		event_set_number(&event, "suppressed", suppressed);
	device_describe(device, gate->rules, &event);
	if (gate->starting)
		event_set(&event, "when", "start");
	else if (device->rejudged)
		event_set(&event, "when", "reload");
	if (device->error < 0)
		event_set(&event, "error", strerror(-device->error));
	gate->tell(gate->user, &event);
	return true;
}

static enum event_kind kind_of_opening(const struct device *device)
{
	return device->judgement.audited ? EVENT_DEVICE_AUDITED : EVENT_DEVICE_ALLOWED;
}

/* It was let in, and no interface of it works or was refused. */
static bool has_nothing(const struct device *device)
{
	return device->judgement.access == ACCESS_ALLOW && !device->opened[0] &&
	       !device->refused[0] && device->error == 0;
}

/* Its code is still to be typed, or an interface to come: it is looked at again then. */
static bool is_unfinished(const struct device *device)
{
	return device_is_challenged(device)
		       ? device->error == 0 || device->challenge == DEVICE_ASKED
		       : has_nothing(device) && !device->bare;
}

void carry_tell_state(struct gate *gate, struct device *device)
{
	bool told = true;

	if (device->told || is_unfinished(device))
		return;
	if (device->error < 0)
		told &= carry_tell(gate, device, EVENT_ENGINE_FAULT);
	if (device->audited[0])
		told &= carry_tell(gate, device, EVENT_DEVICE_AUDITED);
	/* Something of it the rules allow. */
	if (device->judgement.access == ACCESS_ALLOW &&
	    strcmp(device->opened, device->audited) != 0)
		told &= carry_tell(gate, device, EVENT_DEVICE_ALLOWED);
	if (has_nothing(device))
		told &= carry_tell(gate, device, kind_of_opening(device));
	if (device->judgement.access == ACCESS_BLOCK || device->refused[0])
		told &= carry_tell(gate, device, EVENT_DEVICE_BLOCKED);
	device->told = told;
	device->rejudged &= !told;
}

/* What was let in may have left while it was opened: .error then says so. */
void carry_tell_gone(struct gate *gate, struct device *device)
{
	bool allowed = device->judgement.access == ACCESS_ALLOW;

	if (!device->mentioned) {
		device->error = device->error < 0 ? device->error : allowed ? -ENODEV : 0;
		carry_tell(gate, device, allowed ? kind_of_opening(device) : EVENT_DEVICE_BLOCKED);
		device->error = 0;
	}
	carry_tell(gate, device, EVENT_DEVICE_GONE);
}

void carry_tell_left(struct gate *gate, const struct uevent *uevent)
{
	_cleanup_event_ struct event event = {};
	uint64_t suppressed;

	if (!throttle_allow(&gate->throttle, uevent->name, gate->now, &suppressed) ||
	    event_begin(&event, EVENT_DEVICE_BLOCKED) < 0)
		return;
	if (suppressed > 0)
		event_set_number(&event, "suppressed", suppressed);
	event_set(&event, "device", uevent->name);
	device_set_hex(&event, "vendor", uevent->vendor);
	device_set_hex(&event, "product", uevent->product);
	event_set(&event, "reason", "left");
	gate->tell(gate->user, &event);
}

void carry_tell_late(struct gate *gate, struct device *device)
{
	if (device_is_settled(device) && !device->told &&
	    throttle_would_allow(&gate->throttle, device->facts.name, gate->now))
		carry_tell_state(gate, device);
}

static void tell_opened(struct gate *gate, const char *name, enum priv_verb verb)
{
	char path[TAMPER_PATH_MAX];

	snprintf(path, sizeof(path), "/sys/bus/usb/devices/%s/authorized", name);
	tamper_found(gate->tamper, &(struct tamper_case){"value", path, "1", "0", verb, name},
		     gate->now);
}

/* While we don't judge, udev's static rules open devices. */
void carry_tell_opened(struct gate *gate, const struct device *device)
{
	if (device->state == DEVICE_DONE && device->judgement.access == ACCESS_BLOCK &&
	    gate_closed(gate))
		tell_opened(gate, device->facts.name, PRIV_DEVICE_CLOSE);
}

/* Only one that was closed before: new rules refuse what is open, too. */
void carry_tell_interface_opened(struct gate *gate, const struct device *device,
				 const struct interface_facts *interface)
{
	char list[DEVICE_CLASSES_MAX] = "";

	device_add_class(list, &interface->class);
	if (device->told && strstr(device->refused, list) && !strstr(device->opened, list))
		tell_opened(gate, interface->name, PRIV_INTERFACE_CLOSE);
}
