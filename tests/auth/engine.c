/* The engine that takes a terminal's events: each is held against the catalogue. */
#include "folder.h"

#include "agent/engine/recent.h"
#include "cleanup.h"
#include "event.h"
#include "wire.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

/* An event of a kind that there is, with its fields and no others; else the engine is gone. */
static void check_event(const struct record_request *request)
{
	json_t *fields = json_loads(request->fields, 0, NULL);
	enum event_kind kind;

	if (event_kind_from_name(request->kind, &kind) < 0 || !json_is_object(fields) ||
	    event_stray_field(kind, fields)) {
		fprintf(stderr, "not in lib/event.c: %s %s\n", request->kind, request->fields);
		_exit(1);
	}
	json_decref(fields);
}

/* What is told twice, because the first word of it took too long, is known by its id. */
static void write_event(const struct record_request *request, int output)
{
	static struct recent recent;

	if (recent_find(&recent, request) != 0)
		return;
	recent_note(&recent, request, 1);
	dprintf(output, "%s %u %s\n", request->kind, request->late, request->fields);
}

static void serve_events(const struct terminal *terminal, int listener, int output)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		struct record_request request;
		const struct record_reply reply = {
			.error = (uint32_t)terminal->engine_error,
			.sequence = 1,
		};
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			_exit(1);
		if (wire_receive(fd, &record_request_layout, &request, wire_now() + PATIENCE_MS) ==
		    0) {
			check_event(&request);
			if (terminal->engine_ms > 0)
				dprintf(output, "asked\n");
			usleep(terminal->engine_ms * 1000);
			if (reply.error == 0)
				write_event(&request, output);
			wire_send(fd, &record_reply_layout, &reply, wire_now() + PATIENCE_MS);
		}
		close(fd);
	}
}

void terminal_engine(struct terminal *terminal, bool there)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_close_ int listener = -1;
	_cleanup_close_ int output = -1;
	char place[128];

	if (terminal->engine > 0) {
		kill(terminal->engine, SIGKILL);
		waitpid(terminal->engine, NULL, 0);
		terminal->engine = 0;
	}
	unlink(folder_path(terminal, "record.sock", place));
	if (!there)
		return;
	snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", place);
	listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	output = open(folder_path(terminal, "events", place),
		      O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	assert_true(listener >= 0 && output >= 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 16), 0);
	terminal->engine = fork();
	assert_true(terminal->engine >= 0);
	if (terminal->engine == 0)
		serve_events(terminal, listener, output);
}

void terminal_events(const struct terminal *terminal, char text[static WORDS_MAX])
{
	folder_read(terminal, "events", text);
}
