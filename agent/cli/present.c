#include "present.h"

#include "agent/engine/clone.h"
#include "agent/engine/surplus.h"

#include "cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int is_device(const struct dirent *entry)
{
	return entry->d_name[0] >= '0' && entry->d_name[0] <= '9' && !strchr(entry->d_name, ':');
}

/* A hub before what hangs on it. */
static int by_depth(const struct dirent **one, const struct dirent **other)
{
	size_t x = strlen((*one)->d_name), y = strlen((*other)->d_name);

	return x != y ? (x < y ? -1 : 1) : strcmp((*one)->d_name, (*other)->d_name);
}

/* As gate_scan() does: who works has the first claim to a place. */
static void insert(struct present *present, struct device *device)
{
	size_t at = device->facts.authorized ? present->open++ : present->count;

	for (size_t i = present->count; i > at; i--)
		present->list[i] = present->list[i - 1];
	present->list[at] = device;
	present->count++;
}

static int add(struct present *present, const char *name)
{
	struct device *device;
	int r;

	if (present->count == PRESENT_MAX)
		return -E2BIG;
	device = calloc(1, sizeof(*device));
	if (!device)
		return -ENOMEM;
	r = facts_read(present->devices, name, &device->facts);
	if (r < 0)
		free(device);
	else
		insert(present, device);
	/* It left meanwhile. */
	return r == -ENOENT || r == -ENODEV ? 0 : r;
}

int present_read(int root, struct present *ret_present)
{
	struct dirent **names = NULL;
	int count, r = 0;

	*ret_present = (struct present){
		.devices = openat(root, "sys/bus/usb/devices", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	if (ret_present->devices < 0)
		return errno == ENOENT ? 0 : -errno;
	count = scandirat(ret_present->devices, ".", &names, is_device, by_depth);
	if (count < 0)
		return -errno;
	ret_present->list = calloc((size_t)count + 1, sizeof(void *));
	if (!ret_present->list)
		r = -ENOMEM;
	for (int i = 0; i < count; i++) {
		if (r == 0)
			r = add(ret_present, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return r;
}

void present_release(struct present *present)
{
	for (size_t i = 0; i < present->count; i++)
		free(present->list[i]);
	free(present->list);
	if (present->devices >= 0)
		close(present->devices);
	*present = (struct present){.devices = -1};
}

struct device *present_find(const struct present *present, const char *name)
{
	for (size_t i = 0; i < present->count; i++)
		if (strcmp(present->list[i]->facts.name, name) == 0)
			return present->list[i];
	return NULL;
}

void present_judge(struct present *present, const struct rules *rules)
{
	for (size_t i = 0; i < present->count; i++)
		present->list[i]->judgement = (struct judgement){.access = ACCESS_BLOCK};
	for (size_t i = 0; i < present->count; i++) {
		struct device *device = present->list[i];

		/* Those after it have not come yet. */
		device->facts.clone = clone_is_there(present->list, i, &device->facts);
		surplus_look(rules, present->list, present->count, device);
		judge(rules, &device->facts, &device->judgement);
	}
}

bool present_is_gone(const struct present *present, const struct device *device)
{
	char name[FACTS_NAME_MAX];
	char *dot;

	memcpy(name, device->facts.name, sizeof(name));
	for (;;) {
		if (!device || device->judgement.access == ACCESS_BLOCK)
			return true;
		dot = strrchr(name, '.');
		if (!dot)
			return false;
		*dot = '\0';
		device = present_find(present, name);
	}
}

bool present_works(const struct present *present, const struct rules *rules, const char *name)
{
	struct interface_facts interfaces[DESCRIPTORS_INTERFACES_MAX];
	char owner[FACTS_NAME_MAX];
	const struct device *device;
	const struct rule *rule;
	size_t count = 0;

	snprintf(owner, sizeof(owner), "%.*s", (int)strcspn(name, ":"), name);
	device = present_find(present, owner);
	if (!device || present_is_gone(present, device) ||
	    facts_read_interfaces(present->devices, &device->facts, interfaces,
				  DESCRIPTORS_INTERFACES_MAX, &count, NULL) < 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if (strcmp(interfaces[i].name, name) == 0)
			return judge_interface(rules, &device->facts, &interfaces[i].class,
					       &rule) == ACCESS_ALLOW;
	return false;
}
