/* How long is waited after wrong answers. Pure: counts and times come in.
 *
 * The wait begins with the wrong answer that uses up the free ones and doubles with each one after
 * it, up to a longest. What was wrong is forgotten piece by piece, so that slips of a long day
 * don't add up; each wait is over before anything is forgotten. */
#ifndef SEKISHO_LOCKRULE_H
#define SEKISHO_LOCKRULE_H

#include <stdbool.h>
#include <stdint.h>

/* Whose wrong answers count together. Who guesses at one of them keeps nobody at another waiting.
 */
enum lockrule_origin {
	LOCKRULE_DOOR, /* here, nobody is in yet: console, greeter */
	LOCKRULE_AFAR, /* another machine */
	LOCKRULE_SESSION, /* somebody who is in: su, sudo, screen locks; each caller for himself */
	LOCKRULE_ORIGINS
};

struct lockrule {
	uint32_t free; /* wrong answers, of which the last one begins the first wait; 0: never */
	uint32_t first; /* seconds */
	uint32_t longest;
	uint32_t forget; /* seconds until one less is known */
};

#define LOCKRULE_FIRST		  30
#define LOCKRULE_FORGET		  3600
#define LOCKRULE_TERMINAL_TIMES	  4 /* as many are free for all names together */
#define LOCKRULE_TERMINAL_FIRST	  5
#define LOCKRULE_TERMINAL_LONGEST 60
#define LOCKRULE_TERMINAL_FORGET  600
#define LOCKRULE_COUNT_MAX	  1000 /* more are not told apart */

/* @remote: see remote_is_said(). @loginuid: of the program that asks, LIMITS_NO_LOGIN where it is
 * none's.
 */
enum lockrule_origin lockrule_origin(bool remote, uint32_t loginuid);

/* Of a name. root waits no longer at the door than anybody for the whole terminal, so that the
 * machine's last way in stays one. */
struct lockrule lockrule_user(uint32_t wrong_answers, uint32_t longest_minutes,
			      enum lockrule_origin origin, const char *user);

/* Of all names together. It keeps root at the door waiting never. */
struct lockrule lockrule_terminal(uint32_t wrong_answers, enum lockrule_origin origin,
				  const char *user);

/* What is still known of @count, @elapsed ms after the last. */
uint32_t lockrule_count(const struct lockrule *rule, uint32_t count, int64_t elapsed);

/* Milliseconds still to wait, 0: none. */
int64_t lockrule_wait(const struct lockrule *rule, uint32_t count, int64_t elapsed);

#endif
