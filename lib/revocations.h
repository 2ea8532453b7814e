/* The collector's list of keys and people that open no door any more: one letter for all terminals,
 * JSON with the collector's signature (signed.h), and what a terminal keeps of it, which is the
 * very JSON that was signed. Its number only grows. */
#ifndef SEKISHO_REVOCATIONS_H
#define SEKISHO_REVOCATIONS_H

#include "journal_format.h"
#include "signed.h"

#include <jansson.h>
#include <stdbool.h>

#define REVOCATIONS_KEY_DIGITS 16 /* of the name that people and events call a key by */
#define REVOCATIONS_PERSON_MAX 255 /* bytes */
#define REVOCATIONS_NUMBER_MAX INT64_C(9999999999999999)

struct revocations {
	int64_t number;
	char time[JOURNAL_TIME_SIZE]; /* when it was signed, UTC */
	json_t *keys, *people; /* objects: what it is called, and since which day, YYYY-MM-DD */
};

void revocations_release(struct revocations *list);
#define _cleanup_revocations_ __attribute__((cleanup(revocations_release)))

/* What a person or a key may be called there. Pure. */
bool revocations_is_key(const char *name);
bool revocations_is_person(const char *name);

bool revocations_have_key(const struct revocations *list, const char *name);
bool revocations_have_person(const struct revocations *list, const char *name);

/* Do both name the same, whatever their numbers are? */
bool revocations_are_same(const struct revocations *one, const struct revocations *other);

/* Whole days from its signing to @now (seconds since 1970); 0 for one from the future. */
uint32_t revocations_age(const struct revocations *list, int64_t now);

/* @certificate and @key are PEM files. The caller frees *ret_text. -EFBIG: more than
 * SIGNED_FILE_MAX. Other -errno, -EINVAL as signed_make. */
int revocations_sign(const struct revocations *list, const char *certificate, const char *key,
		     char **ret_text, size_t *ret_length);

/* The content, whoever signed it; the list's memory is the caller's. -EBADMSG: it is none. Pure. */
int revocations_parse(const char *json, size_t length, struct revocations *ret_list);

/* -EKEYREJECTED: not signed by the collector @name. -EBADMSG: signed, but no such list. -errno:
 * @authority can't be read. */
int revocations_verify(const char *text, size_t length, const char *authority, const char *name,
		       struct revocations *ret_list);

/* The file. Whoever may write it says who is let in: it and its directory must be root's or of the
 * directory's owner, and writable by nobody else. -ENOENT: there is none. -EPERM, -EBADMSG, -EFBIG
 * and other -errno: it can't be trusted or read. */
int revocations_load(const char *path, struct revocations *ret_list);

/* Shows people all that stands in it, a line each. */
void revocations_print(const struct revocations *list);

/* Replaces it, durably, in a directory that is there. -errno. */
int revocations_keep(const char *path, const struct revocations *list, mode_t mode);

#endif
