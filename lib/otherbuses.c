#include "otherbuses.h"

const char *const otherbuses[OTHERBUSES_COUNT] = {"scsi", "mmc", "memstick", "firewire", "pcmcia"};
