/* sekisho operator change: a log-in within the session, of the next person. authd alone decides,
 * records and keeps who it is. */
#include "operator.h"

#include "agent/auth/takeover.h"
#include "command.h"
#include "gettext.h"
#include "talk.h"
#include "verdict.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int operator_change(const struct operator_options *options)
{
	struct auth_hello hello = {};
	struct auth_verdict verdict = {};
	int r;

	snprintf(hello.service, sizeof(hello.service), "%s", TAKEOVER_SERVICE);
	r = talk_introduce(&hello);
	if (r == -ENOENT)
		return command_fail("operator", _("your account has no name"));
	if (r == 0)
		r = talk_run(options->socket, &hello, &verdict);
	if (r < 0)
		return command_fail("operator", _("sekisho-authd did not answer: %s"),
				    strerror(-r));
	if (verdict.verdict != VERDICT_GRANTED) {
		command_fail("operator", "%s", verdict.text);
		return COMMAND_NO;
	}
	return operator_show(options);
}
