#include "device.h"

#include "ctap.h"
#include "misbehave.h"

#include <errno.h>
#include <string.h>

static void send_report(void *context, const uint8_t *report)
{
	struct device *device = context;

	device->transport.kind->send(&device->transport, report);
}

static void send_result(struct device *device, const struct ctaphid_result *result)
{
	ctaphid_send(result->channel, result->command, result->answer, result->length, SIZE_MAX,
		     send_report, device);
}

static bool signs(const struct device *device)
{
	return device->hid.command == CTAPHID_CBOR && device->hid.length > 0 &&
	       (device->hid.bytes[0] == CTAP_GET_ASSERTION ||
		device->hid.bytes[0] == CTAP_GET_NEXT_ASSERTION ||
		device->hid.bytes[0] == CTAP_MAKE_CREDENTIAL);
}

static bool misbehaving(const struct device *device, enum misbehaviour misbehaviour)
{
	return misbehaves(device->authenticator.misbehaviours, misbehaviour);
}

static void answer(struct device *device, uint8_t command, const uint8_t *bytes, size_t length)
{
	size_t max = SIZE_MAX;

	if (signs(device) && misbehaving(device, MISBEHAVE_TRUNCATED_FRAMES))
		max = 1;
	ctaphid_send(device->hid.channel, command, bytes, length, max, send_report, device);
	device_drop(device);
}

static void answer_error(struct device *device, uint8_t error)
{
	answer(device, CTAPHID_ERROR, &error, 1);
}

static void answer_status(struct device *device, uint8_t status)
{
	answer(device, CTAPHID_CBOR, &status, 1);
}

void device_drop(struct device *device)
{
	ctaphid_done(&device->hid);
	device->waiting = false;
}

static void keepalive(struct device *device, uint64_t now_ms)
{
	const uint8_t status = CTAPHID_STATUS_UPNEEDED;

	ctaphid_send(device->hid.channel, CTAPHID_KEEPALIVE, &status, 1, 1, send_report, device);
	device->keepalive_ms = now_ms + KEEPALIVE_MS;
}

static void execute(struct device *device, bool touched, uint64_t now_ms)
{
	uint8_t message[CTAPHID_MAX];
	struct call *call = &device->call;
	int status;

	call->now_ms = now_ms;
	call->touched = touched;
	status = authenticator_execute(&device->authenticator, device->hid.bytes,
				       device->hid.length, call);
	if (status == CTAP_WAIT_TOUCH) {
		device->waiting = true;
		device->waiting_since_ms = now_ms;
		keepalive(device, now_ms);
		if (signs(device) && misbehaving(device, MISBEHAVE_UNPLUG_MIDWAY))
			device_unplug(device);
		else if (device->touch == TOUCH_AUTO)
			device_touch(device, now_ms);
		return;
	}
	if (call->reply.length > sizeof(message) - 1)
		status = CTAP_OTHER;
	message[0] = (uint8_t)status;
	if (status != CTAP_OK) {
		answer(device, CTAPHID_CBOR, message, 1);
		return;
	}
	memcpy(message + 1, call->reply.bytes, call->reply.length);
	answer(device, CTAPHID_CBOR, message, call->reply.length + 1);
}

static void message(struct device *device, uint64_t now_ms)
{
	const struct ctaphid *hid = &device->hid;

	switch (hid->command) {
	case CTAPHID_PING:
		answer(device, CTAPHID_PING, hid->bytes, hid->length);
		break;
	case CTAPHID_WINK:
		device->winks++;
		answer(device, CTAPHID_WINK, NULL, 0);
		break;
	case CTAPHID_CBOR:
		device->commands++;
		/* Stalled, the message stays under way until it is dropped. */
		if (misbehaving(device, MISBEHAVE_STALL_INFO) ||
		    (device->signed_before && misbehaving(device, MISBEHAVE_STALL_BEHIND)) ||
		    (signs(device) && misbehaving(device, MISBEHAVE_STALL)))
			break;
		device->signed_before = signs(device);
		execute(device, false, now_ms);
		break;
	default:
		answer_error(device, CTAPHID_ERR_INVALID_CMD);
		break;
	}
}

