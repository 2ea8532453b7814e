#include "ending.h"

#include "cleanup.h"

static const int signals[ENDING_SIGNALS] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
	caught = number;
}

void ending_hold(struct ending *ending)
{
	/* Without SA_RESTART: what waits must end. */
	const struct sigaction catch = {.sa_handler = on_signal};

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &catch, &ending->before[i]);
}

bool ending_came(void)
{
	return caught != 0;
}

void ending_release(const struct ending *ending)
{
	int number;

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &ending->before[i], NULL);
	number = caught;
	caught = 0;
	/* Within another stretch this tells that one. */
	if (number != 0)
		raise(number);
}
