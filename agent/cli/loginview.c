#include "loginview.h"

#include "check_login.h"

#include "agent/auth/offer.h"
#include "cleanup.h"
#include "columns.h"
#include "gettext.h"

#include <string.h>

static const struct {
	const char *text;
	bool key;
} offers[FACTORS_OFFERS] = {
	[FACTORS_NOTHING] = {N_("nothing: no factor is accepted here"), false},
	[FACTORS_KEY] = {N_("the security key"), true},
	[FACTORS_KEY_AFAR] = {N_("nothing, and it refuses: a security key works at this terminal "
				 "alone"),
			      true},
	[FACTORS_CONFIRMED_KEY] = {N_("whether the key plugged into this terminal shall be used, "
				      "to be answered with yes; then the security key"),
				   true},
	[FACTORS_KEY_OR_CODE] = {N_("the security key if it is plugged in; if not, in one "
				    "question, a one-time code, or yes for the key"),
				 true},
	[FACTORS_CODE_OR_KEY] = {N_("in one question, a one-time code, or yes for the security "
				    "key"),
				 true},
	[FACTORS_CODE] = {N_("a one-time code; no key"), false},
	[FACTORS_JOINED_CODE] = {N_("the password with a one-time code right behind it, in one "
				    "answer; no key"),
				 false},
};

static void tell_offer(const struct loginview *view, const char *where, enum factors_way way)
{
	columns_print_item(view->out, "       %s%s\n", where,
			   _(offers[factors_offer(&view->settings, way)].text));
}

/* How the key is used, where it can be asked for. */
static void tell_key(const struct loginview *view)
{
	const struct settings *settings = &view->settings;

	if (!offers[factors_offer(settings, FACTORS_HERE)].key)
		return;
	columns_print_item(view->out, "       %s\n",
			   settings->verification == SETTINGS_REQUIRED
				   ? _("the key: with its PIN or fingerprint, and a touch")
				   : _("the key: with a touch, and with its PIN or fingerprint "
				       "unless the roster says uv=none"));
}

enum factors_way loginview_way(const struct loginview *view)
{
	if (settings_single_prompt(&view->settings, view->service))
		return FACTORS_ONE_PROMPT;
	return view->afar ? FACTORS_ELSEWHERE : FACTORS_HERE;
}

bool loginview_is_whole_day(const struct loginview *view)
{
	return view->dated && view->moment.minute < 0;
}

bool loginview_takes_keys(const struct loginview *view)
{
	return view->settings.pairs.key && loginview_way(view) != FACTORS_ONE_PROMPT;
}

/* Whether the line leaves out whom Sekisho exempts. */
static bool leaves_out(const struct loginview *view, const struct pamstack_element *element)
{
	const struct pammodule_scene scene = {.service = view->service, .exempt = true};
	struct pammodule_outcome outcomes[PAMMODULE_OUTCOMES_MAX];

	return pammodule_authenticate(element, &scene, outcomes) > 0 &&
	       outcomes[0].meaning == MEANING_EXEMPT;
}

static void tell_ours(const struct loginview *view, const struct pamstack_element *element)
{
	if (view->exempt) {
		columns_print_item(
			view->out, "       %s\n",
			leaves_out(view, element)
				? _("nothing: the person is exempt here, which is recorded")
				: _("nothing, and it refuses: the person is exempt here, but the "
				    "line lacks exempt=ignore"));
		return;
	}
	if (loginview_way(view) == FACTORS_HERE)
		tell_offer(view, _("at this terminal: "), FACTORS_HERE);
	if (loginview_way(view) == FACTORS_ONE_PROMPT) {
		tell_offer(view, "", FACTORS_ONE_PROMPT);
	} else {
		tell_offer(view, _("from afar, as by ssh: "), FACTORS_ELSEWHERE);
		tell_key(view);
	}
	loginview_tell_second(view);
}

/* What the module's success would prove. */
static unsigned int kinds_of(const struct loginview *view, const struct pamstack_element *element)
{
	const struct pammodule_scene scene = {.service = view->service};
	struct pammodule_outcome outcomes[PAMMODULE_OUTCOMES_MAX];
	size_t count = pammodule_authenticate(element, &scene, outcomes);
	unsigned int kinds = KIND_NONE;

	for (size_t i = 0; i < count; i++)
		kinds |= outcomes[i].kind;
	return kinds;
}

static const char *kind_words(unsigned int kinds)
{
	if (kinds & KIND_KNOWLEDGE)
		return _("a password");
	return kinds & KIND_INHERENCE ? _("a fingerprint") : _("another key or code");
}

static void tell_modules(struct loginview *view, const struct pamstack_chain *chain)
{
	unsigned int number = 0;

	for (size_t i = 0; i < chain->count; i++) {
		const struct pamstack_element *element = &chain->list[i];
		const char *name = element->module ? pammodule_name(element->module) : "";
		unsigned int kinds = element->module ? kinds_of(view, element) : KIND_NONE;
		bool ours = strcmp(name, "pam_sekisho.so") == 0;

		if (kinds == KIND_NONE)
			continue;
		columns_print_item(view->out, "    %u. %s (%s, %s)\n", ++number,
				   ours ? "Sekisho" : kind_words(kinds), name, element->place);
		if (ours)
			tell_ours(view, element);
		view->asked |= ours;
	}
	if (number == 0)
		columns_print_item(view->out, "    %s\n", _("nothing that proves anything"));
}

static bool has_roots_way(const struct login *login)
{
	for (size_t i = 0; i < login->ways->count; i++)
		if (login->ways->list[i].root)
			return true;
	return false;
}

