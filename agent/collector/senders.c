#include "senders.h"

#include <arpa/inet.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(SENDERS_NAME_SIZE >= INET6_ADDRSTRLEN, "every address fits");

static void name_sender(const struct journal_span *address, char name[static SENDERS_NAME_SIZE])
{
	/* "fe80::1%eth0" */
	const char *zone = address->length ? memchr(address->bytes, '%', address->length) : NULL;
	size_t length = zone ? (size_t)(zone - address->bytes) : address->length;
	struct in6_addr number;

	memset(name, 0, SENDERS_NAME_SIZE);
	if (length == 0 || length >= SENDERS_NAME_SIZE)
		return;
	memcpy(name, address->bytes, length);
	if (inet_pton(AF_INET6, name, &number) != 1 || IN6_IS_ADDR_V4MAPPED(&number))
		return;
	memset(number.s6_addr + 8, 0, 8);
	memset(name, 0, SENDERS_NAME_SIZE);
	inet_ntop(AF_INET6, &number, name, SENDERS_NAME_SIZE);
}

static int by_name(const void *left, const void *right)
{
	const struct sender *one = left, *other = right;

	return strcmp(one->name, other->name);
}

struct sender *senders_find(struct senders *senders, const struct journal_span *address)
{
	struct sender wanted = {}, *sender;
	void **place;

	name_sender(address, wanted.name);
	place = tfind(&wanted, &senders->tree, by_name);
	if (place)
		return *place;
	sender = malloc(sizeof(*sender));
	if (!sender)
		return NULL;
	*sender = wanted;
	if (!tsearch(sender, &senders->tree, by_name)) {
		free(sender);
		return NULL;
	}
	return sender;
}

void senders_release(struct senders *senders)
{
	tdestroy(senders->tree, free);
	senders->tree = NULL;
}
