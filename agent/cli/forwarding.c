#include "forwarding.h"

#include "cleanup.h"
#include "escape.h"
#include "gettext.h"
#include "paths.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STANDING_MAX 8192
#define TEXT_MAX     1024

json_t *forwarding_read(const char *directory)
{
	_cleanup_close_ int dirfd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int fd = -1;
	char text[STANDING_MAX];
	ssize_t length;

	if (dirfd < 0)
		return NULL;
	fd = openat(dirfd, "standing", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	length = fd < 0 ? -1 : read(fd, text, sizeof(text));
	return length < 0 ? NULL : json_loadb(text, (size_t)length, 0, NULL);
}

static const char *text_of(const json_t *standing, const char *key)
{
	const char *text = json_string_value(json_object_get(standing, key));

	return text ? text : "";
}

/* The process that wrote it listens to the network: not everything is for a terminal. */
static const char *shown(const json_t *standing, const char *key, char out[static TEXT_MAX])
{
	const char *text = text_of(standing, key);

	escape_text(text, strlen(text), out, TEXT_MAX);
	return out;
}

static unsigned long long number_of(const json_t *standing, const char *key)
{
	return (unsigned long long)json_integer_value(json_object_get(standing, key));
}

static void show_away(const json_t *standing, unsigned long long waiting)
{
	const time_t since = (time_t)number_of(standing, "since");
	char server[TEXT_MAX], error[TEXT_MAX];
	char text[32] = "";
	struct tm local;

	if (localtime_r(&since, &local))
		strftime(text, sizeof(text), "%F %T", &local);
	printf(_("forward:  %s NOT REACHED since %s; %llu events wait in the journal\n"),
	       shown(standing, "server", server), text, waiting);
	printf("          %s\n", shown(standing, "error", error));
}

bool forwarding_is_running(const json_t *standing)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%lld",
		 (long long)json_integer_value(json_object_get(standing, "pid")));
	return access(path, F_OK) == 0;
}

static bool is(const json_t *standing, const char *state)
{
	return strcmp(text_of(standing, "state"), state) == 0;
}

/* Where nobody answers nothing is called acknowledged. */
static void show_open(const json_t *standing, unsigned long long acknowledged,
		      unsigned long long waiting)
{
	const bool confirmed = !json_is_false(json_object_get(standing, "confirmed"));
	char server[TEXT_MAX];

	printf(confirmed ? _("forward:  %s, acknowledged up to event %llu; %llu wait\n")
			 : _("forward:  %s, sent up to event %llu; %llu wait\n"),
	       shown(standing, "server", server), acknowledged, waiting);
}

void forwarding_show(const json_t *standing, uint64_t last)
{
	const unsigned long long acknowledged = number_of(standing, "acknowledged");
	const unsigned long long waiting = last > acknowledged ? last - acknowledged : 0;
	char letters[TEXT_MAX];

	if (is(standing, "away"))
		show_away(standing, waiting);
	else if (forwarding_is_running(standing) &&
		 (is(standing, "open") || is(standing, "connecting")))
		show_open(standing, acknowledged, waiting);
	else if (is(standing, "none"))
		printf(_("forward:  no collector is named in %s\n"), SEKISHO_COLLECTOR_CONF);
	else
		printf(_("forward:  NOT RUNNING; see 'systemctl status sekisho-forward'\n"));
	if (json_is_false(json_object_get(standing, "confirmed")))
		printf(_("          delivery NOT CONFIRMED: syslog has no answer to what is sent; "
			 "for one set Protocol=relp or https in %s\n"),
		       SEKISHO_COLLECTOR_CONF);
	if (*text_of(standing, "letters"))
		printf(_("          LETTERS of the collector don't come or are refused: %s\n"),
		       shown(standing, "letters", letters));
	if (number_of(standing, "set_aside") > 0)
		printf(_("          %llu events were REFUSED by the collector and are kept here; "
			 "see sekisho-forward(8)\n"),
		       number_of(standing, "set_aside"));
	if (number_of(standing, "passed_over") > 0)
		printf(_("          %llu damaged places of the journal were NOT SENT; "
			 "'sekisho verify' tells more\n"),
		       number_of(standing, "passed_over"));
}
