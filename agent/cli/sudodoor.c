#include "sudodoor.h"

#include "cleanup.h"
#include "gettext.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Without its own configuration, which may leave rules out. */
const char *const sudodoor_program[] = {"/usr/bin/cvtsudoers", "-c", "/dev/null", "-f", "json",
					"/etc/sudoers",	       NULL};

static bool is_false(const json_t *value)
{
	return json_is_false(value);
}

static bool is_set(const json_t *value)
{
	return !json_is_false(value);
}

/* A string in sudo 1.9. */
static bool is_negative(const json_t *value)
{
	return json_is_string(value) ? json_string_value(value)[0] == '-'
				     : json_number_value(value) < 0;
}

/* A later line may take one back; that is for whoever reads the file to say. */
static const struct {
	const char *option;
	bool (*opens)(const json_t *value);
	const char *text; /* in sudoers' own words */
} defaults[] = {
	{"authenticate", is_false, "!authenticate"},
	{"exempt_group", is_set, "exempt_group"},
	{"timestamp_timeout", is_negative, "timestamp_timeout=-1"},
};

/* Of all the sets of options of an entry. */
static bool has_option(const json_t *entry, const char *name, bool (*opens)(const json_t *value))
{
	size_t i;
	json_t *option;

	json_array_foreach(json_object_get(entry, "Options"), i, option)
	{
		const json_t *value = json_object_get(option, name);

		if (value && opens(value))
			return true;
	}
	return false;
}

static const char *find_default(const json_t *sudoers)
{
	size_t i;
	json_t *entry;

	json_array_foreach(json_object_get(sudoers, "Defaults"), i, entry)
	{
		for (size_t j = 0; j < ARRAY_SIZE(defaults); j++)
			if (has_option(entry, defaults[j].option, defaults[j].opens))
				return defaults[j].text;
	}
	return NULL;
}

/* NOPASSWD: whose rule, of which the first is enough; NULL: nobody's. */
static json_t *find_rule(const json_t *sudoers)
{
	size_t i, j;
	json_t *rule, *commands;

	json_array_foreach(json_object_get(sudoers, "User_Specs"), i, rule)
	{
		json_array_foreach(json_object_get(rule, "Cmnd_Specs"), j, commands)
		{
			if (has_option(commands, "authenticate", is_false))
				return json_array_get(json_object_get(rule, "User_List"), 0);
		}
	}
	return NULL;
}

/* May rules come from a directory too, which cvtsudoers doesn't ask? */
static bool has_directory(int root)
{
	int fd = openat(root, "etc/nsswitch.conf", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	_cleanup_fclose_ FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	if (!file && fd >= 0)
		close(fd);
	while (file && getline(&line, &size, file) > 0) {
		char *rest = line + strspn(line, " \t"), *word;

		if (strncasecmp(rest, "sudoers:", strlen("sudoers:")) != 0)
			continue;
		rest += strlen("sudoers:");
		rest[strcspn(rest, "#")] = '\0';
		while ((word = strsep(&rest, " \t\n")))
			if (word[0] != '\0' && word[0] != '[' && strcasecmp(word, "files") != 0)
				return true;
	}
	return false;
}

static bool exists(int root, const char *path)
{
	return faccessat(root, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static enum otherdoor_state say(char text[static OTHERDOOR_TEXT_MAX], enum otherdoor_state state,
				const char *words)
{
	snprintf(text, OTHERDOOR_TEXT_MAX, "%s", words);
	return state;
}

/* A user, a group, an alias: by name or number. */
static enum otherdoor_state say_whose(char text[static OTHERDOOR_TEXT_MAX], json_t *whose)
{
	const json_t *value = json_object_iter_value(json_object_iter(whose));

	if (json_is_string(value))
		snprintf(text, OTHERDOOR_TEXT_MAX, _("sudoers has NOPASSWD for %s"),
			 json_string_value(value));
	else
		snprintf(text, OTHERDOOR_TEXT_MAX, _("sudoers has NOPASSWD for number %lld"),
			 (long long)json_integer_value(value));
	return OTHERDOOR_OPEN;
}

static enum otherdoor_state judge(const json_t *sudoers, int root,
				  char text[static OTHERDOOR_TEXT_MAX])
{
	const char *found = find_default(sudoers);
	json_t *whose = find_rule(sudoers);

	if (whose)
		return say_whose(text, whose);
	if (found) {
		snprintf(text, OTHERDOOR_TEXT_MAX, _("sudoers has Defaults %s"), found);
		return OTHERDOOR_OPEN;
	}
	if (json_array_size(json_object_get(sudoers, "User_Specs")) == 0)
		return say(text, OTHERDOOR_UNSEEN, _("cvtsudoers shows no rule of sudoers"));
	if (has_directory(root))
		return say(text, OTHERDOOR_UNSEEN,
			   _("nsswitch.conf has sudo read rules from elsewhere too"));
	return say(text, OTHERDOOR_CLOSED, _("each rule of sudoers asks PAM"));
}

enum otherdoor_state sudodoor_look(const struct otherdoor_scene *scene,
				   char text[static OTHERDOOR_TEXT_MAX])
{
	enum otherdoor_state state;
	json_t *sudoers;

	if (!exists(scene->root, "usr/bin/sudo"))
		return say(text, OTHERDOOR_ABSENT, _("there is no sudo"));
	if (!exists(scene->root, "usr/bin/cvtsudoers"))
		return say(text, OTHERDOOR_UNSEEN,
			   _("there is no cvtsudoers: install sudo's package again"));
	sudoers = scene->sudoers ? json_loads(scene->sudoers, JSON_REJECT_DUPLICATES, NULL) : NULL;
	if (!sudoers)
		return say(text, OTHERDOOR_UNSEEN,
			   _("cvtsudoers can't read /etc/sudoers: 'visudo -c' tells why"));
	state = judge(sudoers, scene->root, text);
	json_decref(sudoers);
	return state;
}
