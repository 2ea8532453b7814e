/* What the programs in the kernel (guard.bpf.c), their loader and sekishod agree upon: the kinds of
 * attempts, what is told of one, and where it is found. Included by both sides: no other header. */
#ifndef SEKISHO_ATTEMPT_H
#define SEKISHO_ATTEMPT_H

#define ATTEMPT_PINS "/sys/fs/bpf/sekisho" /* root's file system, root's folder */
#define ATTEMPT_LOADED                                                                             \
	"/run/sekisho-lsm/loaded" /* there once sekisho-lsm began to load them; loaded.h */
#define ATTEMPT_CALLS "/proc/sys/kernel/ftrace_enabled" /* 0: the kernel calls none of them */
#define ATTEMPT_RING  "attempts" /* the ring buffer's name there */
#define ATTEMPT_BYTES 65536 /* of the ring: some 340 attempts wait */

/* What sekisho-lsm says as it hands the ring over: "y" or "n", and the name of a pin that was not
 * what it should be. */
#define ATTEMPT_ANSWER_MAX 32

#define ATTEMPT_PROGRAM_MAX 16 /* TASK_COMM_LEN */
#define ATTEMPT_TEXT_MAX    64
#define ATTEMPT_NOBODY	    0xffffffffu /* no log-in was before: proc(5), loginuid */

/* What `sekisho check exits` tries, to see that a program refuses: nothing that anybody uses, and
 * not told. */
#define ATTEMPT_PROBE_TYPE "sekisho-probe" /* a type of file system */
#define ATTEMPT_PROBE_GROUP                                                                        \
	"sekisho-probe" /* a control group, root's: what is refused there is asked */
#define ATTEMPT_PROBE_PROTOCOL 0x53454b49 /* of a socket */

enum attempt_action {
	ATTEMPT_MOUNT, /* .text: the type, .source: what was to be mounted */
	ATTEMPT_RAW_COMMAND, /* .device; .number: the ioctl(2) */
	ATTEMPT_BLOCK_WRITE, /* .device */
	ATTEMPT_SOCKET, /* .number: the address family */
	ATTEMPT_OPEN, /* a device's node: .device, or .text: its path */
	ATTEMPT_ACTION_COUNT
};

/* One attempt that the kernel refused; in the byte order of the machine. */
struct attempt {
	unsigned long long
		count; /* of all, from 1: one that is missing was not told for want of room */
	unsigned int action;
	unsigned int uid, login_uid, session, pid;
	unsigned int device; /* the kernel's dev_t: major << 20 | minor; 0: none */
	unsigned int block; /* 1: .device is a block device */
	unsigned int number;
	char program[ATTEMPT_PROGRAM_MAX];
	char text[ATTEMPT_TEXT_MAX], source[ATTEMPT_TEXT_MAX];
};

/* A service's name below /system.slice, and a type's, as the keys of the maps that the loader
 * fills: zeros to the end. */
#define ATTEMPT_SERVICE_MAX 64
#define ATTEMPT_TYPE_MAX    32

#endif
