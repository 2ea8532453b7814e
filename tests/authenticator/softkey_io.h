/* For tests: starts a softkey, steers it, and lets libfido2 talk to it over its socket. */
#ifndef SOFTKEY_IO_H
#define SOFTKEY_IO_H

#include <fido.h>
#include <stddef.h>
#include <sys/types.h>

#define SOFTKEY_OPTIONS_MAX 32
#define SOFTKEY_ANSWER_MAX  512

struct softkey {
	pid_t pid;
	char socket[108]; /* in the folder given at the start */
	char control[108];
};

/* For fido_dev_set_io_functions() and fido_dev_info_set(); the path is the socket's. */
extern const fido_dev_io_t softkey_io;

/* Sets the functions above and opens. A libfido2 error code. */
int softkey_dev_open(fido_dev_t *dev, const char *socket_path);

/* Runs @program with sockets FOLDER/NAME.sock and FOLDER/NAME.ctl and further options (NULL at the
 * end); returns once it is ready. It ends with the calling process. -ENAMETOOLONG, -EPROTO if it
 * did not become ready, errors of fork. */
int softkey_start(struct softkey *softkey, const char *program, const char *folder,
		  const char *name, const char *const options[]);

/* Ends it; safe on a zeroed one. -EPROTO if it crashed or a sanitizer complained. */
int softkey_stop(struct softkey *softkey);

/* Sends one command line to the control socket. 0 if the answer is "ok", -EBADMSG if it is "error";
 * @ret_answer may be NULL and gets the answer without its newline. */
int softkey_command(const char *control_path, const char *command,
		    char ret_answer[SOFTKEY_ANSWER_MAX]);

#endif
