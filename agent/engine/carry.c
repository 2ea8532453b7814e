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

void carry_tell_suppressed(struct gate *gate, const char *name)
{
	_cleanup_event_ struct event event = {};
	uint64_t suppressed;

	if (!throttle_allow(&gate->throttle, name, gate->now, &suppressed) ||
	    event_begin(&event, EVENT_ENGINE_FAULT) < 0)
		return;
	event_set(&event, "fault", "events-suppressed");
	event_set(&event, "device", name);
	event_set_number(&event, "suppressed", suppressed);
	gate->tell(gate->user, &event);
}

bool carry_tell(struct gate *gate, const struct device *device, enum event_kind kind)
{
	_cleanup_event_ struct event event = {};
	uint64_t suppressed;

	if (!throttle_allow(&gate->throttle, device->facts.name, gate->now, &suppressed))
		return false;
	if (event_begin(&event, kind) < 0)
		return true;
	if (suppressed > 0)
		event_set_number(&event, "suppressed", suppressed);
	device_describe(device, gate->rules, &event);
	if (gate->starting)
		event_set(&event, "when", "start");
	if (device->error < 0)
		event_set(&event, "error", strerror(-device->error));
	gate->tell(gate->user, &event);
	return true;
}

/* The interfaces there are now; none if the device has left or is being configured: its uevents
 * bring us here again. */
static size_t read_interfaces(const struct gate *gate, struct device *device,
			      struct interface_facts interfaces[static GATE_INTERFACES_MAX])
{
	size_t count = 0;
	int r;

	r = facts_read_interfaces(gate->devices, &device->facts, interfaces, GATE_INTERFACES_MAX,
				  &count);
	if (r < 0 && r != -ENOENT && r != -ENODEV && r != -ESTALE && device->error == 0)
		device->error = r;
	return r < 0 ? 0 : count;
}

/* Which interfaces came to work, and which did not. */
static void list_interfaces(const struct gate *gate, struct device *device)
{
	struct interface_facts interfaces[GATE_INTERFACES_MAX];
	char opened[DEVICE_CLASSES_MAX] = "", refused[DEVICE_CLASSES_MAX] = "";
	size_t count = read_interfaces(gate, device, interfaces);

	for (size_t i = 0; i < count; i++) {
		const struct rule *rule;

		/* Permitted, nothing went wrong, and yet it waits: the kernel made it after we
		 * looked, and its uevent brings us here again. */
		if (!interfaces[i].authorized && device->error == 0 &&
		    judge_interface(gate->rules, &device->facts, &interfaces[i].class, &rule) ==
			    ACCESS_ALLOW)
			continue;
		device_add_class(interfaces[i].authorized ? opened : refused, &interfaces[i].class);
	}
	if (strcmp(opened, device->opened) != 0 || strcmp(refused, device->refused) != 0)
		device->told = false;
	memcpy(device->opened, opened, sizeof(opened));
	memcpy(device->refused, refused, sizeof(refused));
}

/* Says what was done, once. */
static void tell_state(struct gate *gate, struct device *device)
{
	bool told = true;

	if (device->told)
		return;
	if (device->error < 0)
		told &= carry_tell(gate, device, EVENT_ENGINE_FAULT);
	if (device->judgement.access == ACCESS_ALLOW && device->opened[0])
		told &= carry_tell(gate, device, EVENT_DEVICE_ALLOWED);
	if (device->judgement.access == ACCESS_BLOCK || device->refused[0])
		told &= carry_tell(gate, device, EVENT_DEVICE_BLOCKED);
	device->told = told;
}

void carry_tell_late(struct gate *gate, struct device *device)
{
	if (device_is_settled(device) && !device->told &&
	    throttle_would_allow(&gate->throttle, device->facts.name, gate->now))
		tell_state(gate, device);
}

/* What was judged is done. */
static void finish(struct gate *gate, struct device *device)
{
	if (device->judgement.access == ACCESS_ALLOW && device->facts.authorized)
		list_interfaces(gate, device);
	device->state = device->error < 0 ? DEVICE_FAILED : DEVICE_DONE;
	tell_state(gate, device);
}

