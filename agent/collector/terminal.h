/* sekisho-collector terminal: what its verbs share. */
#ifndef SEKISHO_COLLECTOR_TERMINAL_H
#define SEKISHO_COLLECTOR_TERMINAL_H

#include "namelist.h"

#include <stdbool.h>

struct terminal_options {
	const char *directory;
	const char *output;
	const char *from; /* file of names, or NULL */
	bool letters; /* as in struct issue */
	const char *records; /* folder of what arrived */
	const char *marks; /* file of marks, or NULL */
	bool unused; /* the lost seal sealed nothing that is here, and that is right */
};

#define TERMINAL_INSTALL_SEAL                                                                      \
	"  install -o sekisho -g sekisho -m 600 seal.key /var/lib/sekisho/seal/seal.key\n"         \
	"  install -o root -g root -m 644 seal.pub /etc/sekisho/seal.pub\n"

/* Each returns an enum command_status. */
int terminal_give(const struct terminal_options *options, const struct namelist *list, bool renew);
int terminal_reseal(const struct terminal_options *options, const struct namelist *list);
int terminal_list(const struct terminal_options *options);

/* Private keys go there, so it is nobody else's to write. -EPERM. */
int terminal_open_folder(int dirfd, const char *path, int *ret_fd);
int terminal_fail_folder(const char *path, int code);

#endif
