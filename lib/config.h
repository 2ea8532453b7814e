/* Configuration files: `[Section]`, `Key=value`, drop-ins, read through libinih and driven by a
 * table of keys. Unknown section or key, key above the first section, bad value, key given twice in
 * a file, wrong owner or mode: an error that names file and line. A later drop-in overrides an
 * earlier file. */
#ifndef SEKISHO_CONFIG_H
#define SEKISHO_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CONFIG_FILE_MAX	   4194304u /* bytes of one file */
#define CONFIG_DROPINS_MAX 128
#define CONFIG_ERROR_MAX   640

enum config_kind {
	CONFIG_BOOL, /* yes, no, true, false -> bool */
	CONFIG_NUMBER, /* decimal within [min, max] -> uint32_t */
	CONFIG_STRING, /* UTF-8 without control characters -> char[size] */
	CONFIG_LIST, /* the same; several lines of a file are joined by spaces */
	CONFIG_CHOICE, /* one of .choices -> uint32_t index */
};

struct config_key {
	const char *section;
	const char *name;
	enum config_kind kind;
	size_t offset;
	size_t size; /* of a string's array */
	uint32_t min, max; /* of a number */
	const char *const *choices; /* NULL-terminated */
};

/* "FILE:LINE: what is wrong; what to do" for a person. */
struct config_error {
	char text[CONFIG_ERROR_MAX];
};

/* Called for each section of a file (@name NULL) and each key, in order; sections are told by a
 * change of @section_line, so that two sections of the same name are two. Returns 0, or -errno with
 * @error filled by config_fail. */
typedef int config_visit_fn(void *user, const char *file, unsigned int line,
			    unsigned int section_line, const char *section, const char *name,
			    const char *value, struct config_error *error);

/* Reads @path and then PATH.d/NAME.conf in byte order. All files must be owned by root or @owner,
 * not writable by others. A missing @path is -ENOENT; a missing PATH.d is fine. */
int config_visit(const char *path, uid_t owner, config_visit_fn *visit, void *user,
		 struct config_error *ret_error);

/* A drop-in that is not there yet, or not as it is to be. */
struct config_staged {
	const char *name; /* NAME.conf: read in the place of a file of that name, where it sorts */
	const char *text;
};

/* The same with @staged, so that what a file would do is seen before it is written; NULL: none. */
int config_visit_staged(const char *path, uid_t owner, const struct config_staged *staged,
			config_visit_fn *visit, void *user, struct config_error *ret_error);

/* A mistake's text, as of struct config_error. */
typedef void config_mistake_fn(void *user, const char *text);

/* As config_visit, for whoever wants to hear of every mistake: each goes to @mistake, with @visit's
 * own, and the reading goes on behind it. -EINVAL if there was one; another -errno ended it untold.
 */
int config_visit_all(const char *path, uid_t owner, config_visit_fn *visit,
		     config_mistake_fn *mistake, void *user);

/* The same as config_visit into a struct by a table; the struct's present values are the defaults.
 */
int config_load(const char *path, uid_t owner, const struct config_key *keys, size_t n_keys,
		void *values, struct config_error *ret_error);

/* One table and what has been read into it: zero but for the first three at the beginning. */
struct config_table {
	const struct config_key *keys;
	size_t n_keys; /* at most 64 */
	void *values;
	char file[1300]; /* the bits of .seen are about this one */
	uint64_t seen;
};

/* A config_visit_fn whose @user is a struct config_table, for whoever has other sections beside
 * those of the table, and calls it with the table's alone. */
int config_table_visit(void *user, const char *file, unsigned int line, unsigned int section_line,
		       const char *section, const char *name, const char *value,
		       struct config_error *error);

/* From now on mistakes are told in the program's language, textdomain(3): for a command line alone.
 * A daemon's stay English, for they go into a log and into events, policy.rejected among them,
 * which are read by programs and by people elsewhere. */
void config_speak(void);

/* A constant text of such a mistake in that language. */
const char *config_words(const char *text) __attribute__((format_arg(1)));

/* Formats "file:line: message", the message by config_words(), and returns @code. */
int config_fail(struct config_error *error, int code, const char *file, unsigned int line,
		const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
