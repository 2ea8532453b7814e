/* The sections of sekisho.conf that say what holds at one service, for one group or on one class of
 * terminals: [Service NAME], [Group NAME], [Class NAME]. A section that comes again adds to itself;
 * a later file's key replaces an earlier one's, as everywhere. */
#ifndef SEKISHO_LOGINRULES_H
#define SEKISHO_LOGINRULES_H

#include "config.h"
#include "pairs.h"

#define LOGINRULES_MAX	 64
#define LOGINRULES_NAME	 41 /* of a service, group or class; inih cuts longer sections */
#define LOGINRULES_LIST	 1024 /* bytes of a list of names */
#define LOGINRULES_PLACE 256 /* FILE:LINE */

enum loginrule_kind { LOGINRULE_SERVICE, LOGINRULE_GROUP, LOGINRULE_CLASS, LOGINRULE_KINDS };

struct loginrule {
	enum loginrule_kind kind;
	char name[LOGINRULES_NAME];
	char place[LOGINRULES_PLACE]; /* of the section, where it stood last */
	char factors[LOGINRULES_LIST]; /* as written */
	char allow_users[LOGINRULES_LIST];
	char allow_groups[LOGINRULES_LIST];
	char factors_place[LOGINRULES_PLACE]; /* "": not given */
	char allow_place[LOGINRULES_PLACE]; /* the same of either list */
	struct pairs pairs; /* where .factors_place is not "" */
	struct config_table table; /* what was read into it, while it is read */
};

/* Zero at the beginning. */
struct loginrules {
	struct loginrule *list;
	size_t count;
};

/* Whether a section is one of these, well named or not. Pure. */
bool loginrules_section(const char *section);

/* A config_visit_fn for them; @user is the struct loginrules. */
int loginrules_visit(void *user, const char *file, unsigned int line, unsigned int section_line,
		     const char *section, const char *name, const char *value,
		     struct config_error *error);

void loginrules_release(struct loginrules *rules);
#define _cleanup_loginrules_ __attribute__((cleanup(loginrules_release)))

/* "Service", "Group", "Class". */
const char *loginrules_kind(enum loginrule_kind kind);

#endif
