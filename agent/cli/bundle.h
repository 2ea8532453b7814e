/* A terminal's directory as `sekisho-collector terminal` makes it, and where its files go. */
#ifndef SEKISHO_CLI_BUNDLE_H
#define SEKISHO_CLI_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define BUNDLE_FOLDER "/etc/sekisho/collector" /* of the certificates */

enum bundle_file {
	BUNDLE_AUTHORITY,
	BUNDLE_CERTIFICATE,
	BUNDLE_STRANGER, /* what a collector has to refuse: with no terminal's name, */
	BUNDLE_EXPIRED, /* and of long ago */
	BUNDLE_KEY, /* secret */
	BUNDLE_SEAL_PUBLIC, /* before the seal, so that one that is there has it beside it */
	BUNDLE_SEAL, /* secret; sekishod moves it on, so that it is given once */
	BUNDLE_CONFIGURATION, /* last: it is what has the others used */
	BUNDLE_FILE_COUNT
};

struct bundle {
	struct {
		char *bytes; /* NULL: there is no such file */
		size_t length;
	} files[BUNDLE_FILE_COUNT];
};

/* All files have to be root's, and writable by nobody else. -ENOENT: no such directory, or one of
 * the certificates' three is missing; -EPERM; -EKEYREJECTED: a secret that others can read, where
 * it is, but for the forwarder's group in BUNDLE_FOLDER; -errno; with the path in @ret_path. */
int bundle_read(const char *directory, struct bundle *ret_bundle, const char **ret_path);
/* The secrets are wiped. */
void bundle_release(struct bundle *bundle);
#define _cleanup_bundle_ __attribute__((cleanup(bundle_release)))

/* The configuration, in place of the one that was read. -ENOMEM. */
int bundle_configure(struct bundle *bundle, const char *text);

/* What keeps the certificate from being this terminal's, for a person; NULL: nothing. */
const char *bundle_mistake(const struct bundle *bundle);

/* From when the certificate is good, also for people. -EBADMSG: there is none. */
#define BUNDLE_TIME 32
int bundle_begins(const struct bundle *bundle, time_t *ret_time, char text[static BUNDLE_TIME]);

/* Has this terminal a seal? */
bool bundle_has_seal(void);

/* What is here already. Where sekishod has another seal, *ret_other_seal. */
bool bundle_stands(const struct bundle *bundle, bool *ret_other_seal);

/* Puts all of it in place: everything beside its place first, then each into it, so that whoever
 * reads one finds it whole. A seal that is here stays. -errno with the path in @ret_path. */
int bundle_install(const struct bundle *bundle, const char **ret_path);

#endif
