#include "loginask.h"

#include "administrator.h"

#include "agent/auth/membership.h"
#include "agent/auth/remote.h"
#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

int loginask_load(struct loginask *ask, struct config_error *ret_error)
{
	char name[ADMINISTRATOR_NAME_MAX];
	int r = settings_load_rules(ask->config, 0, &ask->usual, &ask->rules, &ask->places,
				    ret_error);

	/* Who may not read shadow(5) takes it that each account has a password. */
	ask->empty_passwords = r == 0 && administrator_find_open_account(name, sizeof(name)) == 0;
	if (r == 0)
		colleagues_find(ask->roster, ask->state, ask->moment.day, &ask->colleagues);
	if (r == 0 && settings_telephone(&ask->usual, ask->service))
		ask->telephone = loginview_look_at_telephone(ask->state, ask->substitutes,
							     &ask->telephone_why);
	return r;
}

void loginask_release(struct loginask *ask)
{
	colleagues_release(&ask->colleagues);
	loginrules_release(&ask->rules);
}

/* Of a service whose people are elsewhere whatever it says of them, as sshd's. */
static bool is_said_to_be_remote(const char *service)
{
	struct auth_hello hello = {};

	snprintf(hello.service, sizeof(hello.service), "%s", service);
	return remote_is_said(&hello);
}

/* As login.c does it. */
static void decide(struct loginview *view)
{
	_cleanup_membership_ struct membership membership = {.user = view->user};

	loginpolicy_decide(&view->settings, &view->rules, view->user, view->service, membership_of,
			   &membership, &view->policy);
	loginpolicy_apply(&view->policy, &view->settings);
	view->exempt = settings_exempt(&view->settings, view->user, view->service);
	view->afar = is_said_to_be_remote(view->service);
}

/* The list has to be there; how old it is then is left out. */
static void leave_age_out(struct loginview *view)
{
	view->age_left_out = view->dated && view->settings.max_revocation_age > 0;
	if (view->age_left_out)
		view->settings.max_revocation_age = UINT32_MAX;
}

void loginask_look(struct loginask *ask, const char *user, const int *code, FILE *out,
		   struct loginview *ret_view)
{
	struct loginview *view = ret_view;

	*view = (struct loginview){.out = out,
				   .user = user,
				   .service = ask->service,
				   .moment = ask->moment,
				   .colleagues = &ask->colleagues,
				   .dated = ask->dated,
				   .telephone = ask->telephone,
				   .telephone_why = ask->telephone_why,
				   .settings = ask->usual,
				   .rules = ask->rules,
				   .places = ask->places};
	view->account = getpwnam(user) != NULL;
	leave_age_out(view);
	decide(view);
	view->roster = standing_find(ask->roster, 0, ask->revoked, &view->settings, user,
				     view->moment.day, &view->standing);
	view->places_of_people =
		(struct shared_places){ask->operators, ask->roster, ask->revoked, 0};
	if (view->roster == FAILURE_NONE)
		view->roster = shared_find(&view->places_of_people, &view->settings, user,
					   &view->standing, &view->shared);
	loginview_look_at_state(view, ask->state, code);
}

void loginask_forget(struct loginview *view)
{
	shared_release(&view->shared);
}

struct telling {
	int (*tell)(void *user, const struct login *login, bool named);
	void *user;
	bool named;
};

static int tell(void *user, const struct login *login)
{
	const struct telling *telling = user;

	return telling->tell(telling->user, login, telling->named);
}

int loginask_at_service(const struct loginask *ask,
			int (*tell_service)(void *user, const struct login *login, bool named),
			void *user)
{
	_cleanup_close_ int root = open(ask->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct logins logins = {.root = root,
				.settings = &ask->usual,
				.rules = &ask->rules,
				.empty_passwords = ask->empty_passwords};
	struct telling telling = {tell_service, user, false};

	if (root < 0)
		return -errno;
	return logins_look(&logins, ask->service, &telling.named, tell, &telling);
}
