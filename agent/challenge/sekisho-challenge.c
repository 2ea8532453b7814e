/* sekisho-challenge: shows a code on the text console and waits until it is typed on the one
 * keyboard whose descriptor it was handed. Started by systemd for one connection of sekishod, as
 * nobody in particular; what the keyboard sends is read here and nowhere else. */
#include "keyboard.h"

#include "cleanup.h"
#include "parcel.h"
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>

#define SECONDS_MAX 600
#define TRIES_MAX   10

static bool is_right(const struct challenge_task *task)
{
	for (size_t i = 0; i < sizeof(task->code); i++)
		if (task->code[i] < '0' || task->code[i] > '9')
			return false;
	return task->version == CHALLENGE_VERSION && task->port[sizeof(task->port) - 1] == '\0' &&
	       task->seconds > 0 && task->seconds <= SECONDS_MAX && task->tries > 0 &&
	       task->tries <= TRIES_MAX && task->packet >= CHALLENGE_PACKET_MIN &&
	       task->packet <= CHALLENGE_PACKET_MAX;
}

/* In English, for a console has no locale and draws no kanji. Where a desktop is in front nobody
 * sees it: sekisho-notify shows the code there. */
static void show(const struct challenge_task *task)
{
	printf("\r\n[Sekisho] A new keyboard at %s: to use it, type %.*s on it within %u seconds. "
	       "If you plugged in none, pull it out.\r\n",
	       task->port, CHALLENGE_DIGITS, task->code, task->seconds);
	fflush(stdout);
}

/* Lost where nobody reads the console, such as after Ctrl-S. @number: 0 for none. */
static void say(const struct challenge_task *task, const char *what, unsigned int number)
{
	printf("[Sekisho] The keyboard at %s: %s", task->port, what);
	if (number > 0)
		printf(" %u", number);
	printf(".\r\n");
	fflush(stdout);
}

static void ask(int usb, const struct challenge_task *task, struct challenge_result *result)
{
	int64_t deadline = wire_now() + (int64_t)task->seconds * 1000;
	enum answer_state state = ANSWER_MORE;
	struct answer answer;
	int r;

	answer_begin(&answer, task->code, task->tries);
	keyboard_speak(usb, task->interface, true);
	do {
		r = keyboard_read(usb, task->endpoint, task->packet, &answer, STDIN_FILENO,
				  deadline, &state);
		if (r == 0 && state == ANSWER_AGAIN)
			say(task, "another code; tries left", answer.tries);
	} while (r == 0 && state == ANSWER_AGAIN);
	if (r == 0 && state == ANSWER_RIGHT) {
		keyboard_speak(usb, task->interface, false);
		result->outcome = CHALLENGE_PASSED;
	} else if (r == 0 && state == ANSWER_WRONG) {
		result->outcome = CHALLENGE_WRONG;
	} else if (r == -ETIMEDOUT) {
		result->outcome = CHALLENGE_EXPIRED;
	} else {
		result->error = r;
	}
}

int main(void)
{
	struct challenge_result result = {CHALLENGE_VERSION, CHALLENGE_BROKEN, 0};
	struct challenge_task task = {};
	_cleanup_close_ int usb = -1;
	int r;

	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return 1;
	r = parcel_receive(STDIN_FILENO, &task, sizeof(task), &usb, 0);
	if (r < 0 || usb < 0 || !is_right(&task)) {
		fputs("sekisho-challenge: started by sekishod only\n", stderr);
		return 1;
	}
	fcntl(STDOUT_FILENO, F_SETFL, O_WRONLY | O_NONBLOCK);
	show(&task);
	ask(usb, &task, &result);
	/* Let go of before it is told, so that usbhid can take it. */
	close(steal_fd(&usb));
	r = parcel_send(STDIN_FILENO, &result, sizeof(result), -1, 0);
	say(&task, result.outcome == CHALLENGE_PASSED ? "it may be used" : "it stays closed", 0);
	return r < 0;
}
