/* Rules in a folder of their own, and devices to be judged by them. */
#ifndef SEKISHO_RULES_FIXTURE_H
#define SEKISHO_RULES_FIXTURE_H

#include "agent/engine/judge.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char directory[48], path[80], dropins[96];
	struct rules rules;
	struct config_error error;
};

static inline int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	snprintf(fixture->directory, sizeof(fixture->directory), "/tmp/sekisho-rules-XXXXXX");
	if (!mkdtemp(fixture->directory))
		return -1;
	snprintf(fixture->path, sizeof(fixture->path), "%s/devices.conf", fixture->directory);
	snprintf(fixture->dropins, sizeof(fixture->dropins), "%s.d", fixture->path);
	*state = fixture;
	return mkdir(fixture->dropins, 0755);
}

static inline int teardown(void **state)
{
	struct fixture *fixture = *state;
	char path[128];

	rules_free(&fixture->rules);
	snprintf(path, sizeof(path), "%s/10-more.conf", fixture->dropins);
	unlink(path);
	unlink(fixture->path);
	rmdir(fixture->dropins);
	rmdir(fixture->directory);
	free(fixture);
	return 0;
}

static inline void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static inline int load(struct fixture *fixture, const char *text)
{
	write_file(fixture->path, text);
	rules_free(&fixture->rules);
	return rules_load(fixture->path, getuid(), &fixture->rules, &fixture->error);
}

#define HASH	   "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define OTHER_HASH "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1E"

static inline struct device_facts device(uint16_t vendor, size_t count,
					 const struct usb_class *classes)
{
	struct device_facts facts = {.name = "1-2", .serial = "S1", .product = "P", .hash = HASH};

	facts.descriptors.vendor = vendor;
	facts.descriptors.product = 0x0001;
	facts.descriptors.n_interfaces = count;
	for (size_t i = 0; i < count; i++)
		facts.descriptors.interfaces[i].class = classes[i];
	return facts;
}

static const struct usb_class keyboard = {3, 1, 1}, storage = {8, 6, 0x50}, hub = {9, 0, 1},
			      reader = {0x0b, 0, 0}, network = {2, 6, 0};

#endif
