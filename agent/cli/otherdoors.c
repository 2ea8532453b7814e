#include "otherdoors.h"

#include "administrator.h"
#include "sudodoor.h"

#include "cleanup.h"
#include "file.h"
#include "gettext.h"

#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <grp.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <shadow.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/xattr.h>

#define FILE_MAX 1048576
#define ACL_MAX	 64 /* entries */

__attribute__((format(printf, 3, 4))) static enum otherdoor_state
say(char text[static OTHERDOOR_TEXT_MAX], enum otherdoor_state state, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start is the line before */
	vsnprintf(text, OTHERDOOR_TEXT_MAX, format, arguments);
	va_end(arguments);
	return state;
}

/* NULL with errno where it can't be read. */
static char *read_text(const struct otherdoor_scene *scene, const char *path)
{
	_cleanup_close_ int fd = openat(scene->root, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = NULL;
	size_t length;
	int r;

	if (fd < 0)
		return NULL;
	r = file_read_all(fd, FILE_MAX, &text, &length);
	if (r < 0) {
		errno = -r;
		return NULL;
	}
	return text;
}

/* Does a line of the text begin so, blanks aside? */
static bool has_line(const char *text, const char *begin)
{
	for (const char *line = text; line && *line;) {
		const char *newline;

		line += strspn(line, " \t");
		if (strncmp(line, begin, strlen(begin)) == 0)
			return true;
		newline = strchr(line, '\n');
		line = newline ? newline + 1 : NULL;
	}
	return false;
}

static bool exists(const struct otherdoor_scene *scene, const char *path)
{
	return faccessat(scene->root, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* sulogin(8) asks for root's password and no PAM; with --force, for nothing where root has none. */
static enum otherdoor_state look_recovery(const struct otherdoor_scene *scene,
					  char text[static OTHERDOOR_TEXT_MAX])
{
	_cleanup_close_ int fd = openat(scene->root, "etc/shadow", O_RDONLY | O_CLOEXEC);
	_cleanup_fclose_ FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	const struct spwd *entry;

	if (exists(scene, "etc/systemd/system/rescue.service.d") ||
	    exists(scene, "etc/systemd/system/emergency.service.d"))
		return say(text, OTHERDOOR_UNSEEN, "%s",
			   _("its unit was changed below /etc/systemd/system"));
	if (!file)
		return say(text, OTHERDOOR_UNSEEN, "/etc/shadow: %s", strerror(errno));
	steal_fd(&fd);
	while ((entry = fgetspent(file)))
		if (strcmp(entry->sp_namp, "root") == 0)
			break;
	if (!entry)
		return say(text, OTHERDOOR_UNSEEN, "%s", _("/etc/shadow has no root"));
	if (entry->sp_pwdp[0] == '\0')
		return say(text, OTHERDOOR_OPEN, "%s", _("root has no password at all"));
	return administrator_password_set(entry->sp_pwdp)
		       ? say(text, OTHERDOOR_OPEN, "%s", _("root's password alone opens it"))
		       : say(text, OTHERDOOR_CLOSED, "%s", _("root's password is locked"));
}

static enum otherdoor_state look_boot_menu(const struct otherdoor_scene *scene,
					   char text[static OTHERDOOR_TEXT_MAX])
{
	static const char *const grubs[] = {"boot/grub/grub.cfg", "boot/grub2/grub.cfg"};
	static const char *const loaders[] = {"boot/loader/loader.conf", "efi/loader/loader.conf",
					      "boot/efi/loader/loader.conf"};

	for (size_t i = 0; i < ARRAY_SIZE(grubs); i++) {
		_cleanup_free_ char *grub = read_text(scene, grubs[i]);

		if (grub)
			return has_line(grub, "set superusers=") &&
					       has_line(grub, "password_pbkdf2 ")
				       ? say(text, OTHERDOOR_CLOSED, _("/%s has a password"),
					     grubs[i])
				       : say(text, OTHERDOOR_OPEN, _("/%s has no password"),
					     grubs[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(loaders); i++) {
		_cleanup_free_ char *loader = read_text(scene, loaders[i]);

		if (loader)
			return has_line(loader, "editor no") || has_line(loader, "editor 0") ||
					       has_line(loader, "editor false")
				       ? say(text, OTHERDOOR_CLOSED, _("/%s has no editor"),
					     loaders[i])
				       : say(text, OTHERDOOR_OPEN, _("/%s allows the editor"),
					     loaders[i]);
	}
	return say(text, OTHERDOOR_UNSEEN, "%s", _("no configuration of GRUB or systemd-boot"));
}

/* Is a unit started by another below /etc/systemd/system? */
static bool is_wanted(const struct otherdoor_scene *scene, const char *unit)
{
	int fd = openat(scene->root, "etc/systemd/system", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	bool wanted = false;

	if (!directory) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (!wanted && (entry = readdir(directory))) {
		char path[512];

		if (fnmatch("*.wants", entry->d_name, 0) != 0 &&
		    fnmatch("*.requires", entry->d_name, 0) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", entry->d_name, unit);
		wanted = faccessat(dirfd(directory), path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	}
	closedir(directory);
	return wanted;
}

static enum otherdoor_state look_debug_shell(const struct otherdoor_scene *scene,
					     char text[static OTHERDOOR_TEXT_MAX])
{
	_cleanup_free_ char *line = read_text(scene, "proc/cmdline");

	if (!line)
		return say(text, OTHERDOOR_UNSEEN, "/proc/cmdline: %s", strerror(errno));
	if (strstr(line, "systemd.debug-shell") || strstr(line, "systemd.debug_shell"))
		return say(text, OTHERDOOR_OPEN, "%s",
			   _("the kernel's command line has systemd.debug-shell"));
	if (is_wanted(scene, "debug-shell.service"))
		return say(text, OTHERDOOR_OPEN, "%s", _("debug-shell.service is enabled"));
	return say(text, OTHERDOOR_CLOSED, "%s", _("debug-shell.service is not started"));
}

/* A log-in by a public key is authenticated by sshd itself; PAM has the account alone. */
static enum otherdoor_state look_ssh_keys(const struct otherdoor_scene *scene,
					  char text[static OTHERDOOR_TEXT_MAX])
{
	if (!exists(scene, "usr/sbin/sshd"))
		return say(text, OTHERDOOR_ABSENT, "%s", _("there is no sshd"));
	if (!scene->sshd)
		return say(text, OTHERDOOR_UNSEEN, "%s", _("'sshd -T' doesn't tell"));
	if (!has_line(scene->sshd, "usepam yes"))
		return say(text, OTHERDOOR_OPEN, "%s", _("sshd asks no PAM: UsePAM is off"));
	if (!scene->key_passes)
		return say(text, OTHERDOOR_CLOSED, "%s",
			   _("account management of sshd demands Sekisho's verdict"));
	if (has_line(scene->sshd, "pubkeyauthentication no") &&
	    has_line(scene->sshd, "gssapiauthentication no") &&
	    has_line(scene->sshd, "hostbasedauthentication no"))
		return say(text, OTHERDOOR_CLOSED, "%s", _("sshd takes no key"));
	return say(text, OTHERDOOR_OPEN, "%s", _("a public key alone gets in"));
}

/* Whom an access control list lets in besides owner and group: nobody, or who sits at the seat, as
 * systemd does for browsers (70-uaccess.rules). */
static bool acl_lets_in_others(const char *path, uid_t seated)
{
	struct {
		struct posix_acl_xattr_header header;
		struct posix_acl_xattr_entry entries[ACL_MAX];
	} list;
	ssize_t size = getxattr(path, "system.posix_acl_access", &list, sizeof(list));

	if (size < 0)
		return errno != ENODATA && errno != EOPNOTSUPP;
	for (size_t i = 0; sizeof(list.header) + (i + 1) * sizeof(*list.entries) <= (size_t)size;
	     i++) {
		const unsigned int tag = le16toh(list.entries[i].e_tag);

		if (tag == ACL_GROUP ||
		    (tag == ACL_USER && le32toh(list.entries[i].e_id) != seated))
			return true;
	}
	return false;
}

/* 0, or -EACCES where somebody besides root, authd and who sits at the seat may speak to the key.
 */
static int hidraw_is_closed(int directory, const char *name, uid_t seated)
{
	const struct group *group = getgrnam("sekisho-auth");
	_cleanup_close_ int fd = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char by_number[64];
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if ((status.st_uid != 0 && status.st_uid != geteuid()) || (status.st_mode & 07) != 0)
		return -EACCES;
	if ((status.st_mode & 070) != 0 && (!group || status.st_gid != group->gr_gid))
		return -EACCES;
	snprintf(by_number, sizeof(by_number), "/proc/self/fd/%d", fd);
	return acl_lets_in_others(by_number, seated) ? -EACCES : 0;
}

static enum otherdoor_state look_key_nodes(const struct otherdoor_scene *scene,
					   char text[static OTHERDOOR_TEXT_MAX])
{
	int fd = openat(scene->root, "dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	enum otherdoor_state state = OTHERDOOR_ABSENT;
	const struct dirent *entry;

	if (!directory) {
		if (fd >= 0)
			close(fd);
		return say(text, OTHERDOOR_UNSEEN, "/dev: %s", strerror(errno));
	}
	say(text, state, "%s", _("nothing is plugged in"));
	while (state != OTHERDOOR_OPEN && (entry = readdir(directory))) {
		if (strncmp(entry->d_name, "hidraw", strlen("hidraw")) != 0)
			continue;
		state = hidraw_is_closed(dirfd(directory), entry->d_name, scene->seated) == 0
				? say(text, OTHERDOOR_CLOSED, "%s",
				      _("root, sekisho-authd and who sits here alone open "
					"/dev/hidraw*"))
				: say(text, OTHERDOOR_OPEN, _("others may open /dev/%s"),
				      entry->d_name);
	}
	closedir(directory);
	return state;
}

/* Owner, kind and mode of a path; 0 or -EACCES, -errno. */
static int is_roots(const struct otherdoor_scene *scene, const char *path, mode_t kind,
		    mode_t forbidden)
{
	struct stat status;

	if (fstatat(scene->root, path, &status, 0) < 0)
		return -errno;
	if ((status.st_mode & S_IFMT) != kind || (status.st_mode & forbidden) != 0)
		return -EACCES;
	return status.st_uid == 0 || status.st_uid == geteuid() ? 0 : -EACCES;
}

struct path {
	const char *path;
	mode_t kind, forbidden;
};

static enum otherdoor_state look_paths(const struct otherdoor_scene *scene,
				       const struct path *paths, size_t count,
				       char text[static OTHERDOOR_TEXT_MAX])
{
	for (size_t i = 0; i < count; i++) {
		int r = is_roots(scene, paths[i].path, paths[i].kind, paths[i].forbidden);

		if (r == -EACCES)
			return say(text, OTHERDOOR_OPEN, _("/%s: wrong owner or mode"),
				   paths[i].path);
		if (r < 0)
			return say(text, OTHERDOOR_UNSEEN, "/%s: %s", paths[i].path, strerror(-r));
	}
	return say(text, OTHERDOOR_CLOSED, "%s", _("owners and modes are right"));
}

static enum otherdoor_state look_sockets(const struct otherdoor_scene *scene,
					 char text[static OTHERDOOR_TEXT_MAX])
{
	static const struct path paths[] = {
		{"run/sekisho", S_IFDIR, 022},
		{"run/sekisho/auth.sock", S_IFSOCK, 0},
	};

	return look_paths(scene, paths, ARRAY_SIZE(paths), text);
}

static enum otherdoor_state look_files(const struct otherdoor_scene *scene,
				       char text[static OTHERDOOR_TEXT_MAX])
{
	static const struct path paths[] = {
		{"etc", S_IFDIR, 022},
		{"etc/pam.d", S_IFDIR, 022},
		{"etc/passwd", S_IFREG, 022},
		{"etc/shadow", S_IFREG, 027},
	};

	return look_paths(scene, paths, ARRAY_SIZE(paths), text);
}

/* Notes of log-ins, besides those that are being written. */
static bool has_notes(DIR *directory)
{
	const struct dirent *entry;

	while ((entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			return true;
	return false;
}

/* Who watches the keys of those who are logged in holds a lock. */
static enum otherdoor_state look_removal(const struct otherdoor_scene *scene,
					 char text[static OTHERDOOR_TEXT_MAX])
{
	_cleanup_close_ int run =
		openat(scene->root, "run/sekisho-watch/running", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int notes = openat(scene->root, "run/sekisho-presence", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = notes < 0 ? NULL : fdopendir(notes);
	bool waiting;

	if (!directory) {
		if (notes >= 0)
			close(notes);
		return say(text, OTHERDOOR_ABSENT, "%s", _("no key of a log-in is watched"));
	}
	waiting = has_notes(directory);
	closedir(directory);
	if (!waiting)
		return say(text, OTHERDOOR_ABSENT, "%s", _("no key of a log-in is watched"));
	if (run >= 0 && flock(run, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return say(text, OTHERDOOR_CLOSED, "%s", _("sekisho-presence watches"));
	return say(text, OTHERDOOR_OPEN, "%s",
		   _("sessions are to be locked, and sekisho-presence does not run"));
}

static enum otherdoor_state look_clock(const struct otherdoor_scene *scene,
				       char text[static OTHERDOOR_TEXT_MAX])
{
	struct timex state = {};

	(void)scene;
	if (adjtimex(&state) == TIME_ERROR || (state.status & STA_UNSYNC))
		return say(text, OTHERDOOR_WARNING, "%s", _("nobody keeps it right"));
	return say(text, OTHERDOOR_CLOSED, "%s", _("it follows a time server"));
}

const struct otherdoor otherdoors[] = {
	{"recovery", N_("recovery console (sulogin)"), N_("lock it: passwd -l root"),
	 look_recovery},
	{"boot-menu", N_("editor of the boot menu: init=/bin/sh makes anybody root"),
	 N_("give GRUB superusers and a password, or set 'editor no' in loader.conf"),
	 look_boot_menu},
	{"debug-shell", N_("systemd's shell of root's at tty9"),
	 N_("systemctl disable debug-shell; take it off the command line"), look_debug_shell},
	{"ssh-keys", N_("public keys of ssh"),
	 N_("set 'UsePAM yes' in sshd_config and run 'sekisho enable'"), look_ssh_keys},
	{"sudo", N_("sudo without a factor"),
	 N_("take NOPASSWD, !authenticate, exempt_group and a negative timestamp_timeout out "
	    "of sudoers"),
	 sudodoor_look},
	{"key-nodes", N_("keys spoken to by other programs"),
	 N_("install sekisho's rules of udev again: dpkg-reconfigure sekisho"), look_key_nodes},
	{"sockets", N_("sekisho-authd's socket"), N_("systemctl restart sekisho-auth.socket"),
	 look_sockets},
	{"files", N_("files of accounts and of PAM, writable or readable by others"),
	 N_("chown root and chmod go-w"), look_files},
	{"removal", N_("sessions whose key was pulled out"),
	 N_("systemctl restart sekisho-presence.path"), look_removal},
	{"clock", N_("clock, by which keys are valid"), N_("timedatectl set-ntp true"), look_clock},
};
const size_t otherdoor_count = ARRAY_SIZE(otherdoors);
