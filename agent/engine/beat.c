/* What sekishod does at each beat: it looks whether all is as it was left, and then tells systemd's
 * watchdog that a turn was made to its end. */
#include "engine.h"
#include "notify.h"

#include <fcntl.h>

void engine_begin_beat(struct engine *engine, int64_t now)
{
	int64_t watchdog = notify_watchdog();

	engine->beat = watchdog > 0 && watchdog < SWEEP_MS ? watchdog : SWEEP_MS;
	engine->beat_at = now;
	engine->sweep = (struct sweep){
		.sysfs = engine->places.sysfs,
		.buses = "/etc/sekisho/buses.conf",
		.buses_closed = "/run/sekisho-buses/waiting",
		.radio_rules = {"/etc/udev/rules.d/72-sekisho-radio.rules",
				"/run/udev/rules.d/72-sekisho-radio.rules"},
		.udev_data = "/run/udev/data",
	};
	engine->guard.root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

void engine_beat(struct engine *engine, int64_t now)
{
	if (now < engine->beat_at)
		return;
	/* While devices are not judged there is nothing that should be closed by us. */
	disks_retry(&engine->disks);
	slots_retry(&engine->slots);
	if (engine->ready)
		sweep_values(&engine->sweep, &engine->gate);
	guard_look(&engine->guard, &engine->tamper, now);
	if (engine->guard.listed) {
		filewatch_look(&engine->files, engine->guard.root);
		lockwatch_look(&engine->locks, engine->guard.root, &engine->tamper, now);
	}
	attempts_look(&engine->attempts, now);
	attempts_tick(&engine->attempts, now, false);
	tamper_tick(&engine->tamper, now, false);
	devicewatch_tick(&engine->devices, now, false);
	notify_send("WATCHDOG=1");
	engine->beat_at = now + engine->beat;
}
