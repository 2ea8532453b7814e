#include "carry.h"

#include "cleanup.h"
#include "units.h"

#include <errno.h>
#include <string.h>

/* The interfaces there are now; none if the device has left or is being configured: its uevents
 * bring us here again. */
static size_t read_interfaces(const struct gate *gate, struct device *device,
			      struct interface_facts interfaces[static GATE_INTERFACES_MAX])
{
	size_t count = 0;
	bool more = false;
	int r;

	r = facts_read_interfaces(gate->devices, &device->facts, interfaces, GATE_INTERFACES_MAX,
				  &count, &more);
	device->bare = device->through && r == 0 && count == 0 && !more;
	if (r < 0 && r != -ENOENT && r != -ENODEV && r != -ESTALE && device->error == 0)
		device->error = r;
	return r < 0 ? 0 : count;
}

void carry_list_interfaces(const struct gate *gate, struct device *device)
{
	struct interface_facts interfaces[GATE_INTERFACES_MAX];
	char opened[DEVICE_CLASSES_MAX] = "", refused[DEVICE_CLASSES_MAX] = "";
	char audited[DEVICE_CLASSES_MAX] = "";
	size_t count = read_interfaces(gate, device, interfaces);

	/* Being configured, perhaps once more: nothing has come of it yet. */
	if (count == 0 && device->error == 0)
		return;
	for (size_t i = 0; i < count; i++) {
		const struct usb_class *class = &interfaces[i].class;
		const struct rule *rule;

		/* Permitted, nothing went wrong, and yet it waits: the kernel made it after we
		 * looked, and its uevent brings us here again. */
		if (!interfaces[i].authorized && device->error == 0 &&
		    judge_opens(gate->rules, &device->facts, class))
			return;
		device_add_class(interfaces[i].authorized ? opened : refused, class);
		if (gate->rules->audit && interfaces[i].authorized &&
		    judge_interface(gate->rules, &device->facts, class, &rule) == ACCESS_BLOCK)
			device_add_class(audited, class);
	}
	if (strcmp(opened, device->opened) != 0 || strcmp(refused, device->refused) != 0 ||
	    strcmp(audited, device->audited) != 0)
		device->told = false;
	memcpy(device->opened, opened, sizeof(opened));
	memcpy(device->refused, refused, sizeof(refused));
	memcpy(device->audited, audited, sizeof(audited));
}

static void ask_interface(struct gate *gate, struct device *device, enum priv_verb verb,
			  const struct interface_facts *interface)
{
	if (carry_ask(gate, verb, interface->name, interface->inode, device->facts.inode))
		device->pending++;
}

