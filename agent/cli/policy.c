/* sekisho policy: device rules, tried before they count. Nothing is changed. */
#include "policy.h"

#include "command.h"

#include "cleanup.h"

#include <string.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} verbs[] = {
	{"check", policy_check},
	{"test", policy_test},
	{"simulate", policy_simulate},
	{"import", policy_import},
};

int command_policy(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(verbs); i++)
		if (strcmp(verbs[i].name, argv[1]) == 0)
			return verbs[i].run(argc - 1, argv + 1);
	return command_usage("policy");
}
