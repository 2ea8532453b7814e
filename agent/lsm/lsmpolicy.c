#include "lsmpolicy.h"

#include "cleanup.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* As lsm.conf calls them. */
static const struct {
	const char *name;
	int family;
} families[] = {
	{"bluetooth", AF_BLUETOOTH},   {"nfc", AF_NFC},
	{"ieee802154", AF_IEEE802154}, {"can", AF_CAN},
	{"vsock", AF_VSOCK},
};

static const struct lsmpolicy defaults = {
	/* Those of disks that are judged as devices, and those that reach neither a device nor the
	 * network. */
	.types = "autofs binfmt_misc bpf btrfs cgroup cgroup2 configfs debugfs devpts devtmpfs "
		 "efivarfs "
		 "erofs exfat ext2 ext3 ext4 f2fs fusectl hugetlbfs iso9660 mqueue msdos nsfs "
		 "overlay "
		 "proc pstore ramfs resctrl rpc_pipefs securityfs selinuxfs squashfs sysfs tmpfs "
		 "tracefs "
		 "udf vfat xfs",
	.commands = "systemd-udevd.service udisks2.service smartmontools.service smartd.service "
		    "fwupd.service",
	.writes = "systemd-udevd.service system-systemd\\x2dfsck.slice apt-daily-upgrade.service "
		  "packagekit.service sekisho-write.service",
	.families = "bluetooth nfc ieee802154",
};

static const struct config_key keys[] = {
	{"Mounts", "Types", CONFIG_LIST, offsetof(struct lsmpolicy, types), LSMPOLICY_LIST_MAX, 0,
	 0, NULL},
	{"RawCommands", "Services", CONFIG_LIST, offsetof(struct lsmpolicy, commands),
	 LSMPOLICY_LIST_MAX, 0, 0, NULL},
	{"BlockWrites", "Services", CONFIG_LIST, offsetof(struct lsmpolicy, writes),
	 LSMPOLICY_LIST_MAX, 0, 0, NULL},
	{"Sockets", "Refused", CONFIG_LIST, offsetof(struct lsmpolicy, families),
	 LSMPOLICY_LIST_MAX, 0, 0, NULL},
};

void lsmpolicy_defaults(struct lsmpolicy *policy)
{
	*policy = defaults;
}

static int accept_word(void *user, const char *word)
{
	(void)user;
	(void)word;
	return 0;
}

static int check(const struct lsmpolicy *policy, const char *path, struct config_error *error)
{
	uint64_t set;

	if (lsmpolicy_families(policy->families, &set) < 0)
		return config_fail(error, -EINVAL, path, 0,
				   "Refused= knows bluetooth, nfc, ieee802154, can and vsock");
	if (lsmpolicy_words(policy->types, ATTEMPT_TYPE_MAX, accept_word, NULL) < 0)
		return config_fail(error, -EINVAL, path, 0, "Types= has a word that is too long");
	if (lsmpolicy_words(policy->commands, ATTEMPT_SERVICE_MAX, accept_word, NULL) < 0 ||
	    lsmpolicy_words(policy->writes, ATTEMPT_SERVICE_MAX, accept_word, NULL) < 0)
		return config_fail(error, -EINVAL, path, 0,
				   "Services= has a word that is too long");
	return 0;
}

int lsmpolicy_load(const char *path, struct lsmpolicy *policy, struct config_error *error)
{
	int r;

	*policy = defaults;
	r = config_load(path, 0, keys, ARRAY_SIZE(keys), policy, error);
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = check(policy, path, error);
	if (r < 0)
		*policy = defaults;
	return r;
}

int lsmpolicy_words(const char *list, size_t size, int (*each)(void *user, const char *word),
		    void *user)
{
	char word[ATTEMPT_SERVICE_MAX];
	int r = 0;

	while (r == 0 && *(list += strspn(list, " \t"))) {
		size_t length = strcspn(list, " \t");

		if (length >= size || length >= sizeof(word))
			return -ENAMETOOLONG;
		memcpy(word, list, length);
		word[length] = '\0';
		r = each(user, word);
		list += length;
	}
	return r;
}

static int add_family(void *user, const char *word)
{
	uint64_t *set = user;

	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (strcmp(word, families[i].name) == 0) {
			*set |= UINT64_C(1) << families[i].family;
			return 0;
		}
	return -EINVAL;
}

int lsmpolicy_families(const char *list, uint64_t *ret_families)
{
	uint64_t set = 0;
	int r = lsmpolicy_words(list, ATTEMPT_SERVICE_MAX, add_family, &set);

	if (r == 0)
		*ret_families = set;
	return r;
}
