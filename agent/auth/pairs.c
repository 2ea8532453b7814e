#include "pairs.h"

#include "cleanup.h"
#include "config.h"
#include "wordlist.h"

#include <errno.h>
#include <string.h>

enum kind {
	KIND_KNOWS,
	KIND_HAS,
	KIND_IS,
};

static const struct {
	const char *name;
	enum kind kind;
} factors[] = {
	{"password", KIND_KNOWS}, {"pin", KIND_KNOWS}, {"key", KIND_HAS},
	{"otp", KIND_HAS},	  {"finger", KIND_IS},
};

static const char *const kinds[] = {
	[KIND_KNOWS] = "things one knows",
	[KIND_HAS] = "things one has",
	[KIND_IS] = "things one is",
};

/* What authd can hold somebody to. A word alone is what stands beside the password. */
static const struct {
	const char *first, *second; /* NULL: none */
	bool otp, verified;
} pairs[] = {
	{"key", NULL, false, false},	   {"otp", NULL, true, false},
	{"password", "key", false, false}, {"password", "otp", true, false},
	{"key", "pin", false, true},
};

static bool is(const char *name, const char *word, size_t length)
{
	return name && strlen(name) == length && memcmp(name, word, length) == 0;
}

/* The factor's number, or -1. */
static int find(const char *word, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(factors); i++)
		if (is(factors[i].name, word, length))
			return (int)i;
	return -1;
}

static int fail(char wrong[static PAIRS_REASON], const char *word, size_t length, const char *why)
{
	snprintf(wrong, PAIRS_REASON, "\"%.*s\" %.400s", length > 60 ? 60 : (int)length, word,
		 config_words(why));
	return -EINVAL;
}

/* Why it is none. */
static int refuse(const char *word, size_t length, char wrong[static PAIRS_REASON])
{
	const char *plus = memchr(word, '+', length);
	const size_t first = plus ? (size_t)(plus - word) : length;
	const int left = find(word, first);
	const int right = plus ? find(plus + 1, length - first - 1) : left;
	char why[256];

	if (!plus)
		return fail(wrong, word, length,
			    "is neither key nor otp, nor a pair such as key+pin");
	if (left < 0 || right < 0)
		return fail(wrong, word, length,
			    "is no pair: one is made of password, pin, key and otp");
	if (factors[left].kind != factors[right].kind)
		return fail(wrong, word, length,
			    "can't be asked for: there are password+key, password+otp and key+pin, "
			    "where the key's own fingerprint reader may take the PIN's place");
	snprintf(why, sizeof(why), config_words("are two %s: two factors are of different kinds"),
		 config_words(kinds[factors[left].kind]));
	return fail(wrong, word, length, why);
}

static bool matches(size_t row, const char *word, size_t length)
{
	const char *plus = memchr(word, '+', length);
	const size_t first = plus ? (size_t)(plus - word) : length;

	if (!plus)
		return !pairs[row].second && is(pairs[row].first, word, length);
	return (is(pairs[row].first, word, first) &&
		is(pairs[row].second, plus + 1, length - first - 1)) ||
	       (is(pairs[row].second, word, first) &&
		is(pairs[row].first, plus + 1, length - first - 1));
}

static void add(struct pairs *all, size_t row)
{
	if (pairs[row].otp) {
		all->otp_first |= !all->key;
		all->otp = true;
		return;
	}
	/* Of two pairs with the key the one that asks for less is enough. */
	all->verified = pairs[row].verified && (all->verified || !all->key);
	all->key = true;
}

int pairs_parse(const char *list, struct pairs *ret_pairs, char wrong[static PAIRS_REASON])
{
	struct pairs all = {};
	const char *word;
	size_t length;

	while ((word = wordlist_next(&list, &length))) {
		size_t row = 0;

		while (row < ARRAY_SIZE(pairs) && !matches(row, word, length))
			row++;
		if (row == ARRAY_SIZE(pairs))
			return refuse(word, length, wrong);
		add(&all, row);
	}
	if (!all.key && !all.otp) {
		snprintf(wrong, PAIRS_REASON, "%s", config_words("must name key, otp or both"));
		return -EINVAL;
	}
	all.otp_first &= all.key && all.otp;
	*ret_pairs = all;
	return 0;
}

struct pairs pairs_meet(const struct pairs *left, const struct pairs *right)
{
	struct pairs both = {
		.key = left->key && right->key,
		.otp = left->otp && right->otp,
	};

	both.verified = both.key && (left->verified || right->verified);
	/* A key can't be talked out of anybody: it comes first unless all say otherwise. */
	both.otp_first = both.key && both.otp && left->otp_first && right->otp_first;
	return both;
}

void pairs_text(const struct pairs *pairs_, char text[static PAIRS_TEXT])
{
	snprintf(text, PAIRS_TEXT, "%s%s%s", pairs_->otp_first ? "otp " : "",
		 pairs_->key ? "key" : "",
		 pairs_->otp && !pairs_->otp_first ? pairs_->key ? " otp" : "otp" : "");
}
