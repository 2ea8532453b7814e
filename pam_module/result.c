#include "result.h"

#include <security/pam_modules.h>

#define CALL_EN "Two-factor log-in is not available.\nPlease call the IT section."
#define CALL_JA "二要素認証を利用できません。\n情報システム担当へ連絡してください。"

#define AUTH	ENTRY_AUTHENTICATE
#define ACCOUNT ENTRY_ACCOUNT

/* PAM_AUTHINFO_UNAVAIL is for everything that is nobody's wrong answer, so that a stack can keep it
 * away from pam_faillock. PAM_IGNORE stands only in rows that a root-owned rule asks for. */
const struct result_row result_rows[RESULT_COUNT] = {
	[RESULT_BROKEN] =
		{"broken", AUTH, PAM_AUTHINFO_UNAVAIL, false, false,
		 "authd could not judge, or gave a verdict that this module does not know.",
		 "[S-1001] " CALL_EN, "【S-1001】" CALL_JA},
	[RESULT_GRANTED] = {"granted", AUTH, PAM_SUCCESS, false, false,
			    "The key factor was verified.", NULL, NULL},
	[RESULT_WRONG] = {"wrong", AUTH, PAM_AUTH_ERR, true, false,
			  "Wrong PIN, wrong key, or not enrolled.", NULL, NULL},
	[RESULT_NO_KEY] = {"no-key", AUTH, PAM_AUTHINFO_UNAVAIL, false, false,
			   "No registered key was presented in time.", NULL, NULL},
	[RESULT_TIMEOUT] = {"timeout", AUTH, PAM_AUTHINFO_UNAVAIL, false, false,
			    "The person did not answer or touch in time.", NULL, NULL},
	[RESULT_CANCELLED] = {"cancelled", AUTH, PAM_AUTHINFO_UNAVAIL, false, false,
			      "The log-in was given up.", NULL, NULL},
	[RESULT_BLOCKED] = {"blocked", AUTH, PAM_MAXTRIES, true, false,
			    "The PIN is blocked, the key is suspect, or there were too many tries.",
			    NULL, NULL},
	[RESULT_EXEMPT] =
		{"exempt", AUTH, PAM_IGNORE, false, false,
		 "A root-owned rule exempts this user and service, and the line allows it.", NULL,
		 NULL},
	[RESULT_EXEMPT_REFUSED] =
		{"exempt-refused", AUTH, PAM_AUTH_ERR, false, true,
		 "A rule exempts this user and service, but the line does not allow it.",
		 "[S-1006] " CALL_EN, "【S-1006】" CALL_JA},
	[RESULT_NO_SERVICE] = {"no-service", AUTH, PAM_AUTHINFO_UNAVAIL, false, true,
			       "authd is not there, is not root's, broke off or spoke nonsense.",
			       "[S-1002] " CALL_EN, "【S-1002】" CALL_JA},
	[RESULT_DEADLINE] =
		{"deadline", AUTH, PAM_AUTHINFO_UNAVAIL, false, false,
		 "The whole conversation took too long.",
		 "[S-1003] The log-in took too long. Please try again.",
		 "【S-1003】時間内にログインが完了しませんでした。\nもう一度お試しください。"},
	[RESULT_CONVERSATION] = {"conversation", AUTH, PAM_AUTHINFO_UNAVAIL, false, false,
				 "The program could not ask the person.", NULL, NULL},
	[RESULT_EMPTY] = {"empty", AUTH, PAM_AUTH_ERR, true, false,
			  "An empty or overlong answer, or sshd's placeholder for one.", NULL,
			  NULL},
	[RESULT_ARGUMENTS] = {"arguments", AUTH | ACCOUNT, PAM_SERVICE_ERR, false, true,
			      "The module's line in /etc/pam.d is wrong.", "[S-1004] " CALL_EN,
			      "【S-1004】" CALL_JA},
	[RESULT_NO_USER] = {"no-user", AUTH, PAM_USER_UNKNOWN, false, true,
			    "The program named no user or service, or one too long.", NULL, NULL},
	[RESULT_INTERNAL] = {"internal", AUTH, PAM_AUTHINFO_UNAVAIL, false, true,
			     "The verdict could not be kept for account management.",
			     "[S-1007] " CALL_EN, "【S-1007】" CALL_JA},
	[RESULT_SETCRED] = {"setcred", ENTRY_SETCRED, PAM_SUCCESS, false, false,
			    "There are no credentials to set.", NULL, NULL},
	[RESULT_ACCOUNT_GRANTED] = {"account-granted", ACCOUNT, PAM_SUCCESS, false, false,
				    "This log-in holds our verdict.", NULL, NULL},
	[RESULT_ACCOUNT_EXEMPT] = {"account-exempt", ACCOUNT, PAM_IGNORE, false, false,
				   "This log-in was exempted, and the line allows it.", NULL, NULL},
	[RESULT_ACCOUNT_OTHER] = {"account-other", ACCOUNT, PAM_IGNORE, false, false,
				  "The list of services leaves this one out.", NULL, NULL},
	[RESULT_ACCOUNT_MISSING] =
		{"account-missing", ACCOUNT, PAM_PERM_DENIED, false, true,
		 "This log-in holds no verdict of ours, and the service needs one.",
		 "[S-1005] This way of logging in lacks the second factor and is refused.\n"
		 "Please call the IT section.",
		 "【S-1005】この方法では二要素認証を行えないため、ログインできません。\n"
		 "情報システム担当へ連絡してください。"},
	[RESULT_NO_SESSION] = {"no-session", ENTRY_SESSION, PAM_SESSION_ERR, false, false,
			       "The session part was asked for; there is none.", NULL, NULL},
	[RESULT_NO_PASSWORD] = {"no-password", ENTRY_PASSWORD, PAM_AUTHTOK_ERR, false, false,
				"The password part was asked for; there is none.", NULL, NULL},
};

int result_code(enum entry entry, enum result result)
{
	if ((unsigned int)result >= RESULT_COUNT || !(result_rows[result].entries & entry))
		return PAM_SYSTEM_ERR;
	return result_rows[result].code;
}

enum result result_from_verdict(unsigned int verdict)
{
	return verdict < VERDICT_COUNT ? (enum result)verdict : RESULT_BROKEN;
}
