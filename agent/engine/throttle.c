#include "throttle.h"

#include <stdio.h>
#include <string.h>

static struct throttle_port *find(struct throttle *throttle, const char *name)
{
	struct throttle_port *port = &throttle->ports[0];

	for (size_t i = 0; i < throttle->n_ports; i++)
		if (strcmp(throttle->ports[i].name, name) == 0)
			return &throttle->ports[i];
	if (throttle->n_ports < THROTTLE_PORTS)
		port = &throttle->ports[throttle->n_ports++];
	else
		for (size_t i = 1; i < THROTTLE_PORTS; i++)
			if (throttle->ports[i].quota.began < port->quota.began)
				port = &throttle->ports[i];
	/* What was not told of a forgotten port is told with the next event of this one. */
	*port = (struct throttle_port){
		.quota = {.max = THROTTLE_EVENTS, .within_ms = THROTTLE_WINDOW_MS},
		.suppressed = port->suppressed};
	snprintf(port->name, sizeof(port->name), "%s", name);
	return port;
}

static bool take(struct throttle_port *port, int64_t now)
{
	if (!quota_take(&port->quota, now))
		return false;
	if (port->quota.taken == 1)
		port->n_devices = 0;
	return true;
}

static bool end(struct throttle_port *port, bool allowed, uint64_t *ret_suppressed)
{
	if (!allowed) {
		port->suppressed++;
		return false;
	}
	*ret_suppressed = port->suppressed;
	port->suppressed = 0;
	return true;
}

bool throttle_allow(struct throttle *throttle, const char *name, int64_t now,
		    uint64_t *ret_suppressed)
{
	struct throttle_port *port = find(throttle, name);

	return end(port, take(port, now), ret_suppressed);
}

static bool is_known(const struct throttle_port *port,
		     const uint8_t identity[static FACTS_IDENTITY_SIZE])
{
	for (size_t i = 0; i < port->n_devices && i < THROTTLE_DEVICES; i++)
		if (memcmp(port->devices[i], identity, FACTS_IDENTITY_SIZE) == 0)
			return true;
	return false;
}

bool throttle_allow_device(struct throttle *throttle, const struct device_facts *device,
			   int64_t now, uint64_t *ret_suppressed)
{
	struct throttle_port *port = find(throttle, device->name);
	uint8_t identity[FACTS_IDENTITY_SIZE];
	bool allowed = take(port, now), known;

	facts_identify(device, identity);
	known = is_known(port, identity);
	throttle->others.max = THROTTLE_OTHERS;
	throttle->others.within_ms = THROTTLE_WINDOW_MS;
	if (!allowed && !known)
		allowed = quota_take(&throttle->others, now);
	if (allowed && !known)
		memcpy(port->devices[port->n_devices++ % THROTTLE_DEVICES], identity,
		       sizeof(identity));
	return end(port, allowed, ret_suppressed);
}

bool throttle_would_allow(const struct throttle *throttle, const char *name, int64_t now)
{
	for (size_t i = 0; i < throttle->n_ports; i++)
		if (strcmp(throttle->ports[i].name, name) == 0)
			return quota_has(&throttle->ports[i].quota, now);
	return true;
}

const char *throttle_due(const struct throttle *throttle, int64_t now)
{
	for (size_t i = 0; i < throttle->n_ports; i++)
		if (throttle->ports[i].suppressed > 0 &&
		    now >= quota_over(&throttle->ports[i].quota))
			return throttle->ports[i].name;
	return NULL;
}

uint64_t throttle_take(struct throttle *throttle)
{
	uint64_t suppressed = 0;

	for (size_t i = 0; i < throttle->n_ports; i++) {
		suppressed += throttle->ports[i].suppressed;
		throttle->ports[i].suppressed = 0;
	}
	return suppressed;
}

int64_t throttle_deadline(const struct throttle *throttle)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < throttle->n_ports; i++)
		if (throttle->ports[i].suppressed > 0 &&
		    quota_over(&throttle->ports[i].quota) < next)
			next = quota_over(&throttle->ports[i].quota);
	return next;
}
