#include "revocations.h"

#include "commandline.h"
#include "escape.h"
#include "gettext.h"

#include <string.h>

/* Users' names came over the network. */
static void print_names(json_t *names, const char *what)
{
	const char *name;
	json_t *day;

	json_object_foreach(names, name, day)
	{
		char shown[4 * REVOCATIONS_PERSON_MAX + 1];

		escape_text(name, strlen(name), shown, sizeof(shown));
		command_column(what, 12);
		printf("%s  %s\n", json_string_value(day), shown);
	}
}

void revocations_print(const struct revocations *list)
{
	print_names(list->keys, _("key"));
	print_names(list->people, _("person"));
}
