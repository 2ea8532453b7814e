/* A judgement by the rules as they stand in files, in words and for programs. */
#ifndef SEKISHO_JUDGED_H
#define SEKISHO_JUDGED_H

#include "agent/engine/judge.h"

#include <jansson.h>

/* "allowed", "allowed in part", "BLOCKED" */
const char *judged_verdict(const struct judgement *judgement);

/* Two lines for each interface, or for one of @class: what it is, whether it works, and which
 * section decides so. */
void judged_show_interfaces(const struct rules *rules, const struct device_facts *facts);
void judged_show_interface(const struct rules *rules, const struct device_facts *facts,
			   const struct usb_class *class);

/* {"verdict", "reason", "partial", "interfaces": [{"class", "access", "reason", "rule", "place"}]},
 * or one of the interfaces, the caller's; NULL: no memory. */
json_t *judged_json(const struct rules *rules, const struct device_facts *facts);
json_t *judged_json_interface(const struct rules *rules, const struct device_facts *facts,
			      const struct usb_class *class);

#endif
