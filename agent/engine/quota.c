#include "quota.h"

bool quota_has(const struct quota *quota, int64_t now)
{
	return quota->max == 0 || quota->taken < quota->max || now >= quota_over(quota);
}

bool quota_take(struct quota *quota, int64_t now)
{
	if (!quota_has(quota, now))
		return false;
	if (quota->taken == 0 || now >= quota_over(quota)) {
		quota->began = now;
		quota->taken = 0;
	}
	quota->taken++;
	return true;
}

int64_t quota_over(const struct quota *quota)
{
	return quota->began + quota->within_ms;
}
