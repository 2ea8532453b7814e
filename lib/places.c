#include "places.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>

static int usage(const char *program, const struct place_option *options)
{
	fprintf(stderr, "usage: %s", program);
	for (; options->name; options++)
		fprintf(stderr, " [--%s%s]", options->name, options->place ? " PLACE" : "");
	fputc('\n', stderr);
	return -EINVAL;
}

int places_parse(const char *program, const struct place_option *options, int argc, char *argv[])
{
	struct option table[PLACE_OPTIONS_MAX + 1] = {};
	int count = 0, option;

	for (; count < PLACE_OPTIONS_MAX && options[count].name; count++)
		table[count] = (struct option){
			options[count].name, options[count].place ? required_argument : no_argument,
			NULL, count};
	while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
		if (option < 0 || option >= count)
			return usage(program, options);
		if (options[option].place)
			*options[option].place = optarg;
		else
			*options[option].flag = true;
	}
	return optind == argc ? 0 : usage(program, options);
}