static void close_interface(struct gate *gate, struct device *device,
			    const struct interface_facts *interface)
{
	carry_tell_interface_opened(gate, device, interface);
	ask_interface(gate, device, PRIV_INTERFACE_CLOSE, interface);
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

/* The driver that has a permitted interface and is not its class's, "" for none. On one that is
 * closed a driver is seen only while the kernel asks it, and refuses for it
 * (drivers/usb/core/driver.c, usb_probe_interface). */
static void find_foreign(const struct gate *gate, const struct device *device,
			 const struct interface_facts *interfaces, size_t count,
			 char ret_driver[static FACTS_NAME_MAX])
{
	for (size_t i = 0; i < count; i++) {
		const struct usb_class *class = &interfaces[i].class;

		ret_driver[0] = '\0';
		if (!interfaces[i].authorized || !judge_opens(gate->rules, &device->facts, class))
			continue;
		facts_driver(gate->devices, interfaces[i].name, ret_driver);
		if (is_foreign(class, ret_driver))
			return;
	}
	ret_driver[0] = '\0';
}

/* Before it has a driver that could show one, how many disks it may be. What another one at this
 * place was allowed is forgotten, whatever this one is. */
static int note_units(const struct gate *gate, const struct device *device,
		      const struct interface_facts *one)
{
	const struct rule *rule;
	enum units units = UNITS_FIRST;

	if (verb_for(&one->class) != PRIV_INTERFACE_PROBE)
		return units_note(gate->run, one->name, units);
	if (gate->rules->audit)
		units = UNITS_AUDITED;
	if (judge_interface(gate->rules, &device->facts, &one->class, &rule) == ACCESS_ALLOW &&
	    rule->all_units)
		units = UNITS_ALL;
	return units_note(gate->run, one->name, units);
}

/* Asks for what brings one interface to where it was judged to be, but for its driver. True if it
 * is to look for that. @failed: how that ended the last time; it is not tried again by itself. */
static bool ask_one(struct gate *gate, struct device *device, const struct interface_facts *one,
		    int failed)
{
	char driver[FACTS_NAME_MAX] = "";
	/* Nothing else of a device works before its code was typed. */
	bool allowed = judge_opens(gate->rules, &device->facts, &one->class) &&
		       !device_is_challenged(device);

	if (device_is_challenged(device) && strcmp(one->name, device->challenged) == 0)
		return false;
	if (allowed && failed == 0)
		failed = note_units(gate, device, one);
	facts_driver(gate->devices, one->name, driver);
	/* Open, but without its driver: whatever driver is loaded next could take it. */
	if (allowed && one->authorized && !(is_bound_by_us(verb_for(&one->class)) && !driver[0]))
		return false;
	if (allowed && failed < 0)
		device->error = failed;
	if (!allowed || failed < 0) {
		if (one->authorized)
			close_interface(gate, device, one);
		return false;
	}
	if (!one->authorized)
		ask_interface(gate, device, PRIV_INTERFACE_OPEN, one);
	return true;
}

bool carry_interfaces(struct gate *gate, struct device *device)
{
	struct interface_facts interfaces[GATE_INTERFACES_MAX];
	bool opening[GATE_INTERFACES_MAX] = {};
	char foreign[FACTS_NAME_MAX];
	int failed = device->error;
	size_t count;

	device->error = 0;
	count = read_interfaces(gate, device, interfaces);
	find_foreign(gate, device, interfaces, count, foreign);
	if (foreign[0]) {
		carry_challenge_cancel(gate, device, "taken");
		memcpy(device->driver, foreign, sizeof(foreign));
		device->judgement = (struct judgement){
			ACCESS_BLOCK, JUDGE_FOREIGN_DRIVER, NULL, false, false, false};
		device->told = device->mentioned = false;
		return false;
	}
	if (device_is_challenged(device) && !carry_challenge(gate, device, interfaces, count))
		return false;
	/* All are opened before the first looks for its driver, for drivers of several interfaces
	 * take the others too. */
	for (size_t i = 0; i < count; i++)
		opening[i] = ask_one(gate, device, &interfaces[i], failed);
	for (size_t i = 0; i < count; i++) {
		enum priv_verb verb = verb_for(&interfaces[i].class);

		if (opening[i] && verb != PRIV_VERB_END)
			ask_interface(gate, device, verb, &interfaces[i]);
	}
	return true;
}

bool carry_is_forbidden(const struct gate *gate, const struct device *device,
			const struct interface_facts *interface)
{
	return device_is_challenged(device)
		       ? strcmp(interface->name, device->challenged) != 0
		       : !judge_opens(gate->rules, &device->facts, &interface->class);
}

void carry_close_interfaces(struct gate *gate, struct device *device)
{
	struct interface_facts interfaces[GATE_INTERFACES_MAX];
	size_t count = read_interfaces(gate, device, interfaces);

	for (size_t i = 0; i < count; i++)
		if (interfaces[i].authorized && carry_is_forbidden(gate, device, &interfaces[i]))
			close_interface(gate, device, &interfaces[i]);
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

int carry_interface_done(struct gate *gate, struct device *device,
			 const struct priv_request *request, int error)
{
	if (request->verb == PRIV_INTERFACE_CLAIM) {
		carry_challenge_claimed(gate, device, error);
		return 0;
	}
	/* Without a driver such an interface works for nobody. */
	if (request->verb == PRIV_INTERFACE_PROBE)
		return 0;
	return error < 0 && is_bound_by_us(request->verb) ? not_bound(gate, device, request, error)
							  : error;
}
