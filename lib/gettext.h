/* Words for people: _("...") is looked up in lib/po/LANGUAGE.po at run time, N_("...") only marks.
 */
#ifndef SEKISHO_GETTEXT_H
#define SEKISHO_GETTEXT_H

#include <libintl.h>

#define _(text)	 dgettext("sekisho", text)
#define N_(text) text

#endif