int device_receive(struct device *device, uint64_t now_ms)
{
	uint8_t report[REPORT_SIZE];
	struct ctaphid_result result;
	int r;

	r = device->transport.kind->receive(&device->transport, report);
	if (r <= 0)
		return r;
	if (misbehaving(device, MISBEHAVE_STALL_INIT))
		return 0;
	ctaphid_receive(&device->hid, report, now_ms, &result);
	if (result.dropped)
		device->waiting = false;
	switch (result.event) {
	case CTAPHID_NOTHING:
		break;
	case CTAPHID_ANSWER:
		send_result(device, &result);
		break;
	case CTAPHID_MESSAGE:
		message(device, now_ms);
		break;
	case CTAPHID_CANCELLED:
		if (device->waiting)
			answer_status(device, CTAP_KEEPALIVE_CANCEL);
		break;
	}
	return 0;
}

int device_touch(struct device *device, uint64_t now_ms)
{
	if (!device->waiting)
		return -ENOENT;
	device->waiting = false;
	device->touches++;
	execute(device, true, now_ms);
	return 0;
}

/* When the touch comes by itself; false if it does not. */
static bool touch_due(const struct device *device, uint64_t *ret_ms)
{
	if (device->touch == TOUCH_COMMAND || device->touch == TOUCH_NEVER)
		return false;
	*ret_ms = device->waiting_since_ms;
	if (device->touch == TOUCH_AFTER)
		*ret_ms += device->touch_ms;
	return true;
}

void device_tick(struct device *device, uint64_t now_ms)
{
	struct ctaphid_result result;
	uint64_t due;

	ctaphid_expire(&device->hid, now_ms, &result);
	if (result.event == CTAPHID_ANSWER)
		send_result(device, &result);
	if (!device->waiting)
		return;
	if (touch_due(device, &due) && now_ms >= due)
		device_touch(device, now_ms);
	else if (now_ms - device->waiting_since_ms >= device->settings->touch_timeout_ms)
		answer_status(device, CTAP_USER_ACTION_TIMEOUT);
	else if (now_ms >= device->keepalive_ms)
		keepalive(device, now_ms);
}

int device_timeout(const struct device *device, uint64_t now_ms)
{
	uint64_t due;
	uint64_t touch;

	if (device->waiting) {
		due = device->waiting_since_ms + device->settings->touch_timeout_ms;
		if (device->keepalive_ms < due)
			due = device->keepalive_ms;
		if (touch_due(device, &touch) && touch < due)
			due = touch;
	} else if (device->hid.receiving) {
		due = device->hid.since_ms + CTAPHID_PART_MS;
	} else {
		return -1;
	}
	return due > now_ms ? (int)(due - now_ms) : 0;
}

void device_unplug(struct device *device)
{
	device_drop(device);
	device->transport.kind->unplug(&device->transport);
}

int device_plug(struct device *device, uint64_t now_ms)
{
	int r;

	if (device->transport.fd >= 0)
		return -EALREADY;
	device->hid.channels = 0;
	r = authenticator_power_up(&device->authenticator, now_ms);
	return r < 0 ? r : device->transport.kind->plug(&device->transport);
}

static const struct transport_kind *transport_of(const struct settings *settings)
{
	if (settings->hidg)
		return &transport_hidg;
	return settings->uhid ? &transport_uhid : &transport_socket;
}

int device_open(struct device *device, const struct settings *settings, uint64_t now_ms)
{
	int r;

	*device = (struct device){
		.settings = settings,
		.touch = settings->touch,
		.touch_ms = settings->touch_ms,
		.transport = {.kind = transport_of(settings),
			      .settings = settings,
			      .fd = -1,
			      .listener = -1},
	};
	r = authenticator_open(&device->authenticator, settings, now_ms);
	return r < 0 ? r : device_plug(device, now_ms);
}

void device_close(struct device *device)
{
	device_unplug(device);
	authenticator_close(&device->authenticator);
}
