/* Puts a service together out of its file and what that includes. */
#include "pamstack.h"

#include "cleanup.h"
#include "gettext.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

const struct pamstack_reason_row pamstack_reasons[PAMSTACK_REASONS] = {
	[PAMSTACK_UNREADABLE] = {"unreadable", N_("can't be read")},
	[PAMSTACK_WRITABLE] = {"writable", N_("somebody but root may write it")},
	[PAMSTACK_LONG] = {"long-line", N_("the line is too long: libpam would cut it")},
	[PAMSTACK_CHARACTER] = {"character", N_("a control character")},
	[PAMSTACK_CONTINUATION] = {"continuation",
				   N_("a backslash at the end of the line, and nothing after it")},
	[PAMSTACK_BRACKET] = {"bracket", N_("a bracket is not closed")},
	[PAMSTACK_TYPE] = {"type", N_("the first word is none of auth, account, password, session, "
				      "@include")},
	[PAMSTACK_CONTROL] = {"control",
			      N_("the second word is no control that pam.conf(5) knows")},
	[PAMSTACK_MODULE] = {"module", N_("no module or file is named")},
	[PAMSTACK_INCLUDE] = {"include", N_("the file that it includes is not there")},
	[PAMSTACK_DEEP] = {"deep", N_("files include each other too deeply, or in a circle")},
	[PAMSTACK_MANY] = {"many", N_("too many modules or files")},
};

static const char *const type_words[] = {
	[PAMSTACK_AUTH] = "auth",
	[PAMSTACK_ACCOUNT] = "account",
	[PAMSTACK_PASSWORD] = "password",
	[PAMSTACK_SESSION] = "session",
};

struct loading {
	const struct pamstack_source *source;
	struct pamstack *stack;
	struct pamstack_trouble *trouble;
	const char *service; /* of pam.conf; NULL: lines begin with the type */
	unsigned int files;
};

/* One file, and where in it. */
struct file {
	const char *path;
	struct pamstack_reader reader;
	enum pamstack_type only; /* ANY: lines of all types count */
	uint8_t level;
	unsigned int depth;
};

static int load_name(struct loading *loading, const char *name, const struct file *from);

static int trouble(struct loading *loading, enum pamstack_reason reason, const char *path,
		   unsigned int line)
{
	loading->trouble->reason = reason;
	if (line > 0)
		snprintf(loading->trouble->place, PAMSTACK_PLACE_MAX, "%s:%u", path, line);
	else
		snprintf(loading->trouble->place, PAMSTACK_PLACE_MAX, "%s", path);
	return -EBADMSG;
}

static int trouble_here(struct loading *loading, const struct file *file,
			enum pamstack_reason reason)
{
	return trouble(loading, reason, file->path, file->reader.number);
}

/* The rest of the line as arguments, each with a newline behind it, which is no more than that. */
static int take_arguments(struct loading *loading, const struct file *file, char *line,
			  char text[static PAMSTACK_LINE_MAX + 1])
{
	size_t used = 0;
	bool bracket;
	char *word;
	int r;

	while ((word = pamstack_word(&line, &bracket, &r))) {
		size_t length = strlen(word);

		if (r < 0)
			return trouble_here(loading, file, PAMSTACK_BRACKET);
		memcpy(text + used, word, length);
		used += length;
		text[used++] = '\n';
	}
	text[used] = '\0';
	return 0;
}

/* NULL with *ret set: full. */
static struct pamstack_element *add(struct loading *loading, const struct file *file,
				    enum pamstack_type type, int *ret)
{
	struct pamstack_chain *chain = &loading->stack->chains[type];
	struct pamstack_element *element = &chain->list[chain->count];

	if (chain->count == PAMSTACK_ELEMENTS_MAX) {
		*ret = trouble_here(loading, file, PAMSTACK_MANY);
		return NULL;
	}
	memset(element, 0, sizeof(*element));
	snprintf(element->place, sizeof(element->place), "%s:%u", file->path, file->reader.number);
	element->level = file->level;
	chain->count++;
	return element;
}

static int add_module(struct loading *loading, const struct file *file, enum pamstack_type type,
		      const int16_t actions[static PAMSTACK_CODES], const char *module, char *line)
{
	struct pamstack_element *element;
	char arguments[PAMSTACK_LINE_MAX + 1];
	int r;

	r = take_arguments(loading, file, line, arguments);
	if (r < 0 || type >= PAMSTACK_KEPT)
		return r;
	element = add(loading, file, type, &r);
	if (!element)
		return r;
	memcpy(element->actions, actions, sizeof(element->actions));
	element->arguments = strdup(arguments);
	element->module = strdup(module);
	return element->arguments && element->module ? 0 : -ENOMEM;
}

static int include(struct loading *loading, const struct file *file, enum pamstack_type type,
		   bool substack, const char *name)
{
	struct file inner = *file;
	int r = 0;

	if (substack && type < PAMSTACK_KEPT && !add(loading, file, type, &r))
		return r;
	inner.only = type;
	inner.level = (uint8_t)(file->level + substack);
	inner.depth = file->depth + 1;
	if (inner.depth >= PAMSTACK_DEPTH_MAX || inner.level >= PAMSTACK_DEPTH_MAX)
		return trouble_here(loading, file, PAMSTACK_DEEP);
	r = load_name(loading, name, &inner);
	return r == -ENOENT ? trouble_here(loading, file, PAMSTACK_INCLUDE) : r;
}

static int find_type(const char *word)
{
	word += word[0] == '-'; /* nothing is logged if the module is not there; it fails as ever */
	for (size_t i = 0; i < ARRAY_SIZE(type_words); i++)
		if (strcasecmp(type_words[i], word) == 0)
			return (int)i;
	return -EINVAL;
}

