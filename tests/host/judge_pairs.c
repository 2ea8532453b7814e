/* Judges as sekishod does, for tests/host/policy-oracle. Lines on standard input:
 *
 *	rules PATH			from now on
 *	device PORT MANUFACTURER PRODUCT SERIAL DESCRIPTORS CLASSES
 *	passed PORT ...			the same after its code was typed
 *
 * each word but the first two in hexadecimal, "-" for nothing; CLASSES are those of the interfaces
 * that the kernel makes, three bytes each. For a device one line: the verdict, its reason, its
 * rule's name in hexadecimal, then for each interface "allow" or "block". */
#include "agent/engine/judge.h"

#include "number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS 7

static uint8_t bytes[DESCRIPTORS_SIZE_MAX];

static size_t unhex(const char *word)
{
	size_t length = 0;

	if (strcmp(word, "-") != 0 && hex_parse(word, bytes, sizeof(bytes), &length) < 0)
		abort();
	return length;
}

static void unhex_text(const char *word, char text[static FACTS_TEXT_MAX])
{
	size_t length = unhex(word);

	if (length >= FACTS_TEXT_MAX)
		abort();
	memcpy(text, bytes, length);
	text[length] = '\0';
}

static void print_name(const struct rules *rules, const struct rule *rule)
{
	const char *at = rule ? rules_text(rules, rule->name) : "";

	putchar(' ');
	if (!*at)
		putchar('-');
	for (; *at; at++)
		printf("%02x", (unsigned char)*at);
}

static void judge_device(const struct rules *rules, char *const words[static WORDS])
{
	struct device_facts facts = {};
	struct judgement judgement;
	size_t length;

	snprintf(facts.name, sizeof(facts.name), "%s", words[1]);
	unhex_text(words[2], facts.manufacturer);
	unhex_text(words[3], facts.product);
	unhex_text(words[4], facts.serial);
	length = unhex(words[5]);
	facts.passed = strcmp(words[0], "passed") == 0;
	facts.unreadable = descriptors_parse(bytes, length, &facts.descriptors);
	judge(rules, &facts, &judgement);
	printf("%s %s", access_name(judgement.access), judge_reason_name(judgement.reason));
	print_name(rules, judgement.rule);
	length = unhex(words[6]);
	for (size_t i = 0; i + 3 <= length; i += 3) {
		struct usb_class class = {bytes[i], bytes[i + 1], bytes[i + 2]};
		const struct rule *rule = NULL;

		printf(" %s", access_name(judge_interface(rules, &facts, &class, &rule)));
	}
	putchar('\n');
}

int main(void)
{
	struct config_error error;
	struct rules rules = {};
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		char *words[WORDS] = {}, *rest = line;

		line[strcspn(line, "\n")] = '\0';
		for (size_t i = 0; i < WORDS && rest; i++)
			words[i] = strsep(&rest, " ");
		if (strcmp(words[0], "rules") == 0) {
			rules_free(&rules);
			if (rules_load(words[1], getuid(), &rules, &error) < 0) {
				fprintf(stderr, "%s\n", error.text);
				return 1;
			}
		} else if (words[WORDS - 1]) {
			judge_device(&rules, words);
		}
	}
	rules_free(&rules);
	free(line);
	return 0;
}
