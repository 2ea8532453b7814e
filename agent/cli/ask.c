#include "ask.h"

#include "cleanup.h"
#include "command.h"
#include "gettext.h"
#include "paths.h"
#include "protocol.h"

#include <errno.h>
#include <string.h>

#define ANSWER_MS 5000
#define LINES_MAX 4096

const char *ask_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static int receive_lines(int fd, json_t *lines, int64_t deadline)
{
	for (;;) {
		struct wire_packet packet;
		uint16_t type = 0;
		int r;

		r = wire_receive_packet(fd, &packet, deadline);
		if (r == 0)
			r = wire_type(&packet, &type);
		if (r < 0)
			return r;
		if (type == PROTOCOL_CONTROL_END) {
			struct control_end end;

			r = wire_decode(&control_end_layout, &packet, &end);
			return r < 0 ? r : -(int)end.error;
		}
		struct control_line line;

		r = wire_decode(&control_line_layout, &packet, &line);
		if (r < 0)
			return r;
		if (json_array_size(lines) == LINES_MAX ||
		    json_array_append_new(lines, json_loads(line.text, 0, NULL)) < 0)
			return -EBADMSG;
	}
}

int ask_verb(const char *socket, const char *verb, const char *argument, json_t **ret_lines)
{
	int64_t deadline = wire_now() + ANSWER_MS;
	struct control_request request = {};
	_cleanup_close_ int fd = -1;
	json_t *lines;
	int r;

	snprintf(request.verb, sizeof(request.verb), "%s", verb);
	snprintf(request.argument, sizeof(request.argument), "%s", argument);
	r = wire_connect(socket, deadline, &fd);
	if (r < 0)
		return r;
	lines = json_array();
	r = wire_send(fd, &control_request_layout, &request, deadline);
	if (r == 0)
		r = receive_lines(fd, lines, deadline);
	if (r < 0)
		json_decref(lines);
	else
		*ret_lines = lines;
	return r;
}

int ask_fail(const char *command, int error)
{
	if (error == -EACCES || error == -EPERM)
		return command_fail(command,
				    _("only root and members of the group sekisho-audit may ask; "
				      "try sudo"));
	if (error == -ENOENT || error == -ECONNREFUSED)
		return command_fail(command,
				    _("the agent is not running: 'systemctl status sekishod' "
				      "tells why; no USB device but keyboards, mice and hubs "
				      "is let in meanwhile"));
	return command_fail(command,
			    _("the agent did not answer (%s): see 'journalctl -u sekishod'"),
			    strerror(-error));
}

json_t *ask_agent(const char *command, const char *verb)
{
	json_t *lines = NULL;
	int r = ask_verb(SEKISHO_CONTROL_SOCKET, verb, "", &lines);

	if (r < 0)
		ask_fail(command, r);
	return lines;
}
