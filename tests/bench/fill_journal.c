/* fill_journal DIRECTORY EVENTS: a terminal's journal of that many events, made by its writer; on
 * standard output each event as the message that goes to a collector, a line each, for the other
 * senders of `make bench`. */
#include "agent/engine/journal.h"
#include "agent/forward/rfc5424.h"
#include "agent/forward/source.h"

#include "cleanup.h"
#include "event.h"
#include "number.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define HOST "00112233445566778899aabbccddeeff"
#define BOOT "ffeeddccbbaa99887766554433221100"

static int compose(struct record_request *request, uint64_t number)
{
	_cleanup_event_ struct event event = {};
	int r;

	r = event_begin(&event, number % 3 ? EVENT_LOGIN_GRANTED : EVENT_DEVICE_BLOCKED);
	if (r < 0)
		return r;
	if (number % 3) {
		event_set(&event, "user", "taro");
		event_set(&event, "service", "login");
		event_set(&event, "tty", "tty1");
	} else {
		event_set(&event, "device", "1-1.2");
		event_set(&event, "interfaces", "080650");
		event_set(&event, "name", "DataTraveler 3.0");
		event_set(&event, "serial", "E0D55EA574B1E4C0B9870123");
	}
	return event_to_record(&event, request);
}

static int fill(const char *path, uint64_t events)
{
	const struct journal_options options = {.host = HOST, .boot = BOOT};
	struct journal_recovery recovery;
	struct record_request request;
	struct journal *journal;
	uint64_t sequence;
	int r = journal_open(path, &options, &journal, &recovery);

	if (r < 0)
		return r;
	for (uint64_t i = 0; i < events && r == 0; i++) {
		r = compose(&request, i);
		if (r == 0)
			r = journal_append(journal, &request, &sequence);
		if (r == -EAGAIN) {
			r = journal_commit(journal);
			i--;
		}
	}
	if (r == 0)
		r = journal_commit(journal);
	journal_close(journal);
	return r;
}

static int print_messages(const char *path)
{
	struct source source;
	struct journal_record record;
	struct journal_span line;
	int r = source_open(path, &source);

	if (r < 0)
		return r;
	while ((r = source_next(&source, &record, &line)) > 0) {
		char message[RFC5424_MAX];
		size_t length = rfc5424_format(&source.header, &record, &line, "terminal", message);

		printf("%.*s\n", (int)length, message);
	}
	source_close(&source);
	return r < 0 ? r : fflush(stdout);
}

int main(int argc, char **argv)
{
	uint64_t events;
	int r;

	if (argc != 3 || number_parse(argv[2], 1, 10000000, &events) < 0) {
		fprintf(stderr, "usage: fill_journal DIRECTORY EVENTS\n");
		return 2;
	}
	r = fill(argv[1], events);
	if (r == 0)
		r = print_messages(argv[1]);
	if (r < 0)
		fprintf(stderr, "fill_journal: %s\n", strerror(-r));
	return r < 0;
}
