#include "pins.h"

#include "cleanup.h"

const struct pin_row pin_rows[] = {
	{"guard_mount", false},	 {"guard_super", false}, {"guard_ioctl", false},
	{"guard_compat", true},	 {"guard_uring", true},	 {"guard_open", false},
	{"guard_socket", false}, {"see_policy", true},	 {"see_mode", true},
};

const size_t pin_count = ARRAY_SIZE(pin_rows);
