/* Who may hold how many connections, and how fast open new ones: nobody's flood delays another's
 * log-in. Pure: time comes in. */
#ifndef SEKISHO_LIMITS_H
#define SEKISHO_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#define LIMITS_PER_USER	   4 /* open at once */
#define LIMITS_USERS	   32 /* of all users but root together */
#define LIMITS_ROOT	   64 /* only uid 0 uses these */
#define LIMITS_BURST	   20 /* new ones of a user at once, */
#define LIMITS_INTERVAL_MS 500 /* then one in each so long */
#define LIMITS_KNOWN	   64 /* users remembered */

struct limits_user {
	uint32_t uid;
	uint32_t open;
	int64_t filled; /* when the allowance will be or was whole again, in ms */
};

struct limits {
	struct limits_user users[LIMITS_KNOWN];
	uint32_t root_open;
	uint32_t users_open;
	uint64_t refused; /* ever */
};

/* Whose places a caller takes: su(1) and sudo(8) call as root for whoever started them, and that is
 * the user the kernel's audit holds for the session (/proc/PID/loginuid; LIMITS_NO_LOGIN: none, as
 * of login(1), sshd(8) and greeters before anybody is in). */
#define LIMITS_NO_LOGIN UINT32_MAX
uint32_t limits_owner(uint32_t uid, uint32_t loginuid);

/* Whether one more connection of @uid is let in at @now (ms, monotonic); counts it if so. */
bool limits_admit(struct limits *limits, uint32_t uid, int64_t now);

/* One that was let in has ended. */
void limits_release(struct limits *limits, uint32_t uid);

#endif
