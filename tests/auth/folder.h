/* A terminal's files, and its state on a file system of its own that can be filled. */
#ifndef TEST_FOLDER_H
#define TEST_FOLDER_H

#include "terminal.h"

/* Where @name ("state/otp") is. */
const char *folder_path(const struct terminal *terminal, const char *name, char path[static 128]);

void folder_write(const struct terminal *terminal, const char *name, const char *text, mode_t mode);

void folder_read(const struct terminal *terminal, const char *name, char text[static WORDS_MAX]);

/* Copies a program of the build ("tests/softtoken") to @name: whoever is not root has no way into a
 * checkout below /root. */
void folder_copy_program(const struct terminal *terminal, const char *program, const char *name);

/* The state directory, opened; the caller's. */
int folder_state(const struct terminal *terminal);

/* A small file system of our own over the state ("size=8m,mode=700"); filled to the last byte.
 * MOUNTED unmounts it before the test ends, whatever that asserts; the group's set-up is
 * folder_own_mounts. */
void folder_mount_state(const struct terminal *terminal, const char *options);
void folder_fill_state(const struct terminal *terminal);
int folder_unmount_state(void **state);
int folder_own_mounts(void **state);

#define MOUNTED(function)                                                                          \
	cmocka_unit_test_setup_teardown(function, terminal_setup, folder_unmount_state)

#endif
