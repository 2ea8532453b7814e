/* The ways into a service, by its PAM configuration: what the distributions ship, what Sekisho
 * makes of it, and the mistakes that were published. Each stack is a file of tests/corpus/pamstack.
 */
#include "pamstack_fixture.h"

#include "cleanup.h"
#include "file.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define FOLDER	     "tests/corpus/pamstack"
#define STACKS_LEAST 40
#define TEXT_MAX     16384

struct text {
	char text[TEXT_MAX];
	size_t length;
};

__attribute__((format(printf, 2, 3))) static void say(struct text *text, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text->text + text->length, TEXT_MAX - text->length, format, arguments);
	va_end(arguments);
	assert_true(length >= 0 && (size_t)length < TEXT_MAX - text->length);
	text->length += (size_t)length;
}

static void say_way(struct text *text, const char *service, const struct pamstack_chain *chain,
		    const struct pamway *way)
{
	say(text, "%s:%s", service, way->root ? " (root)" : "");
	for (size_t i = 0; i < way->count; i++) {
		const struct pamway_step *step = &way->steps[i];
		const char *meaning = pammodule_meaning_word(step->outcome.meaning);

		say(text, " %s=%s%s%s", pammodule_name(chain->list[step->element].module),
		    pamstack_code_name(step->outcome.code), meaning ? "/" : "",
		    meaning ? meaning : "");
	}
	say(text, "\n");
}

static void say_service(struct text *text, struct stack_file *file, const char *service)
{
	const struct pammodule_scene scene = {.service = service,
					      .empty_passwords = file->empty_passwords};
	struct pamstack_source source = {.read = stack_read, .user = file};
	static struct pamstack stack;
	static struct pamways ways;
	struct pamstack_trouble trouble;
	int r;

	source.single = stack_find(file, PAMSTACK_SINGLE) != NULL;
	r = pamstack_load(&source, service, &stack, &trouble);
	if (r == -EBADMSG) {
		say(text, "%s: %s %s\n", service, pamstack_reasons[trouble.reason].word,
		    trouble.place);
		pamstack_free(&stack);
		return;
	}
	assert_int_equal(r, 0);
	r = pamways_find(&stack, &scene, &ways);
	if (r == -E2BIG)
		say(text, "%s: too many\n", service);
	else
		assert_int_equal(r, 0);
	for (size_t i = 0; r == 0 && i < ways.count; i++)
		say_way(text, service, &stack.chains[PAMSTACK_AUTH], &ways.list[i]);
	if (r == 0 && ways.count == 0)
		say(text, "%s: well\n", service);
	pamstack_free(&stack);
}

/* Each service that the expectation names, in its order. */
static void look(struct stack_file *file, const struct stack_section *expected, struct text *text)
{
	char last[64] = "";

	for (const char *at = expected->text; at < expected->text + expected->length;
	     at += strcspn(at, "\n") + 1) {
		char service[64];
		int length = (int)strcspn(at, ":");

		assert_true(length < (int)sizeof(service));
		snprintf(service, sizeof(service), "%.*s", length, at);
		if (strcmp(service, last) != 0)
			say_service(text, file, service);
		memcpy(last, service, sizeof(last));
	}
}

static bool check(const char *name)
{
	static struct text found;
	struct stack_file file;
	const struct stack_section *expected;
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;
	char path[512];
	size_t length;

	snprintf(path, sizeof(path), "%s/%s", FOLDER, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(file_read_all(fd, 65536, &text, &length), 0);
	stack_split(text, length, &file);
	expected = stack_find(&file, "ways");
	if (!expected) {
		print_error("%s: expects nothing\n", name);
		return false;
	}
	found.length = 0;
	found.text[0] = '\0';
	look(&file, expected, &found);
	if (found.length == expected->length &&
	    memcmp(found.text, expected->text, found.length) == 0)
		return true;
	print_error("%s: found\n%sexpected\n%.*s", name, found.text, (int)expected->length,
		    expected->text);
	return false;
}

static void test_stacks(void **state)
{
	DIR *directory = opendir(FOLDER);
	const struct dirent *entry;
	size_t count = 0, wrong = 0;

	(void)state;
	assert_non_null(directory);
	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		count++;
		wrong += !check(entry->d_name);
	}
	closedir(directory);
	assert_int_equal(wrong, 0);
	assert_true(count >= STACKS_LEAST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
