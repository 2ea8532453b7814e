/* Processes, as proc(5) tells of them. */
#ifndef SEKISHO_PROCESS_H
#define SEKISHO_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* One, by what no later one has: its number and when it started, in ticks since the boot. .pid 0,
 * or .started 0: that is not known. */
struct process {
	int32_t pid;
	int64_t started;
};

/* A process that runs, "/proc/PID/stat" (proc(5)). -errno, and @ret_process is zero. */
int process_find(int32_t pid, struct process *ret_process);

/* Whether what runs under that number may be it: false only where it is seen to be a later one. */
bool process_may_be(const struct process *process);

#endif
