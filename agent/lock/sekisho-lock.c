/* sekisho-lock: locks or ends one session for sekisho-presence, and ends. Started by systemd for
 * one connection, as root, for logind lets nobody else do that without polkit; root it needs to be
 * by name alone, so it has no capability and writes nowhere. */
#include "lockproto.h"

#include "cleanup.h"
#include "parcel.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <systemd/sd-bus.h>

#define LOGIND	   "org.freedesktop.login1"
#define TIMEOUT_US UINT64_C(5000000)

static const char *const methods[LOCK_VERB_COUNT] = {
	[LOCK_SESSION] = "LockSession",
	[LOCK_END] = "TerminateSession",
};

/* logind's names are letters and digits. */
static bool is_right(const struct lock_request *request)
{
	static const char letters[] =
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *end = memchr(request->session, '\0', sizeof(request->session));

	if (request->version != LOCK_VERSION || request->verb == 0 ||
	    request->verb >= LOCK_VERB_COUNT || !end || end == request->session)
		return false;
	return strspn(request->session, letters) == (size_t)(end - request->session);
}

/* TerminateSession(3) and LockSession of org.freedesktop.login1(5). */
static int carry_out(const struct lock_request *request)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus *bus = NULL;
	int r;

	r = sd_bus_open_system(&bus);
	if (r >= 0)
		r = sd_bus_set_method_call_timeout(bus, TIMEOUT_US);
	if (r >= 0)
		r = sd_bus_call_method(bus, LOGIND, "/org/freedesktop/login1", LOGIND ".Manager",
				       methods[request->verb], &error, NULL, "s", request->session);
	if (r < 0)
		fprintf(stderr, "%s %s: %s\n", methods[request->verb], request->session,
			error.message ? error.message : strerror(-r));
	if (sd_bus_error_has_name(&error, LOGIND ".NoSuchSession"))
		r = -ENXIO;
	sd_bus_error_free(&error);
	sd_bus_flush_close_unref(bus);
	return r < 0 ? r : 0;
}

int main(void)
{
	struct lock_reply reply = {.version = LOCK_VERSION};
	struct lock_request request = {};
	_cleanup_close_ int passed = -1;
	int r;

	r = parcel_receive(STDIN_FILENO, &request, sizeof(request), &passed, 0);
	if (r < 0 || passed >= 0 || !is_right(&request)) {
		fputs("sekisho-lock: started by sekisho-presence only\n", stderr);
		return 1;
	}
	reply.error = carry_out(&request);
	return parcel_send(STDIN_FILENO, &reply, sizeof(reply), -1, 0) < 0;
}
