#include "carry.h"

#include "cleanup.h"

#include <errno.h>
#include <string.h>

/* "usb2" for "2-1.4" */
static struct gate_bus *bus_of(struct gate *gate, const char *device)
{
	size_t length = strcspn(device, "-");

	for (size_t i = 0; i < gate->n_buses; i++) {
		const char *number = gate->buses[i].name + strlen("usb");

		if (strlen(number) == length && strncmp(number, device, length) == 0)
			return &gate->buses[i];
	}
	return NULL;
}

/* The queue is full or the root half away: all is looked at again when it is back. */
bool carry_ask(struct gate *gate, enum priv_verb verb, const char *name, uint64_t inode,
	       uint64_t device)
{
	if (privlink_ask(gate->link, verb, name, inode, device) == 0)
		return true;
	gate->rescan = true;
	return false;
}

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

void carry_tell(struct gate *gate, const struct device *device, enum event_kind kind)
{
	_cleanup_event_ struct event event = {};
	uint64_t suppressed;

	if (!throttle_allow(&gate->throttle, device->facts.name, gate->now, &suppressed) ||
	    event_begin(&event, kind) < 0)
		return;
	if (suppressed > 0)
		event_set_number(&event, "suppressed", suppressed);
	device_describe(device, gate->rules, &event);
	if (gate->starting)
		event_set(&event, "when", "start");
	if (device->error < 0)
		event_set(&event, "error", strerror(-device->error));
	gate->tell(gate->user, &event);
}

/* What was judged is done: say so once. */
static void finish(struct gate *gate, struct device *device)
{
	device->state = device->error < 0 ? DEVICE_FAILED : DEVICE_DONE;
	if (device->told)
		return;
	device->told = true;
	if (device->error < 0)
		carry_tell(gate, device, EVENT_ENGINE_FAULT);
	if (device->judgement.access == ACCESS_ALLOW && device->opened[0])
		carry_tell(gate, device, EVENT_DEVICE_ALLOWED);
	if (device->judgement.access == ACCESS_BLOCK || device->refused[0])
		carry_tell(gate, device, EVENT_DEVICE_BLOCKED);
}

static void ask_interface(struct gate *gate, struct device *device, enum priv_verb verb,
			  const struct interface_facts *interface)
{
	if (carry_ask(gate, verb, interface->name, interface->inode, device->facts.inode))
		device->pending++;
}

/* Who may have an interface of a class. Drivers also match by a device's numbers alone
 * (usb-storage's unusual_devs.h), so that a disk which calls its interface a keyboard would become
 * a disk. */
static const struct {
	uint8_t class;
	enum priv_verb verb; /* how it comes to its driver */
	const char *driver;
} class_drivers[] = {
	{0x03, PRIV_INTERFACE_BIND_HID, "usbhid"},
	{0x09, PRIV_INTERFACE_BIND_HUB, "hub"},
	{0x0b, PRIV_VERB_END, "usbfs"}, /* pcscd takes it by itself */
};

static enum priv_verb verb_for(const struct usb_class *class)
{
	for (size_t i = 0; i < ARRAY_SIZE(class_drivers); i++)
		if (class_drivers[i].class == class->class)
			return class_drivers[i].verb;
	return PRIV_INTERFACE_PROBE;
}

/* True if a driver of another kind has the interface; it is noted in the device. */
static bool has_foreign_driver(const struct gate *gate, struct device *device,
			       const struct interface_facts *interface)
{
	char driver[FACTS_NAME_MAX];

	if (facts_driver(gate->devices, interface->name, driver) < 0 || driver[0] == '\0')
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(class_drivers); i++) {
		if (class_drivers[i].class != interface->class.class)
			continue;
		if (strcmp(class_drivers[i].driver, driver) == 0 || strcmp(driver, "usbfs") == 0)
			return false;
		memcpy(device->driver, driver, sizeof(driver));
		return true;
	}
	return false;
}

