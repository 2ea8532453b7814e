#include "letters.h"

#include "jitter.h"

#include "cleanup.h"
#include "file.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NAME_SIZE    32
#define TOLD_TROUBLE 1000 /* what .told says: enum trouble, a status of HTTP, */
#define TOLD_ERROR   (-1000) /* or -errno */

static const char *const suffixes[LETTERS_KIND_COUNT] = {
	[LETTERS_RECEIPT] = "receipt",
	[LETTERS_RESEND] = "resend",
	[LETTERS_REVOKED] = "revoked",
};

#define LIST_FILE "revoked" /* in the run directory */

/* Why a letter is not taken, and whether that is so whenever it comes again. */
static const struct refusal {
	int error;
	bool final;
	const char *words;
} refusals[] = {
	{-EKEYREJECTED, true,
	 "refused: not signed by the collector; see what its web server gives"},
	{-EBADMSG, true, "refused: signed by the collector, but not such a letter of this version"},
	{-EMSGSIZE, true, "refused: not a text"},
	{-EXDEV, true, "refused: for another journal"},
	{-ESTALE, true, "refused: an older list than the one here; see what its web server gives"},
	{-EUCLEAN, true,
	 "ALARM: this journal is not what the collector verified; nothing is dropped; see "
	 "store.mismatch in 'sekisho events'"},
	{-ENODATA, true, "the events that are asked for are not in the journal"},
	{-EAGAIN, false, "sekishod does not answer; see 'systemctl status sekishod'"},
	{-EBUSY, false, "sekishod was given too many letters in this hour"},
	{-EINVAL, false, "collector.conf has to say whose signature counts: Name, Authority"},
};

static const struct refusal *find_refusal(int error)
{
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		if (refusals[i].error == error)
			return &refusals[i];
	return NULL;
}

void letters_begin(struct letters *letters, const struct collectors *collectors,
		   const struct source *source, int state, const char *control, const char *run,
		   int64_t now)
{
	*letters = (struct letters){
		.collectors = *collectors,
		.source = source,
		.control = control,
		.run = run,
		.due_at = INT64_MAX,
	};
	keeping_begin(&letters->keeping, source->directory, state);
	letters->recall =
		(struct recall){&letters->collectors, source->directory, state, &letters->keeping};
	if (collectors->letters[0] == '\0')
		return;
	request_prepare();
	letters->due_at = now + jitter(collectors->letters_within);
}

void letters_end(struct letters *letters)
{
	if (letters->asking)
		request_end(&letters->request);
	letters->asking = false;
}

size_t letters_watch(const struct letters *letters, struct pollfd fds[static DRIVER_FDS])
{
	return letters->asking ? request_watch(&letters->request, fds) : 0;
}

int64_t letters_due(const struct letters *letters)
{
	return letters->asking ? request_due(&letters->request) : letters->due_at;
}

/* The list is the same for all. */
static void format_name(const struct letters *letters, char name[static NAME_SIZE])
{
	const char *suffix = suffixes[letters->kind];

	if (letters->kind == LETTERS_REVOKED)
		snprintf(name, NAME_SIZE, "%s", suffix);
	else
		snprintf(name, NAME_SIZE, "%.8s.%s", letters->header.epoch, suffix);
}

