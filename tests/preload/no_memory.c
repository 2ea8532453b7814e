/* Loaded before a log-in by tests/auth/test_no_memory.c: memory that is refused. NO_MEMORY_IN names
 * the program that it is refused to, NO_MEMORY_AT which time that it asks for some after main() has
 * begun, NO_MEMORY_EVER whether every time from there on as well; NO_MEMORY_SEEN a file that is
 * there once it was refused. */
#include "number.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct {
	void *(*malloc)(size_t size);
	void *(*calloc)(size_t count, size_t size);
	void *(*realloc)(void *old, size_t size);
} libc;

static uint64_t asked, at; /* at 0: never */
static bool ever;

static void find(const char *name, void *place)
{
	void *found = dlsym(RTLD_NEXT, name);

	memcpy(place, &found, sizeof(found));
}

static void __attribute__((constructor)) begin(void)
{
	const char *program = getenv("NO_MEMORY_IN"), *text = getenv("NO_MEMORY_AT");

	ever = getenv("NO_MEMORY_EVER");
	if (program && text && strcmp(program, program_invocation_short_name) == 0)
		number_parse(text, 1, UINT32_MAX, &at);
}

static bool is_refused(void)
{
	int saved = errno;

	if (at == 0 || ++asked < at || (asked > at && !ever))
		return false;
	close(open(getenv("NO_MEMORY_SEEN"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	errno = saved;
	return true;
}

static void *refuse(void)
{
	errno = ENOMEM;
	return NULL;
}

void *malloc(size_t size)
{
	if (!libc.malloc)
		find("malloc", &libc.malloc);
	return is_refused() ? refuse() : libc.malloc(size);
}

void *calloc(size_t count, size_t size)
{
	if (!libc.calloc)
		find("calloc", &libc.calloc);
	return is_refused() ? refuse() : libc.calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	if (!libc.realloc)
		find("realloc", &libc.realloc);
	return is_refused() ? refuse() : libc.realloc(old, size);
}

/* The second before a refusal is told is for who guesses. */
int nanosleep(const struct timespec *time, struct timespec *ret_left)
{
	(void)time;
	(void)ret_left;
	return 0;
}