/* What comes after the type. */
static int take_rest(struct loading *loading, const struct file *file, enum pamstack_type type,
		     char *line)
{
	int16_t actions[PAMSTACK_CODES] = {};
	bool is_include = false, is_substack = false, bracket;
	char *word;
	int r;

	word = pamstack_word(&line, &bracket, &r);
	if (!word || r < 0)
		return trouble_here(loading, file, word ? PAMSTACK_BRACKET : PAMSTACK_CONTROL);
	if (!bracket) {
		is_substack = strcasecmp(word, "substack") == 0;
		is_include = is_substack || strcasecmp(word, "include") == 0;
	}
	if (!is_include)
		r = bracket ? pamstack_bracket(word, actions) : pamstack_control(word, actions);
	if (r < 0)
		return trouble_here(loading, file, PAMSTACK_CONTROL);
	word = pamstack_word(&line, &bracket, &r);
	if (!word || r < 0 || bracket)
		return trouble_here(loading, file, PAMSTACK_MODULE);
	return is_include ? include(loading, file, type, is_substack, word)
			  : add_module(loading, file, type, actions, word, line);
}

static int take_line(struct loading *loading, const struct file *file, char *line)
{
	bool bracket;
	char *word;
	int type, r;

	word = pamstack_word(&line, &bracket, &r);
	if (loading->service && word) {
		if (strcasecmp(word, loading->service) != 0)
			return 0;
		word = pamstack_word(&line, &bracket, &r);
	}
	if (!word || bracket || r < 0)
		return trouble_here(loading, file, PAMSTACK_TYPE);
	if (strcasecmp(word, "@include") == 0) {
		word = pamstack_word(&line, &bracket, &r);
		if (!word || bracket || r < 0)
			return trouble_here(loading, file, PAMSTACK_MODULE);
		return include(loading, file, file->only, false, word);
	}
	type = find_type(word);
	if (type < 0)
		return trouble_here(loading, file, PAMSTACK_TYPE);
	if (file->only != PAMSTACK_ANY && file->only != (enum pamstack_type)type)
		return 0;
	return take_rest(loading, file, (enum pamstack_type)type, line);
}

static int load_text(struct loading *loading, struct file *file)
{
	char line[PAMSTACK_LINE_MAX];
	enum pamstack_reason reason;
	int r;

	while ((r = pamstack_read_line(&file->reader, line, &reason)) > 0) {
		r = take_line(loading, file, line);
		if (r < 0)
			return r;
	}
	return r < 0 ? trouble_here(loading, file, reason) : 0;
}

/* -ENOENT: it is not there. */
static int load_path(struct loading *loading, const char *path, const struct file *from)
{
	_cleanup_free_ char *text = NULL;
	struct file file = *from;
	size_t length;
	int r;

	if (++loading->files > PAMSTACK_FILES_MAX)
		return trouble(loading, PAMSTACK_MANY, path, 0);
	r = loading->source->read(loading->source->user, path, &text, &length);
	if (r == -ENOENT || r == -ENOMEM)
		return r;
	if (r < 0)
		return trouble(loading, r == -EPERM ? PAMSTACK_WRITABLE : PAMSTACK_UNREADABLE, path,
			       0);
	file.path = path;
	file.reader = (struct pamstack_reader){.at = text, .end = text + length};
	return load_text(loading, &file);
}

static int load_name(struct loading *loading, const char *name, const struct file *from)
{
	static const char *const folders[] = {PAMSTACK_DIRECTORY, PAMSTACK_VENDOR};
	int r = -ENOENT;

	/* What a line of pam.conf includes is a file without names of services. */
	struct loading inner = *loading;

	inner.service = NULL;
	if (name[0] == '/')
		r = load_path(&inner, name, from);
	for (size_t i = 0; i < ARRAY_SIZE(folders) && r == -ENOENT && name[0] != '/'; i++) {
		char path[PAMSTACK_LINE_MAX + 32];

		snprintf(path, sizeof(path), "%s/%s", folders[i], name);
		r = load_path(&inner, path, from);
	}
	loading->files = inner.files;
	return r;
}

static int load_service(const struct pamstack_source *source, const char *service,
			struct pamstack *stack, struct pamstack_trouble *ret_trouble)
{
	const struct file top = {.only = PAMSTACK_ANY};
	struct loading loading = {.source = source, .stack = stack, .trouble = ret_trouble};
	int r;

	if (source->single) {
		loading.service = service;
		r = load_path(&loading, PAMSTACK_SINGLE, &top);
	} else {
		r = load_name(&loading, service, &top);
	}
	return r == -ENOENT ? 0 : r;
}

/* libpam reads "other" in any case, and refuses everything if it can't. */
int pamstack_load(const struct pamstack_source *source, const char *service, struct pamstack *stack,
		  struct pamstack_trouble *ret_trouble)
{
	struct pamstack other = {};
	int r;

	memset(stack, 0, sizeof(*stack));
	r = load_service(source, service, stack, ret_trouble);
	if (r == 0)
		r = load_service(source, PAMSTACK_OTHER, &other, ret_trouble);
	for (size_t i = 0; r == 0 && i < PAMSTACK_KEPT; i++) {
		if (stack->chains[i].count > 0)
			continue;
		stack->chains[i] = other.chains[i];
		other.chains[i].count = 0;
	}
	pamstack_free(&other);
	return r;
}

void pamstack_free(struct pamstack *stack)
{
	for (size_t i = 0; i < PAMSTACK_KEPT; i++) {
		for (size_t j = 0; j < stack->chains[i].count; j++) {
			free(stack->chains[i].list[j].module);
			free(stack->chains[i].list[j].arguments);
		}
		stack->chains[i].count = 0;
	}
}
