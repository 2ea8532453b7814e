#include "gate.h"

#include "carry.h"
#include "cleanup.h"
#include "clone.h"
#include "surplus.h"

#include <errno.h>
#include <string.h>

struct device *gate_find(const struct gate *gate, const char *name)
{
	for (size_t i = 0; i < gate->n_list; i++)
		if (strcmp(gate->list[i]->facts.name, name) == 0)
			return gate->list[i];
	return NULL;
}

void gate_forget(struct gate *gate, const char *name)
{
	for (size_t i = 0; i < gate->n_list; i++) {
		struct device *device = gate->list[i];

		if (strcmp(device->facts.name, name) != 0)
			continue;
		carry_challenge_cancel(gate, device, "gone");
		carry_tell_gone(gate, device);
		gate_left_note(gate, name, device->facts.number);
		free(device);
		gate->n_list--;
		memmove(&gate->list[i], &gate->list[i + 1], (gate->n_list - i) * sizeof(void *));
		return;
	}
}

static struct device *insert(struct gate *gate, const struct device_facts *facts)
{
	struct device **grown;
	struct device *device;

	if (gate->n_list == GATE_DEVICES_MAX)
		return NULL;
	device = calloc(1, sizeof(*device));
	if (!device)
		return NULL;
	grown = realloc(gate->list, (gate->n_list + 1) * sizeof(void *));
	if (!grown) {
		free(device);
		return NULL;
	}
	gate->list = grown;
	gate->list[gate->n_list++] = device;
	device->facts = *facts;
	return device;
}

static bool is_bus(const char *name)
{
	return strncmp(name, "usb", 3) == 0;
}

static void forget_bus(struct gate *gate, const char *name)
{
	for (size_t i = 0; i < gate->n_buses; i++)
		if (strcmp(gate->buses[i].name, name) == 0)
			gate->buses[i] = gate->buses[--gate->n_buses];
}

static void see_bus(struct gate *gate, const char *name, uint64_t inode)
{
	struct gate_bus *bus = NULL;

	for (size_t i = 0; i < gate->n_buses; i++)
		if (strcmp(gate->buses[i].name, name) == 0)
			bus = &gate->buses[i];
	if (bus && bus->inode == inode && bus->state != GATE_BUS_FAILED)
		return;
	if (!bus) {
		if (gate->n_buses == GATE_BUSES_MAX || strlen(name) >= sizeof(bus->name)) {
			carry_tell_fault(gate, "too-many-buses", name, -E2BIG);
			return;
		}
		bus = &gate->buses[gate->n_buses++];
		memcpy(bus->name, name, strlen(name) + 1);
	}
	bus->inode = inode;
	bus->state = GATE_BUS_ASKED;
	if (!carry_ask(gate, PRIV_BUS_DENY, bus->name, bus->inode, 0))
		bus->state = GATE_BUS_FAILED;
}

/* A bus works by its root hub's interface ("3-0:1.0"), the kernel's own. If the bus was closed
 * before the kernel made it, it waits too. */
static void see_root_hub(struct gate *gate, const char *interface)
{
	uint64_t inode;
	bool authorized;

	if (facts_peek(gate->devices, interface, &inode, &authorized) < 0 || authorized)
		return;
	carry_ask(gate, PRIV_INTERFACE_OPEN, interface, inode, 0);
	carry_ask(gate, PRIV_INTERFACE_BIND_HUB, interface, inode, 0);
}

static void weigh(struct gate *gate, struct device *device)
{
	device->facts.clone = clone_is_there(gate->list, gate->n_list, &device->facts);
	surplus_look(gate->rules, gate->list, gate->n_list, device);
	judge(gate->rules, &device->facts, &device->judgement);
	carry_out(gate, device);
}

/* A device that was not known. */
static void see_new(struct gate *gate, const char *name)
{
	struct device_facts facts;
	struct device *device;
	int r;

	r = facts_read(gate->devices, name, &facts);
	if (r == -ENOENT || r == -ENODEV)
		return;
	if (r < 0) {
		carry_tell_fault(gate, "facts", name, r);
		return;
	}
	device = insert(gate, &facts);
	if (!device) {
		carry_tell_fault(gate, "too-many-devices", name, -ENOMEM);
		return;
	}
	weigh(gate, device);
}

