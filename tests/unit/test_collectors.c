/* collector.conf(5): what is taken, what is refused and with which words. */
#include "agent/forward/collectors.h"

#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static int load(const char *text, struct collectors *collectors, struct config_error *error)
{
	char path[] = "/tmp/sekisho-collectors-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);
	int r;

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0644), 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	r = collectors_load(path, getuid(), collectors, error);
	unlink(path);
	return r;
}

static void servers_are_read(void **state)
{
	static const struct {
		const char *host, *port;
	} wanted[] = {
		{"log1.example", "2514"}, {"log2.example", "601"},  {"192.0.2.7", "2515"},
		{"2001:db8::1", "2514"},  {"2001:db8::2", "20514"},
	};
	struct collectors collectors;
	struct config_error error;

	(void)state;
	assert_int_equal(load("[Collector]\nServer=log1.example log2.example:601, 192.0.2.7:2515\n"
			      "Server=[2001:db8::1] [2001:db8::2]:20514\nName=center\n",
			      &collectors, &error),
			 0);
	assert_int_equal(collectors.count, ARRAY_SIZE(wanted));
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		assert_string_equal(collectors.servers[i].host, wanted[i].host);
		assert_string_equal(collectors.servers[i].port, wanted[i].port);
	}
	assert_string_equal(collectors.name, "center");
	assert_string_equal(collectors.key, "/etc/sekisho/collector/terminal.key");
	assert_int_equal(collectors.retry, 120);
	assert_int_equal(collectors.rate, 200);
}

static void each_protocol_has_its_port(void **state)
{
	static const struct {
		const char *line, *port;
		enum collectors_protocol protocol;
	} wanted[] = {
		{"", "2514", COLLECTORS_RELP},
		{"Protocol=relp\n", "2514", COLLECTORS_RELP},
		{"Protocol=syslog\n", "6514", COLLECTORS_SYSLOG},
		{"Protocol=https\n", "443", COLLECTORS_HTTPS},
	};
	struct collectors collectors;
	struct config_error error;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		char text[128];

		snprintf(text, sizeof(text), "[Collector]\nServer=a b:7\n%s", wanted[i].line);
		assert_int_equal(load(text, &collectors, &error), 0);
		assert_int_equal(collectors.protocol, wanted[i].protocol);
		assert_string_equal(collectors.servers[0].port, wanted[i].port);
		assert_string_equal(collectors.servers[1].port, "7");
		assert_string_equal(collectors.path, "/sekisho");
	}
	assert_int_equal(
		load("[Collector]\nPath=/v1/in?source=sekisho&a=%20\n", &collectors, &error), 0);
	assert_string_equal(collectors.path, "/v1/in?source=sekisho&a=%20");
}

static void letters_have_a_place(void **state)
{
	static const struct {
		const char *url, *host, *port, *path;
	} wanted[] = {
		{"", "", "", ""},
		{"https://log1.example/", "log1.example", "443", "/"},
		{"https://log1.example:8443/a/letters/", "log1.example", "8443", "/a/letters/"},
		{"https://[2001:db8::1]/letters/", "2001:db8::1", "443", "/letters/"},
	};
	struct collectors collectors;
	struct config_error error;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		char text[128];

		snprintf(text, sizeof(text), "[Collector]\nLettersFrom=%s\n", wanted[i].url);
		if (load(wanted[i].url[0] ? text : "", &collectors, &error) < 0)
			fail_msg("%s", error.text);
		assert_string_equal(collectors.letters_server.host, wanted[i].host);
		assert_string_equal(collectors.letters_server.port, wanted[i].port);
		assert_string_equal(collectors.letters_path, wanted[i].path);
		assert_int_equal(collectors.letters_within, 21600);
	}
}

/* Name, or the only server. */
static void somebody_signs(void **state)
{
	struct collectors collectors;
	struct config_error error;

	(void)state;
	assert_int_equal(load("[Collector]\nServer=a b\n", &collectors, &error), 0);
	assert_string_equal(collectors_signer(&collectors), "");
	assert_int_equal(load("[Collector]\nServer=a\n", &collectors, &error), 0);
	assert_string_equal(collectors_signer(&collectors), "a");
	assert_int_equal(load("[Collector]\nServer=a\nName=b\n", &collectors, &error), 0);
	assert_string_equal(collectors_signer(&collectors), "b");
}

static void none_may_be_named(void **state)
{
	struct collectors collectors;
	struct config_error error;

	(void)state;
	assert_int_equal(load("[Collector]\n#Server=x\n", &collectors, &error), 0);
	assert_int_equal(collectors.count, 0);
	assert_int_equal(collectors_load("/nonexistent", getuid(), &collectors, &error), -ENOENT);
	assert_non_null(strstr(error.text, "/nonexistent"));
}

static void bad_ones_are_refused(void **state)
{
	static const char *const bad[] = {
		"Server=host:0",
		"Server=host:65536",
		"Server=host:x",
		"Server=:2514",
		"Server=2001:db8::1",
		"Server=[::1",
		"Server=[]:1",
		"Server=[::1]x:1",
		"Server=host:",
		"RetrySeconds=0",
		"Protocol=udp",
		"Protocol=",
		"Protocol=HTTPS",
		"Path=",
		"Path=sekisho",
		"Path=/a b",
		"Path=/a#b",
		"Path=https://elsewhere/",
		"Nothing=1",
		"EventsPerSecond=0",
		"Server=a b c d e f g h i",
		"LettersFrom=http://log1.example/letters/",
		"LettersFrom=https://log1.example/letters",
		"LettersFrom=https://log1.example",
		"LettersFrom=https:///letters/",
		"LettersFrom=https://log1.example:0/letters/",
		"LettersFrom=https://log1.example/letters/?a=/",
		"LettersFrom=https://log1.example/let ters/",
		"LettersSeconds=0",
		"LettersSeconds=604801",
	};
	struct collectors collectors;
	struct config_error error;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char text[128];

		snprintf(text, sizeof(text), "[Collector]\n%s\n", bad[i]);
		error.text[0] = '\0';
		if (load(text, &collectors, &error) >= 0 || !error.text[0])
			fail_msg("%s", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(servers_are_read),
		cmocka_unit_test(each_protocol_has_its_port),
		cmocka_unit_test(letters_have_a_place),
		cmocka_unit_test(somebody_signs),
		cmocka_unit_test(none_may_be_named),
		cmocka_unit_test(bad_ones_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
