#include "arguments.h"

#include "number.h"

#include <errno.h>
#include <string.h>

static int set_socket(struct arguments *arguments, const char *value)
{
	if (value[0] != '/')
		return -EINVAL;
	arguments->socket = value;
	return 0;
}

static int set_record(struct arguments *arguments, const char *value)
{
	if (value[0] != '/')
		return -EINVAL;
	arguments->record = value;
	return 0;
}

static int set_timeout(struct arguments *arguments, const char *value)
{
	uint64_t seconds;

	if (number_parse(value, ARGUMENTS_TIMEOUT_MIN, ARGUMENTS_TIMEOUT_MAX, &seconds) < 0)
		return -EINVAL;
	arguments->timeout = (unsigned int)seconds;
	return 0;
}

static int set_exempt(struct arguments *arguments, const char *value)
{
	if (strcmp(value, "ignore") != 0)
		return -EINVAL;
	arguments->exempt = true;
	return 0;
}

static int set_account(struct arguments *arguments, const char *value)
{
	/* An empty name is a slip of the pen that would leave a service out unnoticed. */
	if (value[0] == '\0' || value[0] == ',' || value[strlen(value) - 1] == ',' ||
	    strstr(value, ",,"))
		return -EINVAL;
	arguments->account = value;
	return 0;
}

const struct argument_row argument_rows[ARGUMENT_COUNT] = {
	{"socket", set_socket}, {"record", set_record},	  {"timeout", set_timeout},
	{"exempt", set_exempt}, {"account", set_account},
};

static const struct argument_row *find_row(const char *word, size_t *ret_index)
{
	size_t length = strcspn(word, "=");

	for (size_t i = 0; i < ARGUMENT_COUNT; i++) {
		const char *name = argument_rows[i].name;

		if (word[length] == '=' && strlen(name) == length &&
		    memcmp(word, name, length) == 0) {
			*ret_index = i;
			return &argument_rows[i];
		}
	}
	return NULL;
}

int arguments_parse(int argc, const char **argv, struct arguments *ret_arguments,
		    const char **ret_bad)
{
	struct arguments arguments = ARGUMENTS_DEFAULT;
	bool seen[ARGUMENT_COUNT] = {};

	for (int i = 0; i < argc; i++) {
		const struct argument_row *row;
		size_t index = 0;

		row = find_row(argv[i], &index);
		if (!row || seen[index] ||
		    row->set(&arguments, argv[i] + strlen(row->name) + 1) < 0) {
			*ret_bad = argv[i];
			return -EINVAL;
		}
		seen[index] = true;
	}
	*ret_arguments = arguments;
	return 0;
}

bool arguments_account(const struct arguments *arguments, const char *service)
{
	const char *at = arguments->account;
	size_t length = strlen(service);

	if (!at)
		return true;
	while (*at) {
		size_t word = strcspn(at, ",");

		if (word == length && memcmp(at, service, length) == 0)
			return true;
		at += word;
		at += *at == ',';
	}
	return false;
}
