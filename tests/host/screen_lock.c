/* screen_lock: a desktop's lock on a terminal line, for the lab. Waits until logind tells its
 * session to lock, says so (LockedHint), asks by PAM as the person's own program, unlocks and ends.
 */
#include "cleanup.h"

#include <pwd.h>
#include <security/pam_appl.h>
#include <security/pam_misc.h>
#include <stdbool.h>
#include <string.h>
#include <systemd/sd-bus.h>

#define NAME	"org.freedesktop.login1"
#define SESSION NAME ".Session"
#define SERVICE "screen-lock"

static int on_lock(sd_bus_message *message, void *user, sd_bus_error *error)
{
	bool *told = user;

	(void)message;
	(void)error;
	*told = true;
	return 0;
}

static int hint(sd_bus *bus, const char *path, int locked)
{
	return sd_bus_call_method(bus, NAME, path, SESSION, "SetLockedHint", NULL, NULL, "b",
				  locked);
}

static bool ask(const char *user)
{
	const struct pam_conv conversation = {misc_conv, NULL};
	pam_handle_t *pamh = NULL;
	int code = pam_start(SERVICE, user, &conversation, &pamh);

	if (code == PAM_SUCCESS)
		code = pam_authenticate(pamh, 0);
	if (code == PAM_SUCCESS)
		code = pam_setcred(pamh, PAM_REINITIALIZE_CRED);
	pam_end(pamh, code);
	return code == PAM_SUCCESS;
}

static int wait_for_lock(sd_bus *bus, const char *path)
{
	bool told = false;
	int r = sd_bus_match_signal(bus, NULL, NAME, path, SESSION, "Lock", on_lock, &told);

	if (r >= 0) {
		puts("waiting");
		fflush(stdout);
	}
	while (r >= 0 && !told) {
		r = sd_bus_process(bus, NULL);
		if (r == 0)
			r = sd_bus_wait(bus, UINT64_MAX);
	}
	return r;
}

int main(void)
{
	const struct passwd *person = getpwuid(getuid());
	const char *session = getenv("XDG_SESSION_ID");
	sd_bus_message *reply = NULL;
	sd_bus *bus = NULL;
	const char *path;

	if (!person || !session || sd_bus_open_system(&bus) < 0 ||
	    sd_bus_call_method(bus, NAME, "/org/freedesktop/login1", NAME ".Manager", "GetSession",
			       NULL, &reply, "s", session) < 0 ||
	    sd_bus_message_read(reply, "o", &path) < 0 || wait_for_lock(bus, path) < 0 ||
	    hint(bus, path, 1) < 0)
		return 1;
	puts("LOCKED");
	fflush(stdout);
	while (!ask(person->pw_name))
		puts("stays locked");
	if (hint(bus, path, 0) < 0)
		return 1;
	puts("UNLOCKED");
	return 0;
}
