/* Any text as a configuration file: an answer or an error, never a crash. */
#include "config.h"

#include "cleanup.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct values {
	bool flag;
	uint32_t count;
	char name[16];
	uint32_t choice;
	char list[16];
};

static const char *const choices[] = {"block", "allow", NULL};

static const struct config_key keys[] = {
	{"Auth", "Flag", CONFIG_BOOL, offsetof(struct values, flag), 0, 0, 0, NULL},
	{"Auth", "Count", CONFIG_NUMBER, offsetof(struct values, count), 0, 2, 900, NULL},
	{"Auth", "Name", CONFIG_STRING, offsetof(struct values, name), 16, 0, 0, NULL},
	{"Auth", "List", CONFIG_LIST, offsetof(struct values, list), 16, 0, 0, NULL},
	{"Device x", "Access", CONFIG_CHOICE, offsetof(struct values, choice), 0, 0, 0, choices},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char path[64];
	struct values values = {.count = 2};
	struct config_error error;
	FILE *file;
	int r;

	if (path[0] == '\0')
		snprintf(path, sizeof(path), "/tmp/sekisho-fuzz-%d.conf", getpid());
	unlink(path);
	file = fopen(path, "wxe");
	if (!file)
		return 0;
	fwrite(data, 1, size, file);
	fclose(file);
	r = config_load(path, getuid(), keys, ARRAY_SIZE(keys), &values, &error);
	unlink(path);
	if ((r < 0) != (error.text[0] != '\0'))
		__builtin_trap(); /* every error says why, and only errors do */
	if (values.count < 2 || values.count > 900 || values.choice > 1 ||
	    !memchr(values.name, 0, sizeof(values.name)) ||
	    !memchr(values.list, 0, sizeof(values.list)))
		__builtin_trap();
	return 0;
}
