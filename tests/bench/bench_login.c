/* bench_login SERVICE USER SECRET [MS]: authenticates once through PAM, as login(1) would on the
 * first text console, answering every question with SECRET, as somebody who takes MS milliseconds
 * to type it; none given: 0. Prints the milliseconds from the start of PAM to its answer, without
 * the typing, and how many questions were asked. Status 1 unless PAM says success. */
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct person {
	const char *secret;
	double typing; /* ms a question */
	double typed; /* ms in all */
	int questions;
};

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void type(struct person *person)
{
	const long long ns = (long long)(person->typing * 1e6);
	const struct timespec pause = {ns / 1000000000, ns % 1000000000};
	const double began = now_ms();

	if (ns > 0)
		nanosleep(&pause, NULL);
	person->typed += now_ms() - began;
	person->questions++;
}

static int converse(int count, const struct pam_message **messages, struct pam_response **answers,
		    void *user)
{
	struct person *person = user;
	struct pam_response *list = calloc((size_t)count, sizeof(*list));

	if (!list)
		return PAM_BUF_ERR;
	for (int i = 0; i < count; i++) {
		if (messages[i]->msg_style != PAM_PROMPT_ECHO_OFF &&
		    messages[i]->msg_style != PAM_PROMPT_ECHO_ON)
			continue;
		list[i].resp = strdup(person->secret);
		type(person);
	}
	*answers = list;
	return PAM_SUCCESS;
}

int main(int argc, char **argv)
{
	struct person person = {
		.secret = argc > 3 ? argv[3] : NULL,
		.typing = argc > 4 ? atof(argv[4]) : 0,
	};
	struct pam_conv conversation = {converse, &person};
	pam_handle_t *handle;
	double began, ended;
	int r;

	if (argc < 4 || argc > 5)
		return 2;
	began = now_ms();
	r = pam_start(argv[1], argv[2], &conversation, &handle);
	if (r == PAM_SUCCESS)
		r = pam_set_item(handle, PAM_TTY, "/dev/tty1");
	if (r == PAM_SUCCESS)
		r = pam_authenticate(handle, 0);
	ended = now_ms();
	if (r != PAM_SUCCESS) {
		fprintf(stderr, "%s, %s: %s\n", argv[1], argv[2], pam_strerror(handle, r));
		return 1;
	}
	printf("%.3f %d\n", ended - began - person.typed, person.questions);
	/* Not at the end alone: bench_where.py counts back from this write. */
	fflush(stdout);
	pam_end(handle, r);
	return 0;
}
