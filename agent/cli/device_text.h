/* A device and its judgement in words. */
#ifndef SEKISHO_DEVICE_TEXT_H
#define SEKISHO_DEVICE_TEXT_H

#include <stddef.h>

/* What a class ("030101") is. */
const char *device_text_class(const char *class);

/* One line: @label, then what the classes ("030101 080650") are. Nothing if there are none. */
void device_text_classes(const char *label, const char *classes);

/* Why, by judge_reason_name and the rule's name and place. */
void device_text_why(const char *reason, const char *rule, const char *place, char *text,
		     size_t size);

/* The same as one line. */
void device_text_reason(const char *reason, const char *rule, const char *place);

#endif
