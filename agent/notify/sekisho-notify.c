/* sekisho-notify: tells a person at once what was refused to him or her, on the desktop or, with
 * --console, on the text console. Runs as that person, asks the agent as anybody may, and has no
 * privilege. */
#include "asked.h"
#include "bell.h"
#include "console.h"
#include "desktop.h"
#include "news.h"

#include "agent/cli/ask.h"
#include "agent/cli/refusal_text.h"

#include "cleanup.h"
#include "gettext.h"
#include "paths.h"

#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#define PAUSE_MS 3000 /* between two; what comes meanwhile is told together */
#define RETRY_MS 10000 /* the agent or the desktop is not there */
#define BUSY_MS	 2000 /* somebody types a PIN */

struct notifier {
	const char *socket, *configuration;
	const char *tty; /* NULL: those of logind; for tests */
	bool console;
	struct bell bell;
	struct news news;
	struct asked asked;
};

/* A text console in front has the code by sekisho-challenge. */
static int tell_challenges(struct notifier *notifier)
{
	char contact[REFUSAL_TEXT_MAX];
	json_t *challenges;
	const json_t *one;
	int r;

	if (notifier->console || ask_verb(notifier->socket, "challenges", "", &challenges) < 0)
		return 0;
	refusal_text_contact(notifier->configuration, contact, sizeof(contact));
	for (r = 0; r == 0 && (one = asked_find(&notifier->asked, challenges));) {
		r = desktop_challenge(one, contact);
		if (r == 0)
			asked_told(&notifier->asked, one);
	}
	json_decref(challenges);
	return r;
}

static int tell(const struct notifier *notifier, const json_t *refusal, size_t more)
{
	char contact[REFUSAL_TEXT_MAX], line[400];
	struct refusal_text text;
	int r;

	if (notifier->console) {
		console_line(refusal, more, line, sizeof(line));
		return notifier->tty ? console_write(notifier->tty, line) : console_tell(line);
	}
	r = refusal_text_make(refusal, &text);
	if (r < 0)
		return r;
	refusal_text_contact(notifier->configuration, contact, sizeof(contact));
	return desktop_tell(&text, more, contact);
}

/* Tells what is new. How long to wait until the next look; -1: until the bell rings. */
static int look(struct notifier *notifier, bool first)
{
	const json_t *newest;
	json_t *refusals;
	size_t count;
	int asked = tell_challenges(notifier);
	int r = ask_verb(notifier->socket, "refusals", "", &refusals);

	if (r < 0)
		return RETRY_MS;
	if (asked < 0)
		fprintf(stderr, "the code for a new keyboard could not be shown: %s\n",
			strerror(-asked));
	newest = news_find(&notifier->news, refusals, &count);
	if (newest && !first)
		r = tell(notifier, newest, count - 1);
	/* What can't be told now is looked for again; the agent remembers it, and so does the
	 * journal. */
	if (r == 0)
		news_told(&notifier->news);
	else if (r != -EBUSY)
		fprintf(stderr, "event %lld could not be told: %s\n",
			(long long)json_integer_value(json_object_get(newest, "event")),
			strerror(-r));
	json_decref(refusals);
	if (r < 0)
		return r == -EBUSY ? BUSY_MS : RETRY_MS;
	return newest && !first ? 0 : asked < 0 ? RETRY_MS : -1;
}

static void rest(void)
{
	const struct timespec pause = {PAUSE_MS / 1000, PAUSE_MS % 1000 * 1000000L};

	nanosleep(&pause, NULL);
}

/* What was refused before this began is not told: that is `sekisho why`'s business. */
static void run(struct notifier *notifier)
{
	bool first = true;

	for (;;) {
		int watched = bell_watch(&notifier->bell);
		int wait = look(notifier, first);

		if (wait != RETRY_MS)
			first = false;
		if (wait == 0) {
			rest();
			continue;
		}
		if (watched < 0 && (wait < 0 || wait > RETRY_MS))
			wait = RETRY_MS;
		bell_wait(&notifier->bell, wait);
	}
}

static int usage(void)
{
	fputs("usage: sekisho-notify [--console] [--socket FILE] [--bell FILE] "
	      "[--configuration FILE] [--tty FILE]\n",
	      stderr);
	return 2;
}

int main(int argc, char **argv)
{
	struct notifier notifier = {.socket = SEKISHO_REFUSALS_SOCKET,
				    .configuration = SEKISHO_CONFIG,
				    .bell = {.path = SEKISHO_REFUSED, .fd = -1}};
	const char **const places[] = {&notifier.socket, &notifier.bell.path,
				       &notifier.configuration, &notifier.tty};
	static const struct option options[] = {
		{"socket", required_argument, NULL, 0},	       {"bell", required_argument, NULL, 1},
		{"configuration", required_argument, NULL, 2}, {"tty", required_argument, NULL, 3},
		{"console", no_argument, NULL, 'c'},	       {},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'c')
			notifier.console = true;
		else if (option >= 0 && option < (int)ARRAY_SIZE(places))
			*places[option] = optarg;
		else
			return usage();
	}
	if (optind != argc)
		return usage();
	if (!notifier.console && setlocale(LC_ALL, "")) {
		bindtextdomain("sekisho", SEKISHO_LOCALEDIR);
		textdomain("sekisho");
	}
	run(&notifier);
}
