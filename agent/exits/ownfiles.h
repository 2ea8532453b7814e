/* The files by which Sekisho has hold of the machine - units, rules of udev, options of modules -
 * against the list of their SHA-256 that was made when they were built, and against files of the
 * same name that systemd, udev or modprobe read instead of them or on top of them. */
#ifndef SEKISHO_OWNFILES_H
#define SEKISHO_OWNFILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OWNFILES_LIST "usr/share/sekisho/files.sha256" /* sha256sum(1)'s, absolute paths */

enum ownfile_state {
	OWNFILE_CHANGED,
	OWNFILE_MISSING,
	OWNFILE_COVERED, /* another file is read instead */
	OWNFILE_ADDED_TO, /* a drop-in changes a unit: administrators may have reasons */
};

struct ownfile_finding {
	enum ownfile_state state;
	const char *path; /* ours */
	const char *other; /* what covers it or adds to it, else NULL */
	const char *found, *expected; /* SHA-256 in hexadecimal, of OWNFILE_CHANGED, else NULL */
};

typedef void ownfiles_fn(void *user, const struct ownfile_finding *finding);

/* Looks at each file of the list below @root, a descriptor of "/", and calls @tell for each that
 * isn't as it should be. -ENOENT: there is no list; -EBADMSG: it is none; else -errno. */
int ownfiles_look(int root, ownfiles_fn *tell, void *user, size_t *ret_count);

/* True if the list has @path ("/lib/udev/rules.d/x"). */
bool ownfiles_has(int root, const char *path);

/* A number that is another one once any of the files, or one that could stand in its stead, or a
 * rule of udev, was touched: by inode, size and times. */
uint64_t ownfiles_fingerprint(int root);

#endif
