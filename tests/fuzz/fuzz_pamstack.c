/* Any files as a PAM configuration (the form of tests/corpus/pamstack): what is read is walked, and
 * each way that is found is one that the walker takes to success, with fewer than two kinds. */
#include "agent/cli/pamwalk.h"
#include "tests/unit/pamstack_fixture.h"

#include <security/_pam_types.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(const struct pamstack_chain *chain, const struct pamway *way)
{
	struct pamwalk walk;
	unsigned int kinds = 0;

	pamwalk_begin(&walk);
	for (size_t i = 0; i < way->count; i++) {
		if (!pamwalk_next(chain, &walk) || walk.at != way->steps[i].element)
			__builtin_trap();
		kinds |= way->steps[i].outcome.kind;
		pamwalk_take(chain, &walk, way->steps[i].outcome.code);
	}
	if (pamwalk_next(chain, &walk) || pamwalk_verdict(&walk) != PAM_SUCCESS ||
	    kinds != way->kinds || (kinds & (kinds - 1)) != 0)
		__builtin_trap();
}

static void look(struct stack_file *file, const char *service)
{
	static struct pamstack stack;
	static struct pamways ways;
	struct pamstack_source source = {.read = stack_read, .user = file};
	const struct pammodule_scene scene = {.service = service,
					      .empty_passwords = file->empty_passwords};
	struct pamstack_trouble trouble = {.reason = PAMSTACK_REASONS};
	int r;

	source.single = stack_find(file, PAMSTACK_SINGLE) != NULL;
	r = pamstack_load(&source, service, &stack, &trouble);
	if (r == -EBADMSG && (trouble.reason >= PAMSTACK_REASONS || trouble.place[0] == '\0'))
		__builtin_trap();
	if (r == 0 && pamways_find(&stack, &scene, &ways) == 0)
		for (size_t i = 0; i < ways.count; i++)
			take(&stack.chains[PAMSTACK_AUTH], &ways.list[i]);
	pamstack_free(&stack);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stack_file file;
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	stack_split(text, size, &file);
	if (file.count == 0) {
		file.sections[file.count++] = (struct stack_section){
			.name = "/etc/pam.d/a", .name_length = 12, .text = text, .length = size};
	}
	look(&file, "a");
	look(&file, "login");
	look(&file, "sudo");
	free(text);
	return 0;
}