/* The kernel asks a device anew what it is when it is opened (usb_authorize_device in
 * drivers/usb/core/hub.c, before 6.6): judged and told as if it came now. */
static void see_again(struct gate *gate, struct device *device)
{
	struct device_facts facts;
	int r = facts_read(gate->devices, device->facts.name, &facts);

	carry_challenge_cancel(gate, device, "gone");
	/* Another uevent tells what left meanwhile. */
	if (r == -ENOENT || r == -ENODEV)
		return;
	if (r < 0) {
		carry_tell_fault(gate, "facts", device->facts.name, r);
		return;
	}
	*device = (struct device){.facts = facts};
	weigh(gate, device);
}

void gate_look(struct gate *gate, const char *name)
{
	struct device *device = gate_find(gate, name);
	uint64_t inode;
	bool authorized;
	int r;

	/* A device that nobody knows is read once, not twice: it waits for its verdict. */
	if (!device && !is_bus(name)) {
		see_new(gate, name);
		return;
	}
	r = facts_peek(gate->devices, name, &inode, &authorized);
	if (r < 0) {
		if (r != -ENOENT && r != -ENODEV)
			carry_tell_fault(gate, "facts", name, r);
		gate_forget(gate, name);
		forget_bus(gate, name);
		return;
	}
	if (is_bus(name)) {
		char interface[UEVENT_NAME_MAX];

		see_bus(gate, name, inode);
		snprintf(interface, sizeof(interface), "%.8s-0:1.0", name + 3);
		see_root_hub(gate, interface);
		return;
	}
	if (!device || device->facts.inode != inode) {
		gate_forget(gate, name);
		see_new(gate, name);
		return;
	}
	if (device->pending > 0) {
		device->again = true;
		return;
	}
	/* Somebody closed it, or it was not there any more when it was to be opened. */
	if (!authorized &&
	    (device->facts.authorized || (device->error == 0 && device_is_to_be_open(device)))) {
		see_again(gate, device);
		return;
	}
	/* Somebody else opened it: judged as if it came now, and told again. */
	if (authorized && !device->facts.authorized) {
		carry_tell_opened(gate, device);
		device->error = 0;
		device->told = false;
	}
	device->facts.authorized = authorized;
	carry_out(gate, device);
}

/* What has its name may have come since. */
static void see_removed(struct gate *gate, const struct uevent *uevent)
{
	const struct device *device = gate_find(gate, uevent->name);

	forget_bus(gate, uevent->name);
	if (device && gate_is_number(device->facts.number, uevent->number))
		gate_forget(gate, uevent->name);
	if (!gate_left_take(gate, uevent))
		gate_left_look(gate, uevent, NULL);
}

static void look_soon(struct gate *gate, struct device *device)
{
	device->look = gate->look = true;
}

static void see_device(struct gate *gate, const struct uevent *uevent)
{
	struct device *device = gate_find(gate, uevent->name);

	/* For the controller after this one; somebody may have changed it. */
	if (uevent->action == UEVENT_ADD && is_bus(uevent->name))
		carry_ask(gate, PRIV_DEFAULT_DENY, "", 0, 0);
	if (device && gate_is_number(device->facts.number, uevent->number)) {
		device->through |= uevent->action == UEVENT_BIND;
		look_soon(gate, device);
	} else {
		gate_look(gate, uevent->name);
	}
	if (uevent->action == UEVENT_ADD)
		gate_left_look(gate, uevent, gate_find(gate, uevent->name));
}

void gate_uevent(struct gate *gate, const struct uevent *uevent)
{
	char name[UEVENT_NAME_MAX];
	struct device *device;

	if (!gate->rules || uevent->type == UEVENT_NOT_OURS || uevent->action == UEVENT_OTHER)
		return;
	if (uevent->type == UEVENT_DEVICE) {
		if (uevent->action == UEVENT_REMOVE)
			see_removed(gate, uevent);
		else
			see_device(gate, uevent);
		return;
	}
	memcpy(name, uevent->name, sizeof(name));
	/* An interface that came by itself: another configuration was chosen, or somebody else
	 * opened the device. Or a driver took one: whether it may is looked at. */
	if (uevent->action != UEVENT_ADD && uevent->action != UEVENT_BIND)
		return;
	if (strstr(name, "-0:")) {
		see_root_hub(gate, name);
		return;
	}
	name[strcspn(name, ":")] = '\0';
	device = gate_find(gate, name);
	if (!device)
		return;
	/* Not the last one, perhaps, unless opening it waits for all. */
	if (uevent->action == UEVENT_ADD && device->state != DEVICE_OPENING)
		device->through = false;
	look_soon(gate, device);
}