/* Opens and closes the interfaces that are not as judged. All are opened before the first looks for
 * its driver, for drivers of several interfaces take the others too. */
static void do_interfaces(struct gate *gate, struct device *device)
{
	struct interface_facts interfaces[GATE_INTERFACES_MAX];
	bool opening[GATE_INTERFACES_MAX] = {};
	char opened[DEVICE_CLASSES_MAX] = "", refused[DEVICE_CLASSES_MAX] = "";
	size_t count = 0;
	int r;

	r = facts_read_interfaces(gate->devices, &device->facts, interfaces, ARRAY_SIZE(interfaces),
				  &count);
	if (r < 0) {
		/* Left, or is being configured: its uevents bring us here again. */
		if (r != -ENOENT && r != -ENODEV && r != -ESTALE && device->error == 0)
			device->error = r;
		count = 0;
	}
	for (size_t i = 0; i < count; i++) {
		const struct rule *rule;
		enum access access =
			judge_interface(gate->rules, &device->facts, &interfaces[i].class, &rule);

		device_add_class(access == ACCESS_ALLOW ? opened : refused, &interfaces[i].class);
		if (access == ACCESS_ALLOW && has_foreign_driver(gate, device, &interfaces[i])) {
			device->judgement =
				(struct judgement){ACCESS_BLOCK, JUDGE_FOREIGN_DRIVER, NULL, false};
			device->told = false;
			carry_out(gate, device);
			return;
		}
		if ((access == ACCESS_ALLOW) == interfaces[i].authorized)
			continue;
		opening[i] = access == ACCESS_ALLOW;
		ask_interface(gate, device, opening[i] ? PRIV_INTERFACE_OPEN : PRIV_INTERFACE_CLOSE,
			      &interfaces[i]);
	}
	for (size_t i = 0; i < count; i++) {
		enum priv_verb verb = verb_for(&interfaces[i].class);

		if (opening[i] && verb != PRIV_VERB_END)
			ask_interface(gate, device, verb, &interfaces[i]);
	}
	if (strcmp(opened, device->opened) != 0 || strcmp(refused, device->refused) != 0)
		device->told = false;
	memcpy(device->opened, opened, sizeof(opened));
	memcpy(device->refused, refused, sizeof(refused));
	device->state = DEVICE_INTERFACES;
	if (device->pending == 0)
		finish(gate, device);
}

/* Carries the judgement out, as far as it isn't yet. */
void carry_out(struct gate *gate, struct device *device)
{
	const struct gate_bus *bus = bus_of(gate, device->facts.name);
	bool allowed = device->judgement.access == ACCESS_ALLOW;

	if (allowed && (!bus || bus->state != GATE_BUS_CLOSED)) {
		device->state = DEVICE_WAITS_FOR_BUS;
	} else if (allowed == device->facts.authorized) {
		if (allowed)
			do_interfaces(gate, device);
		else
			finish(gate, device);
	} else {
		device->state = allowed ? DEVICE_OPENING : DEVICE_CLOSING;
		device->opened[0] = device->refused[0] = '\0';
		if (carry_ask(gate, allowed ? PRIV_DEVICE_OPEN : PRIV_DEVICE_CLOSE,
			      device->facts.name, device->facts.inode, device->facts.inode))
			device->pending++;
		else
			device->state = DEVICE_NEW;
	}
}

void carry_done(struct gate *gate, struct device *device, int error)
{
	device->pending--;
	/* It left, and another one may be here: the uevents tell. */
	if (error < 0 && error != -ENOENT && error != -ESTALE && error != -ENODEV &&
	    device->error == 0)
		device->error = error;
	if (device->pending > 0)
		return;
	switch (device->state) {
	case DEVICE_OPENING:
		if (error == 0) {
			device->facts.authorized = true;
			do_interfaces(gate, device);
		} else {
			finish(gate, device);
		}
		break;
	case DEVICE_CLOSING:
		device->facts.authorized = error != 0;
		finish(gate, device);
		break;
	default:
		finish(gate, device);
		break;
	}
}