/* What was told is not told again, however its words change. */
static void tell(struct letters *letters, long what, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void tell(struct letters *letters, long what, const char *format, ...)
{
	struct letters_state *state = &letters->states[letters->kind];
	char words[REQUEST_ERROR_MAX], name[NAME_SIZE];
	va_list arguments;

	va_start(arguments, format);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start is the line before */
	vsnprintf(words, sizeof(words), format, arguments);
	va_end(arguments);
	format_name(letters, name);
	snprintf(state->error, sizeof(state->error), "%s%s: %s", letters->collectors.letters, name,
		 words);
	if (state->told != what)
		fprintf(stderr, "%s\n", state->error);
	state->told = what;
}

static void be_well(struct letters *letters)
{
	letters->states[letters->kind].told = 0;
	letters->states[letters->kind].error[0] = '\0';
}

const char *letters_error(const struct letters *letters)
{
	for (size_t i = 0; i < LETTERS_KIND_COUNT; i++)
		if (letters->states[i].told != 0)
			return letters->states[i].error;
	return "";
}

/* The engine's answer, or -errno if there was none. */
static int hand_over(const struct letters *letters, const char *verb, const char *argument)
{
	const int64_t deadline = wire_now() + LETTERS_ENGINE_MS;
	struct control_request request = {};
	_cleanup_close_ int fd = -1;
	struct control_end end = {};
	int r = wire_connect(letters->control, deadline, &fd);

	snprintf(request.verb, sizeof(request.verb), "%s", verb);
	memcpy(request.argument, argument, strlen(argument) + 1);
	if (r == 0)
		r = wire_send(fd, &control_request_layout, &request, deadline);
	if (r == 0)
		r = wire_receive(fd, &control_end_layout, &end, deadline);
	return r < 0 ? -EAGAIN : -(int)end.error;
}

/* It is no packet's: the engine reads it from a file, and judges it as a receipt. */
static int leave_list(const struct letters *letters)
{
	_cleanup_close_ int run = open(letters->run, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = run < 0 ? -errno
			: file_write_atomic(run, LIST_FILE, letters->text, strlen(letters->text),
					    0644);

	return r < 0 ? r : hand_over(letters, "revoked", "fetched");
}

/* The engine's, which also says whether the journal is what was verified; then ours. */
static int judge_receipt(struct letters *letters, const struct acknowledged *acknowledged)
{
	const struct collectors *collectors = &letters->collectors;
	struct receipt receipt;
	int r = hand_over(letters, "receipt", letters->text);

	if (r >= 0 && receipt_verify(letters->text, strlen(letters->text), collectors->authority,
				     collectors_signer(collectors), &receipt) == 0)
		keeping_receipt(&letters->keeping, &receipt, acknowledged);
	return r;
}

/* 1: events are to be sent again. */
static int judge(struct letters *letters, const struct acknowledged *acknowledged,
		 struct acknowledged *ret_position)
{
	if (strlen(letters->text) != letters->request.answer_total)
		return -EMSGSIZE;
	if (letters->kind == LETTERS_REVOKED)
		return leave_list(letters);
	if (letters->kind == LETTERS_RECEIPT)
		return judge_receipt(letters, acknowledged);
	return recall_take(&letters->recall, &letters->header, acknowledged, letters->text,
			   ret_position);
}

static void settle(struct letters *letters, const uint8_t hash[static JOURNAL_HASH_SIZE],
		   int result)
{
	struct letters_state *state = &letters->states[letters->kind];
	const struct refusal *refusal = find_refusal(result);

	if (result >= 0)
		be_well(letters);
	else if (refusal)
		tell(letters, TOLD_ERROR + result, "%s", refusal->words);
	else
		tell(letters, TOLD_ERROR + result, "it can't be judged: %s", strerror(-result));
	if (result < 0 && !(refusal && refusal->final))
		return;
	memcpy(state->settled, hash, sizeof(state->settled));
	state->result = result < 0 ? result : 0;
}

static bool take(struct letters *letters, const struct acknowledged *acknowledged,
		 struct acknowledged *ret_position)
{
	const struct letters_state *state = &letters->states[letters->kind];
	uint8_t hash[JOURNAL_HASH_SIZE];
	int r = state->result;

	letters->text[letters->request.answer_total] = '\0';
	journal_hash(letters->text, letters->request.answer_total, hash);
	if (memcmp(hash, state->settled, sizeof(hash)) != 0)
		r = judge(letters, acknowledged, ret_position);
	settle(letters, hash, r);
	return r == 1;
}

/* Of a server that knows our letters: it has none for us. One that knows of none says 404. */
#define NOTHING 204

static bool take_answer(struct letters *letters, const struct acknowledged *acknowledged,
			struct acknowledged *ret_position)
{
	const long status = letters->request.status;

	if (status == 200)
		return take(letters, acknowledged, ret_position);
	if (status == NOTHING)
		be_well(letters);
	else if (status == 404)
		tell(letters, status,
		     "the web server answered 404: it knows of no such letter; see LettersFrom in "
		     "collector.conf, and whether it has sekisho-letters.conf as of this version");
	else if (status == 500)
		tell(letters, status,
		     "the web server answered 500, as sekisho-letters.conf does where the "
		     "directory of letters is missing or not for it to read; see "
		     "sekisho-collector(8)");
	else
		tell(letters, status, "the web server answered %ld", status);
	return false;
}

/* A packet holds no more of the others. */
static size_t max_of(enum letters_kind kind)
{
	return kind == LETTERS_REVOKED ? SIGNED_FILE_MAX : PROTOCOL_LETTER_MAX;
}

static int ask(struct letters *letters)
{
	struct collectors *collectors = &letters->collectors;
	const struct collector *server = &collectors->letters_server;
	char name[NAME_SIZE];
	int length, r = source_identity(letters->source, &letters->header);

	if (r < 0)
		return r;
	format_name(letters, name);
	length = snprintf(collectors->path, sizeof(collectors->path), "%s%s",
			  collectors->letters_path, name);
	if ((size_t)length >= sizeof(collectors->path))
		return -ENAMETOOLONG;
	letters->asking = true;
	r = request_begin(&letters->request, collectors, server,
			  collectors_name(collectors, server), 1000 * (int64_t)collectors->answer);
	if (r == 0)
		r = request_fetch(&letters->request, letters->text, max_of(letters->kind) - 1);
	return r;
}

/* The next kind, or all of them again in a while. */
static void go_on(struct letters *letters, int64_t now)
{
	letters_end(letters);
	letters->due_at = now;
	if (++letters->kind < LETTERS_KIND_COUNT)
		return;
	letters->kind = 0;
	letters->due_at += jitter(letters->collectors.letters_within);
}

/* The server that does not give one letter does not give the other, unless it gave too much. */
static void give_up(struct letters *letters, int error, int64_t now)
{
	const struct request *request = &letters->request;

	if (letters->asking)
		tell(letters, TOLD_TROUBLE + request->trouble, "%s", request->error);
	if (error != -EPROTO)
		letters->kind = LETTERS_KIND_COUNT - 1;
	go_on(letters, now);
}

bool letters_work(struct letters *letters, const struct acknowledged *acknowledged, int64_t now,
		  struct acknowledged *ret_position)
{
	bool found = false;
	int r = 0;

	letters->dated = false;
	if (letters->asking)
		r = request_work(&letters->request);
	else if (now >= letters->due_at)
		r = ask(letters);
	if (r > 0) {
		letters->dated = letters->request.date > 0;
		letters->ahead = letters->request.date - time(NULL);
		found = take_answer(letters, acknowledged, ret_position);
		go_on(letters, now);
	} else if (r < 0) {
		give_up(letters, r, now);
	}
	return found;
}
