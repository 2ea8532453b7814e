#include "reply.h"

#include "collectors.h"

#include "cleanup.h"

/* The first row that fits counts. */
static const struct {
	long first, last;
	enum reply reply;
} rows[] = {
	{200, 299, REPLY_TAKEN},   {408, 408, REPLY_LATER}, /* Request Timeout */
	{429, 429, REPLY_LATER}, /* Too Many Requests */
	{400, 499, REPLY_REFUSED}, {500, 599, REPLY_LATER},
};

enum reply reply_judge(long status)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (status >= rows[i].first && status <= rows[i].last)
			return rows[i].reply;
	return REPLY_WRONG;
}

int64_t reply_wait_ms(int64_t seconds)
{
	if (seconds <= 0)
		return 0;
	return 1000 * (seconds < COLLECTORS_RETRY_MAX ? seconds : COLLECTORS_RETRY_MAX);
}
