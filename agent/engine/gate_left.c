/* What came and left before anybody looked: the kernel let nothing of it in, and its messages alone
 * tell that it was there. Each device that is enumerated has another number on its bus. */
#include "gate.h"

#include "carry.h"

#include <errno.h>
#include <string.h>

static struct gate_left *find(struct gate *gate, const char *name, unsigned int number)
{
	for (size_t i = 0; i < GATE_LEFT_MAX; i++)
		if (strcmp(gate->left[i].name, name) == 0 &&
		    gate_is_number(gate->left[i].number, number))
			return &gate->left[i];
	return NULL;
}

void gate_left_note(struct gate *gate, const char *name, unsigned int number)
{
	struct gate_left *left = &gate->left[gate->next_left];

	gate->next_left = (gate->next_left + 1) % GATE_LEFT_MAX;
	snprintf(left->name, sizeof(left->name), "%s", name);
	left->number = number;
}

bool gate_left_take(struct gate *gate, const struct uevent *uevent)
{
	struct gate_left *left = find(gate, uevent->name, uevent->number);

	if (left)
		left->name[0] = '\0';
	return left != NULL;
}

/* Also where its facts can't be read, or there is no room for it: that is told. */
static bool is_there(const struct gate *gate, const struct uevent *uevent,
		     const struct device *device)
{
	uint64_t inode;
	bool authorized;
	int r;

	if (device)
		return gate_is_number(device->facts.number, uevent->number);
	r = facts_peek(gate->devices, uevent->name, &inode, &authorized);
	return r != -ENOENT && r != -ENODEV;
}

void gate_left_look(struct gate *gate, const struct uevent *uevent, const struct device *device)
{
	bool added = uevent->action == UEVENT_ADD;

	if (uevent->number == 0 || strncmp(uevent->name, "usb", 3) == 0 ||
	    find(gate, uevent->name, uevent->number) || (added && is_there(gate, uevent, device)))
		return;
	carry_tell_left(gate, uevent);
	if (added)
		gate_left_note(gate, uevent->name, uevent->number);
}
