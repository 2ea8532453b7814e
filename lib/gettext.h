/* Words for people: _("...") is looked up at run time in the catalogue that the program named by
 * textdomain(3), made of lib/po/LANGUAGE.po; N_("...") only marks. */
#ifndef SEKISHO_GETTEXT_H
#define SEKISHO_GETTEXT_H

#include <libintl.h>

#define _(text)	 gettext(text)
#define N_(text) text

#endif