/* Where two factors are not what it takes. */
static void tell_openness(const struct loginview *view, const struct login *login)
{
	if (has_roots_way(login))
		columns_print_item(view->out, "    (%s)\n",
				   _("root, who is in already, is asked nothing"));
	if (!view->asked && !login->trouble)
		columns_print_item(
			view->out, "  %s\n",
			_("Sekisho is not asked at this service: neither key nor one-time "
			  "code is needed there."));
	if (!view->open)
		return;
	columns_print_item(view->out, "  %s\n",
			   _("There are ways in with less than two factors, or they can't be "
			     "judged; see 'sekisho check login':"));
	check_login_show(view->out, login);
}

/* What becomes of whom Sekisho exempts. */
static void look_at_exemption(struct loginview *view, const struct login *login)
{
	const struct pamstack_chain *chain = &login->stack->chains[PAMSTACK_AUTH];
	const struct pammodule_scene scene = {.service = view->service};
	int passes = pamways_exempt_passes(login->stack, &scene);

	view->exempt_passes = passes > 0;
	/* More than can be looked at: nothing is promised. */
	view->open |= passes < 0;
	view->exempt_at_door = true;
	for (size_t i = 0; i < chain->count; i++) {
		const char *module = chain->list[i].module;

		if (module && strcmp(pammodule_name(module), "pam_sekisho.so") == 0)
			view->exempt_at_door &= leaves_out(view, &chain->list[i]);
	}
}

static void look_at_account(struct loginview *view, const struct login *login)
{
	const struct pamstack_element *line =
		accountend_line(&login->stack->chains[PAMSTACK_ACCOUNT]);
	const struct spwd *shadow = line ? getspnam(view->user) : NULL;

	if (shadow)
		view->end = accountend_at(shadow, line, view->moment);
}

void loginview_tell_service(struct loginview *view, const struct login *login, bool named)
{
	view->open = login->state == LOGIN_ONE || login->state == LOGIN_UNCLEAR;
	if (!named)
		columns_print_item(
			view->out, "  %s\n",
			_("The service has no configuration of its own; PAM takes that of "
			  "\"other\"."));
	/* Of a service that isn't understood there may be half a chain. */
	if (!login->trouble) {
		look_at_account(view, login);
		if (view->exempt)
			look_at_exemption(view, login);
		columns_print_item(view->out, "  %s\n", _("Asked, in this order:"));
		tell_modules(view, &login->stack->chains[PAMSTACK_AUTH]);
	}
	tell_openness(view, login);
}

static const char *or_default(const char *place)
{
	return place[0] ? place : _("not given, so the default");
}

static void tell_rule(const struct loginview *view, size_t index)
{
	const struct loginrule *rule = &view->rules.list[index];
	const char *kind = loginrules_kind(rule->kind);

	if (rule->factors_place[0])
		columns_print_item(view->out, "    [%s %s] Factors=%s (%s)\n", kind, rule->name,
				   rule->factors, rule->factors_place);
	if (view->policy.matched[index] == LOGINPOLICY_DOUBT)
		columns_print_item(view->out, "      %s\n",
				   _("whether the person is a member can't be told: the section "
				     "counts where it is stricter"));
	if (!rule->allow_place[0])
		return;
	columns_print_item(view->out, "    [%s %s] %s (%s)\n", kind, rule->name,
			   view->policy.refuses[index]
				   ? _("AllowUsers and AllowGroups do not name the person")
				   : _("AllowUsers or AllowGroups name the person"),
			   rule->allow_place);
}

/* Each of those whose key is good today, once. */
static void tell_operators(const struct loginview *view)
{
	const struct shared *shared = &view->shared;
	_cleanup_free_ char *names = NULL;
	const char *last = "";
	size_t length = 0;
	FILE *stream = open_memstream(&names, &length);

	if (!stream)
		return;
	for (size_t i = 0; i < shared->n_usable; i++) {
		if (view->suspect[i])
			continue;
		if (strcmp(shared->entries[i].user, last) != 0)
			fprintf(stream, " %s", shared->entries[i].user);
		last = shared->entries[i].user;
	}
	if (fclose(stream) == 0)
		columns_print_item(
			view->out, "    %s%s\n",
			_("Several people share the account; each shows the own key with PIN or "
			  "fingerprint:"),
			names);
}

void loginview_tell_why(const struct loginview *view)
{
	const struct settings *settings = &view->settings;
	size_t sections = 0;

	columns_print_item(view->out, "  %s\n", _("Because of:"));
	if (view->exempt)
		columns_print_item(view->out, "    [Auth] ExemptUsers (%s)\n",
				   or_default(view->places.exempt));
	if (settings->classes[0])
		columns_print_item(view->out, "    [Terminal] Class=%s (%s)\n", settings->classes,
				   or_default(view->places.classes));
	if (view->policy.usual)
		columns_print_item(view->out, "    [Auth] Factors=%s (%s)\n", settings->factors,
				   or_default(view->places.factors));
	for (size_t i = 0; i < view->rules.count; i++) {
		const struct loginrule *rule = &view->rules.list[i];

		if (view->policy.matched[i] == LOGINPOLICY_NO)
			continue;
		sections += rule->factors_place[0] != '\0';
		tell_rule(view, i);
	}
	if (sections + view->policy.usual > 1)
		columns_print_item(view->out, "    %s\n",
				   _("Several sections: what all of them accept holds."));
	if (settings_single_prompt(settings, view->service))
		columns_print_item(view->out, "    %s\n",
				   _("[Auth] SinglePrompt names the service."));
	else if (view->shared.is)
		tell_operators(view);
	else if (settings->pairs.key && !settings->pairs.verified)
		columns_print_item(view->out, "    [Auth] UserVerification=%s (%s)\n",
				   settings->verification == SETTINGS_REQUIRED ? "required"
									       : "roster",
				   or_default(view->places.verification));
}
