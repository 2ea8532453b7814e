/* Carries a judgement out: asks the root half for what is not yet as judged, and tells what came of
 * it. The gate's other half. */
#ifndef SEKISHO_CARRY_H
#define SEKISHO_CARRY_H

#include "gate.h"

/* Begins what is missing; calls itself again as replies come (carry_done). */
void carry_out(struct gate *gate, struct device *device);

/* The same once nothing of it is under way. */
void carry_out_next(struct gate *gate, struct device *device);

/* One of the device's requests is done: @error is 0 or -errno. */
void carry_done(struct gate *gate, struct device *device, const struct priv_request *request,
		int error);

/* Queues a request on behalf of the device whose directory has the inode @device, 0 for none. False
 * if that is not possible now: a scan is due then. */
bool carry_ask(struct gate *gate, enum priv_verb verb, const char *name, uint64_t inode,
	       uint64_t device);

/* carry_interfaces.c */

/* Asks for what opens and closes the interfaces that are not as judged. False if the device is to
 * be blocked instead, which its judgement then says: another driver was quicker. */
bool carry_interfaces(struct gate *gate, struct device *device);

/* Asks for what closes those that no rule lets in; opens nothing. */
void carry_close_interfaces(struct gate *gate, struct device *device);

/* True of an interface that is to be closed, unless it is. */
bool carry_is_forbidden(const struct gate *gate, const struct device *device,
			const struct interface_facts *interface);

/* What to make of the end, @error, of a request of carry_interfaces(): 0 or -errno. */
int carry_interface_done(struct gate *gate, struct device *device,
			 const struct priv_request *request, int error);

/* Notes which interfaces came to work, and which did not. */
void carry_list_interfaces(const struct gate *gate, struct device *device);

/* carry_challenge.c */

/* Asks for what lets a person type a code on a keyboard of @device, or sees that nothing else has
 * taken it. False if it can't be: the device is to be as judged. */
bool carry_challenge(struct gate *gate, struct device *device,
		     const struct interface_facts *interfaces, size_t count);

/* The claim of its interface has ended: @error is 0, and the descriptor is with the link, or
 * -errno. */
void carry_challenge_claimed(struct gate *gate, struct device *device, int error);

/* It is there no more, or is to be asked for nothing: ends what is under way and tells that. */
void carry_challenge_cancel(struct gate *gate, struct device *device, const char *outcome);

/* The same because of other rules, which may let it in: then it waits for usbhid. */
void carry_challenge_withdraw(struct gate *gate, struct device *device);

/* carry_tell.c */

/* Says what was done, once. */
void carry_tell_state(struct gate *gate, struct device *device);

/* False if its port was told of too often: counted. */
bool carry_tell(struct gate *gate, struct device *device, enum event_kind kind);

/* It has left; also how it was judged, if that was still to be told. */
void carry_tell_gone(struct gate *gate, struct device *device);

/* It left before it was looked at: what the kernel's message says of it. */
void carry_tell_left(struct gate *gate, const struct uevent *uevent);

/* What came of a challenge: @outcome, NULL for none. */
void carry_tell_challenge(struct gate *gate, struct device *device, enum event_kind kind,
			  const char *outcome, int error);

/* Tells what could not be told when it happened, if that is possible now. */
void carry_tell_late(struct gate *gate, struct device *device);

/* Tells how many events of a port were not told. */
void carry_tell_suppressed(struct gate *gate, const char *name);

/* The same of all ports together, whenever their turn would be. */
void carry_tell_all_suppressed(struct gate *gate);

/* A device that was refused, and then one interface of a device, is open: somebody did that. It is
 * told when it is closed again. */
void carry_tell_opened(struct gate *gate, const struct device *device);
void carry_tell_interface_opened(struct gate *gate, const struct device *device,
				 const struct interface_facts *interface);

void carry_tell_fault(struct gate *gate, const char *fault, const char *name, int error);

#endif
