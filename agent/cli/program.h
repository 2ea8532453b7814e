/* Running one of the system's own programs to its end. */
#ifndef SEKISHO_PROGRAM_H
#define SEKISHO_PROGRAM_H

#define PROGRAM_OUTPUT_MAX 65536

/* Runs @argv[0], an absolute path, with a clean environment and /dev/null as input; what it writes
 * goes to our standard error. 0 if it exited with status 0, -ENOENT if it isn't there, -EIO if it
 * ended otherwise, -errno. */
int program_run(const char *const argv[]);

/* The same, but what it writes to its standard output is the caller's to free; its messages go
 * nowhere. -EFBIG beyond PROGRAM_OUTPUT_MAX bytes. */
int program_read(const char *const argv[], char **ret_text);

/* The same for one whose status is an answer: returns that, from 0 on, with the text in each case;
 * else -errno. */
int program_ask(const char *const argv[], char **ret_text);

#endif