static void ask_device(struct gate *gate, struct device *device, enum priv_verb verb)
{
	device->state = verb == PRIV_DEVICE_OPEN ? DEVICE_OPENING : DEVICE_CLOSING;
	device->opened[0] = device->refused[0] = '\0';
	if (carry_ask(gate, verb, device->facts.name, device->facts.inode, device->facts.inode))
		device->pending++;
	else
		device->state = DEVICE_NEW;
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

static bool is_bound_by_us(enum priv_verb verb)
{
	return verb == PRIV_INTERFACE_BIND_HID || verb == PRIV_INTERFACE_BIND_HUB;
}

static bool is_foreign(const struct usb_class *class, const char *driver)
{
	for (size_t i = 0; i < ARRAY_SIZE(class_drivers); i++)
		if (class_drivers[i].class == class->class)
			return driver[0] != '\0' && strcmp(driver, class_drivers[i].driver) != 0 &&
			       strcmp(driver, "usbfs") != 0;
	return false;
}

/* Opens and closes the interfaces that are not as judged. All are opened before the first looks for
 * its driver, for drivers of several interfaces take the others too. */
static void do_interfaces(struct gate *gate, struct device *device)
{
	struct interface_facts interfaces[GATE_INTERFACES_MAX];
	bool opening[GATE_INTERFACES_MAX] = {};
	int failed = device->error;
	size_t count;

	device->error = 0;
	device->state = DEVICE_INTERFACES;
	count = read_interfaces(gate, device, interfaces);
	for (size_t i = 0; i < count; i++) {
		const struct interface_facts *one = &interfaces[i];
		enum priv_verb verb = verb_for(&one->class);
		char driver[FACTS_NAME_MAX] = "";
		const struct rule *rule;
		bool waits;

		if (judge_interface(gate->rules, &device->facts, &one->class, &rule) ==
		    ACCESS_BLOCK) {
			if (one->authorized)
				ask_interface(gate, device, PRIV_INTERFACE_CLOSE, one);
			continue;
		}
		facts_driver(gate->devices, one->name, driver);
		if (is_foreign(&one->class, driver)) {
			memcpy(device->driver, driver, sizeof(driver));
			device->judgement =
				(struct judgement){ACCESS_BLOCK, JUDGE_FOREIGN_DRIVER, NULL, false};
			device->told = false;
			carry_out(gate, device);
			return;
		}
		/* Open, but without its driver: whatever driver is loaded next could take it. */
		waits = is_bound_by_us(verb) && driver[0] == '\0';
		if (one->authorized && !waits)
			continue;
		if (failed < 0) {
			device->error = failed; /* not tried again by itself */
			if (one->authorized)
				ask_interface(gate, device, PRIV_INTERFACE_CLOSE, one);
			continue;
		}
		opening[i] = true;
		if (!one->authorized)
			ask_interface(gate, device, PRIV_INTERFACE_OPEN, one);
	}
	for (size_t i = 0; i < count; i++) {
		enum priv_verb verb = verb_for(&interfaces[i].class);

		if (opening[i] && verb != PRIV_VERB_END)
			ask_interface(gate, device, verb, &interfaces[i]);
	}
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
	} else if (allowed && device->error < 0) {
		finish(gate, device); /* not tried again by itself */
	} else {
		device->error = 0;
		ask_device(gate, device, allowed ? PRIV_DEVICE_OPEN : PRIV_DEVICE_CLOSE);
	}
}

/* An interface that the driver of its class does not take is closed again, before a driver that is
 * loaded later takes it by the device's numbers. Returns what to make of the error. */
static int not_bound(struct gate *gate, struct device *device, const struct priv_request *request,
		     int error)
{
	uint64_t inode;
	bool authorized;

	/* Somebody was quicker: who is looked at. */
	if (error == -EBUSY) {
		device->again = true;
		return 0;
	}
	/* The kernel may configure a device that was let in early once more, and then the interface
	 * is another one of the same name. */
	if (facts_peek(gate->devices, request->name, &inode, &authorized) < 0 ||
	    inode != request->inode) {
		device->again = true;
		return -ENODEV;
	}
	if (carry_ask(gate, PRIV_INTERFACE_CLOSE, request->name, request->inode,
		      device->facts.inode))
		device->pending++;
	/* The kernel's word for a driver that doesn't want it is also that for a device that left.
	 */
	return error == -ENODEV || error == -ENOENT ? -EOPNOTSUPP : error;
}

void carry_done(struct gate *gate, struct device *device, const struct priv_request *request,
		int error)
{
	device->pending--;
	/* Without a driver such an interface works for nobody. */
	if (request->verb == PRIV_INTERFACE_PROBE)
		error = 0;
	else if (error < 0 && is_bound_by_us(request->verb))
		error = not_bound(gate, device, request, error);
	/* It left, and another one may be here: the uevents tell. */
	if (error < 0 && error != -ENOENT && error != -ESTALE && error != -ENODEV &&
	    device->error == 0)
		device->error = error;
	if (device->pending > 0)
		return;
	switch (device->state) {
	case DEVICE_OPENING:
		/* The kernel notes it before it configures: also where that failed. */
		device->facts.authorized = true;
		if (error == 0)
			do_interfaces(gate, device);
		else
			ask_device(gate, device, PRIV_DEVICE_CLOSE);
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