void gate_catch_up(struct gate *gate)
{
	if (!gate->look)
		return;
	gate->look = false;
	/* From the end: one that has left is taken out of the list. */
	for (size_t i = gate->n_list; i-- > 0;) {
		char name[FACTS_NAME_MAX];

		if (i >= gate->n_list || !gate->list[i]->look)
			continue;
		gate->list[i]->look = false;
		memcpy(name, gate->list[i]->facts.name, sizeof(name));
		gate_look(gate, name);
	}
}

static void bus_done(struct gate *gate, const struct priv_request *request, int error)
{
	struct gate_bus *bus = NULL;

	for (size_t i = 0; i < gate->n_buses; i++)
		if (strcmp(gate->buses[i].name, request->name) == 0 &&
		    gate->buses[i].inode == request->inode)
			bus = &gate->buses[i];
	if (!bus)
		return;
	if (priv_has_left(error)) {
		forget_bus(gate, request->name);
		return;
	}
	if (error < 0) {
		bus->state = GATE_BUS_FAILED;
		carry_tell_fault(gate, "bus-not-closed", bus->name, error);
		return;
	}
	bus->state = GATE_BUS_CLOSED;
	for (size_t i = 0; i < gate->n_list; i++)
		if (gate->list[i]->state == DEVICE_WAITS_FOR_BUS)
			carry_out_next(gate, gate->list[i]);
}

void gate_done(void *user, const struct privlink_entry *entry, int error)
{
	struct gate *gate = user;
	const struct priv_request *request = &entry->request;
	char name[PRIV_NAME_MAX];
	struct device *device;

	tamper_done(gate->tamper, request, error, gate->now);
	if (request->verb == PRIV_DEFAULT_DENY) {
		gate->default_denied = error == 0;
		if (error < 0)
			carry_tell_fault(gate, "default-not-denied", NULL, error);
		return;
	}
	if (request->verb == PRIV_BUS_DENY) {
		bus_done(gate, request, error);
		return;
	}
	memcpy(name, request->name, sizeof(name));
	name[strcspn(name, ":")] = '\0';
	device = gate_find(gate, name);
	/* A reply about a device that has left does not concern another one of its name. */
	if (!device || device->pending == 0 || device->facts.inode != entry->cookie)
		return;
	carry_done(gate, device, request, error);
	if (device->again && device->pending == 0) {
		device->again = false;
		gate_look(gate, name);
	}
}

void gate_overrun(struct gate *gate)
{
	gate->rescan = true;
	gate->n_buses = 0;
	/* Of those the last message may be lost: their numbers come round again. */
	memset(gate->left, 0, sizeof(gate->left));
}

void gate_unlinked(struct gate *gate)
{
	gate->rescan = true;
	for (size_t i = 0; i < gate->n_buses; i++)
		if (gate->buses[i].state == GATE_BUS_ASKED)
			gate->buses[i].state = GATE_BUS_FAILED;
	for (size_t i = 0; i < gate->n_list; i++) {
		struct device *device = gate->list[i];

		/* Its claim was under way, and may have been made: it is made anew. */
		if (device->challenge == DEVICE_ASKED && gate->challenges &&
		    !challenge_is_under_way(gate->challenges, device->facts.inode))
			device->challenge = DEVICE_UNASKED;
		if (device->pending == 0 && device->error == 0)
			continue;
		device->pending = 0;
		device->error = 0;
		device->again = false;
		device->state = DEVICE_NEW;
	}
}

void gate_tick(struct gate *gate)
{
	const char *name;

	for (size_t i = 0; i < gate->n_list; i++)
		carry_tell_late(gate, gate->list[i]);
	while ((name = throttle_due(&gate->throttle, gate->now)))
		carry_tell_suppressed(gate, name);
}

void gate_end(struct gate *gate)
{
	carry_tell_all_suppressed(gate);
}

void gate_release(struct gate *gate)
{
	for (size_t i = 0; i < gate->n_list; i++)
		free(gate->list[i]);
	free(gate->list);
	gate->list = NULL;
	gate->n_list = gate->n_buses = 0;
}
