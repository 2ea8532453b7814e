/* Drivers that no terminal needs: modprobe refuses them, and none is in the kernel.
 *
 * modprobe, udev and the kernel's own requests all go by modprobe.d(5). Root can still load a file
 * by its path (insmod), or ask modprobe to ignore the line: then the driver is there, and seen. */
#include "exits.h"

#include "cleanup.h"
#include "gettext.h"
#include "modules.h"

#include <errno.h>
#include <libkmod.h>
#include <string.h>
#include <sys/utsname.h>

#define PATH_SIZE 128

/* Where modprobe looks, what comes first beating files of the same name. */
static const char *const folders[] = {"etc/modprobe.d", "run/modprobe.d",
				      "usr/local/lib/modprobe.d", "usr/lib/modprobe.d",
				      "lib/modprobe.d"};

static void cleanup_context(struct kmod_ctx **context)
{
	kmod_unref(*context);
}

static void cleanup_module(struct kmod_module **module)
{
	kmod_module_unref(*module);
}

/* modprobe's configuration of @machine; NULL where it can't be had. */
static struct kmod_ctx *open_configuration(const struct machine *machine)
{
	char paths[ARRAY_SIZE(folders)][PATH_SIZE], modules[PATH_SIZE + sizeof(struct utsname)];
	const char *list[ARRAY_SIZE(folders) + 1] = {NULL};
	struct utsname kernel;

	if (uname(&kernel) < 0)
		return NULL;
	/* libkmod takes paths, and ours begin at a descriptor. */
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		snprintf(paths[i], PATH_SIZE, "/proc/self/fd/%d/%s", machine->root, folders[i]);
		list[i] = paths[i];
	}
	snprintf(modules, sizeof(modules), "/proc/self/fd/%d/lib/modules/%s", machine->root,
		 kernel.release);
	return kmod_new(modules, list);
}

/* Of several lines for a module the first counts, and any other command may load it after all. None
 * counts where the module has soft dependencies, by its own word or modprobe.d's. */
static bool is_refused_itself(const struct kmod_module *module)
{
	static const char *const refusals[] = {"/bin/false", "/usr/bin/false", "/bin/true",
					       "/usr/bin/true"};
	const char *command = kmod_module_get_install_commands(module);
	struct kmod_list *before = NULL, *after = NULL;
	bool refused = false;

	for (size_t i = 0; command && i < ARRAY_SIZE(refusals); i++)
		refused = refused || strcmp(command, refusals[i]) == 0;
	if (kmod_module_get_softdeps(module, &before, &after) < 0 || before || after)
		refused = false;
	kmod_module_unref_list(before);
	kmod_module_unref_list(after);
	return refused;
}

/* By itself, or by one that it needs. */
static bool is_refused(const struct kmod_module *module)
{
	struct kmod_list *needed = kmod_module_get_dependencies(module), *item;
	bool refused = is_refused_itself(module);

	kmod_list_foreach(item, needed)
	{
		struct kmod_module *other = kmod_module_get_module(item);

		refused = refused || is_refused_itself(other);
		kmod_module_unref(other);
	}
	kmod_module_unref_list(needed);
	return refused;
}

/* True if module @name is neither in the kernel nor can be had; else @finding tells. */
static bool is_kept_out(const struct machine *machine, struct kmod_ctx *context, const char *name,
			struct lock_finding *finding)
{
	_cleanup_(cleanup_module) struct kmod_module *module = NULL;
	int r = kmod_module_new_from_name(context, name, &module);

	if (r < 0) {
		lock_found(finding, LOCK_UNSEEN, "modprobe.d: %s: %s", name, strerror(-r));
		return false;
	}
	if (module_is_loaded(machine, name))
		lock_found(finding, LOCK_BROKEN, _("%s is in the kernel: /sys/module/%s is there"),
			   name, name);
	else if (kmod_module_get_initstate(module) == KMOD_MODULE_BUILTIN)
		lock_found(finding, LOCK_BROKEN, _("%s is built into this kernel"), name);
	else if (!is_refused(module))
		lock_found(
			finding, LOCK_BROKEN,
			_("modprobe.d does not refuse %s: no line 'install %s /bin/false' counts"),
			name, name);
	else
		return true;
	return false;
}

static void look_modules(const struct machine *machine, const struct module_list *list,
			 struct lock_finding *finding)
{
	_cleanup_(cleanup_context) struct kmod_ctx *context = open_configuration(machine);
	char names[LOCK_TEXT_MAX] = "";
	size_t length = 0;

	if (!context) {
		lock_found(finding, LOCK_UNSEEN, "modprobe.d: %s", strerror(errno));
		return;
	}
	for (size_t i = 0; list->names[i]; i++) {
		if (!is_kept_out(machine, context, list->names[i], finding))
			return;
		if (length < sizeof(names))
			length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%s",
						   i > 0 ? ", " : "", list->names[i]);
	}
	lock_found(finding, LOCK_HOLDS, _("refused and not in the kernel: %s"), names);
}

void look_modules_gadget(const struct machine *machine, struct lock_finding *finding)
{
	look_modules(machine, &module_lists[MODULES_GADGET], finding);
}

void look_modules_usbip(const struct machine *machine, struct lock_finding *finding)
{
	look_modules(machine, &module_lists[MODULES_USBIP], finding);
}

void look_modules_disks(const struct machine *machine, struct lock_finding *finding)
{
	look_modules(machine, &module_lists[MODULES_DISKS], finding);
}

void look_modules_files(const struct machine *machine, struct lock_finding *finding)
{
	look_modules(machine, &module_lists[MODULES_FILES], finding);
}

void look_modules_firewire(const struct machine *machine, struct lock_finding *finding)
{
	look_modules(machine, &module_lists[MODULES_FIREWIRE], finding);
}

void look_modules_floppy(const struct machine *machine, struct lock_finding *finding)
{
	look_modules(machine, &module_lists[MODULES_FLOPPY], finding);
}

void look_modules_modem(const struct machine *machine, struct lock_finding *finding)
{
	look_modules(machine, &module_lists[MODULES_MODEM], finding);
}
