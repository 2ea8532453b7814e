#include "carry.h"

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

/* Not left to udev's rule, which comes later and which somebody may have changed. */
static void close_node(struct gate *gate, struct device *device)
{
	if (!device->node_closed)
		device->node_closed = carry_ask(gate, PRIV_NODE_CLOSE, device->facts.name,
						device->facts.inode, 0);
}

/* What was judged is done. */
static void finish(struct gate *gate, struct device *device)
{
	if (device->judgement.access == ACCESS_ALLOW && device->facts.authorized)
		carry_list_interfaces(gate, device);
	if (device->judgement.access == ACCESS_BLOCK)
		close_node(gate, device);
	device->state = device->error < 0 ? DEVICE_FAILED : DEVICE_DONE;
	if (!device->again)
		carry_tell_state(gate, device);
}

/* The kernel tells of a device (drivers/base/core.c, device_add) before it offers it to drivers;
 * the generic one configures what is authorized by then, so that a device opened sooner is
 * configured twice. Its interfaces wait for that: while the kernel makes one, it asks every driver
 * whether it takes it. Where there is no link, a "bind" uevent will tell that it is through. The
 * link is there before the driver begins, and then the root half can wait until it is through. */
static bool kernel_has_begun(const struct gate *gate, const struct device *device)
{
	char driver[FACTS_NAME_MAX];

	return facts_driver(gate->devices, device->facts.name, driver) == 0 && driver[0] != '\0';
}

static void ask_device(struct gate *gate, struct device *device, enum priv_verb verb)
{
	device->state = verb == PRIV_DEVICE_OPEN ? DEVICE_OPENING : DEVICE_CLOSING;
	device->opened[0] = device->refused[0] = device->audited[0] = '\0';
	/* What has begun is configured by us, and else once more by the kernel. */
	device->through = verb == PRIV_DEVICE_OPEN && kernel_has_begun(gate, device);
	if (carry_ask(gate, verb, device->facts.name, device->facts.inode, device->facts.inode))
		device->pending++;
	else
		device->state = DEVICE_NEW;
}

static void do_interfaces(struct gate *gate, struct device *device)
{
	if (!device->through) {
		device->state = DEVICE_WAITS_FOR_KERNEL;
		carry_close_interfaces(gate, device);
		if (kernel_has_begun(gate, device) &&
		    carry_ask(gate, PRIV_DEVICE_AWAIT, device->facts.name, device->facts.inode,
			      device->facts.inode))
			device->pending++;
		return;
	}
	device->state = DEVICE_INTERFACES;
	if (!carry_interfaces(gate, device))
		carry_out(gate, device);
	else if (device->pending == 0)
		finish(gate, device);
}

void carry_out(struct gate *gate, struct device *device)
{
	const struct gate_bus *bus = bus_of(gate, device->facts.name);
	bool allowed;

	if (!gate->challenges)
		device->challenge = DEVICE_ANSWERED;
	allowed = device_is_to_be_open(device);
	device->node_closed &= device->judgement.access == ACCESS_BLOCK;
	if (allowed && (!bus || bus->state != GATE_BUS_CLOSED)) {
		device->state = DEVICE_WAITS_FOR_BUS;
		if (device->facts.authorized)
			carry_close_interfaces(gate, device);
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

void carry_out_next(struct gate *gate, struct device *device)
{
	if (device->pending > 0)
		device->again = true;
	else
		carry_out(gate, device);
}

void carry_done(struct gate *gate, struct device *device, const struct priv_request *request,
		int error)
{
	device->pending--;
	error = carry_interface_done(gate, device, request, error);
	/* It left, and another one may be here: the uevents tell. */
	if (error < 0 && !priv_has_left(error) && device->error == 0)
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
		/* Of what was to be opened the kernel had said that it left, and here it is. */
		if (error == 0 && device->error == 0 && device_is_to_be_open(device) &&
		    !device->again)
			device->error = -ENODEV;
		finish(gate, device);
		break;
	case DEVICE_WAITS_FOR_KERNEL:
		device->through |= request->verb == PRIV_DEVICE_AWAIT && error == 0;
		if (device->through)
			do_interfaces(gate, device);
		else if (device->error < 0)
			finish(gate, device);
		break;
	case DEVICE_WAITS_FOR_BUS:
		break; /* which brings us here again */
	default:
		finish(gate, device);
		break;
	}
}
