/* Running one of the system's own programs to its end. */
#ifndef SEKISHO_PROGRAM_H
#define SEKISHO_PROGRAM_H

/* Runs @argv[0], an absolute path, with a clean environment and /dev/null as input; what it writes
 * goes to our standard error. 0 if it exited with status 0, -ENOENT if it isn't there, -EIO if it
 * ended otherwise, -errno. */
int program_run(const char *const argv[]);

#endif
