/* A device and its judgement in words. */
#ifndef SEKISHO_DEVICE_TEXT_H
#define SEKISHO_DEVICE_TEXT_H

/* One line: @label, then what the classes ("030101 080650") are. Nothing if there are none. */
void device_text_classes(const char *label, const char *classes);

/* One line: why, by judge_reason_name and the rule's name and place. */
void device_text_reason(const char *reason, const char *rule, const char *place);

#endif
