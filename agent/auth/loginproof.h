/* What a log-in has proven in the end. */
#ifndef SEKISHO_LOGINPROOF_H
#define SEKISHO_LOGINPROOF_H

#include "failure.h"

struct keyfactor;
struct login;

/* At the end, whatever was found on the way: whose key, code or colleague was to open the door has
 * been verified, and who was to stand by too. FAILURE_NONE or FAILURE_BROKEN. */
enum failure loginproof_expect(const struct login *login);

/* The person's own key that was verified, which is worth watching; NULL: there is none. */
const struct keyfactor *loginproof_own_key(const struct login *login);

#endif
