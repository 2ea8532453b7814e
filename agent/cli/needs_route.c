/* Which network cards carry the default route. */
#include "needs.h"

#include "cleanup.h"
#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define TABLE_MAX   4194304u
#define FIELDS_MAX  11
#define DEPTH_MAX   4 /* a VLAN on a bridge on a bond on a card */
#define REJECTS	    0x0200ul /* RTF_REJECT */
#define LOWER	    "lower_"
#define TARGET_MAX  1024
#define CARD_PLACE  "class/net/%.64s"
#define CARD_FOLDER "sys/class/net/%.64s"

/* A line of /proc/net/route or ipv6_route in its fields (net/ipv4/fib_trie.c, fib_route_seq_show;
 * net/ipv6/ip6_fib.c, ipv6_route_seq_show). */
static size_t split(char *line, const char *fields[static FIELDS_MAX])
{
	char *rest = NULL;
	size_t count = 0;

	for (const char *field = strtok_r(line, " \t", &rest); field && count < FIELDS_MAX;
	     field = strtok_r(NULL, " \t", &rest))
		fields[count++] = field;
	return count;
}

static bool is_zero(const char *digits)
{
	return digits[0] != '\0' && digits[strspn(digits, "0")] == '\0';
}

static bool rejects(const char *flags)
{
	return strtoul(flags, NULL, 16) & REJECTS;
}

/* The interface of a default route, or NULL. */
static const char *card_of_ipv4(char *line)
{
	const char *fields[FIELDS_MAX];

	if (split(line, fields) < 8 || !is_zero(fields[1]) || !is_zero(fields[7]) ||
	    rejects(fields[3]))
		return NULL;
	return fields[0];
}

static const char *card_of_ipv6(char *line)
{
	const char *fields[FIELDS_MAX];

	if (split(line, fields) < 10 || !is_zero(fields[0]) || !is_zero(fields[1]) ||
	    rejects(fields[8]))
		return NULL;
	return fields[9];
}

static int add_card(int root, struct needs *needs, const char *name, unsigned int depth);

/* Those that a bridge, a bond or a VLAN stands on. */
static int add_lower(int root, struct needs *needs, const char *name, unsigned int depth,
		     size_t *count)
{
	struct dirent **entries = NULL;
	char path[128];
	int number, r = 0;

	snprintf(path, sizeof(path), CARD_FOLDER, name);
	number = scandirat(root, path, &entries, NULL, alphasort);
	for (int i = 0; i < number; i++) {
		if (r == 0 && strncmp(entries[i]->d_name, LOWER, strlen(LOWER)) == 0) {
			*count += 1;
			r = add_card(root, needs, entries[i]->d_name + strlen(LOWER), depth + 1);
		}
		free(entries[i]);
	}
	free(entries);
	return r;
}

static int add_card(int root, struct needs *needs, const char *name, unsigned int depth)
{
	char place[96], target[TARGET_MAX];
	size_t lower = 0;
	int r;

	snprintf(place, sizeof(place), CARD_PLACE, name);
	r = needs_read_link(root, place, target, sizeof(target));
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	if (strstr(target, "/virtual/") && depth < DEPTH_MAX) {
		r = add_lower(root, needs, name, depth, &lower);
		if (r < 0 || lower > 0)
			return r;
	}
	return needs_add(root, needs, NEED_NETWORK, place, name);
}

static int add_routes(int root, struct needs *needs, const char *path,
		      const char *(*card_of)(char *line))
{
	_cleanup_close_ int fd = openat(root, path, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *table = NULL;
	char *rest = NULL;
	size_t length;
	int r;

	/* A kernel without the protocol. */
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	r = file_read_all(fd, TABLE_MAX, &table, &length);
	if (r < 0)
		return r;
	for (char *line = strtok_r(table, "\n", &rest); line && r == 0;
	     line = strtok_r(NULL, "\n", &rest)) {
		const char *card = card_of(line);

		if (card)
			r = add_card(root, needs, card, 0);
	}
	return r;
}

int needs_add_cards(int root, struct needs *needs)
{
	int r;

	r = add_routes(root, needs, "proc/net/route", card_of_ipv4);
	if (r == 0)
		r = add_routes(root, needs, "proc/net/ipv6_route", card_of_ipv6);
	return r;
}
