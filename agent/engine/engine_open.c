#include "engine.h"

#include "cleanup.h"
#include "cryptolib.h"
#include "identity.h"
#include "notify.h"
#include "uevent.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

int engine_fail(const char *what, int error)
{
	fprintf(stderr, "sekishod: %s: %s\n", what, strerror(-error));
	return 1;
}

static int open_journal(struct engine *engine)
{
	char host[IDENTITY_SIZE], boot[IDENTITY_SIZE];
	struct journal_options options = {
		.host = host, .boot = boot, .appended = people_appended, .user = &engine->people};
	struct journal_recovery recovery;
	int r;

	r = identity_host(engine->places.machine_id, host);
	if (r < 0)
		return engine_fail(engine->places.machine_id, r);
	r = identity_boot(boot);
	if (r < 0)
		return engine_fail("/proc/sys/kernel/random/boot_id", r);
	r = journal_open(engine->places.journal, &options, &engine->journal, &recovery);
	if (r == -EWOULDBLOCK) {
		fprintf(stderr, "sekishod: %s: another sekishod is running\n",
			engine->places.journal);
		return 1;
	}
	if (r < 0)
		return engine_fail(engine->places.journal, r);
	if (recovery.torn || recovery.broken)
		fprintf(stderr, "sekishod: %s/%s: %s; see 'sekisho verify'\n",
			engine->places.journal, recovery.file,
			recovery.broken ? "damaged, left as it is"
					: "an unfinished write was set aside");
	engine->outbox.journal = engine->retention.journal = engine->inbox.journal =
		engine->journal;
	engine->inbox.outbox = &engine->outbox;
	/* A disk that is full already waits for RETENTION_START_MS. */
	engine->retention.wanted = journal_wants_room(engine->journal);
	return 0;
}

/* A terminal without a seal works; one whose seal is wrong says so, here and in the journal. */
static void open_seal(struct engine *engine)
{
	_cleanup_event_ struct event event = {};
	struct config_error error;
	int r = sealer_open(engine->places.seal, &engine->checkpoint.sealer, &error);

	engine->checkpoint.journal = engine->journal;
	engine->retention.checkpoint = &engine->checkpoint;
	if (r == 0 || r == -ENOENT)
		return;
	fprintf(stderr, "sekishod: %s\n", error.text);
	memcpy(engine->seal_error, error.text, sizeof(engine->seal_error));
	engine->checkpoint.broken = true;
	if (event_begin(&event, EVENT_ENGINE_FAULT) < 0)
		return;
	event_set(&event, "fault", "seal");
	event_set(&event, "error", error.text);
	outbox_put(&engine->outbox, &event);
}

/* What the policy keeps is more than there has to be: that is told, and the agent works on. */
void engine_retain(struct engine *engine, int64_t now)
{
	_cleanup_event_ struct event event = {};

	if (!retention_tick(&engine->retention, now))
		return;
	fprintf(stderr, "sekishod: %s\n", engine->retention.error);
	if (event_begin(&event, EVENT_ENGINE_FAULT) < 0)
		return;
	event_set(&event, "fault", "retention");
	event_set(&event, "error", engine->retention.error);
	outbox_put(&engine->outbox, &event);
}

/* Where there is none, nobody but root brings letters. */
static uid_t find_forwarder(void)
{
	const struct passwd *person = getpwnam("sekisho-log");

	return person ? person->pw_uid : 0;
}

static int open_sockets(struct engine *engine)
{
	int control = notify_listener("control");
	sigset_t set;
	int r = control < 0 ? control : intakes_open(engine->intakes, engine->journal);

	if (r == -ENOENT) {
		fputs("sekishod: no sockets: started by systemd only, see sekishod.service\n",
		      stderr);
		return 1;
	}
	engine->inbox.forwarder = find_forwarder();
	if (r == 0)
		r = control_begin(&engine->control, control, engine_answer, engine);
	if (r == 0)
		r = people_open(&engine->people);
	if (r < 0)
		return engine_fail("sockets", r);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return engine_fail("signals", -errno);
	engine->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (engine->signals < 0)
		return engine_fail("signals", -errno);
	r = clockwatch_open(&engine->clock);
	if (r < 0)
		return engine_fail("the clock's timer", r);
	/* Before the first scan, so that nothing comes in between unseen. */
	r = uevent_open(&engine->devices.fd);
	return r < 0 ? engine_fail("the kernel's device messages", r) : 0;
}

int engine_open(struct engine *engine)
{
	int r = cryptolib_begin();

	if (r < 0)
		return engine_fail("libcrypto", r);
	/* The seal is kept here: no core file, no debugger of the same user. */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return engine_fail("PR_SET_DUMPABLE", -errno);
	r = open_journal(engine);
	if (r == 0)
		open_seal(engine);
	return r == 0 ? open_sockets(engine) : r;
}

void engine_close(struct engine *engine)
{
	intakes_close(engine->intakes);
	control_release(&engine->control);
	people_release(&engine->people);
	privlink_close(&engine->link);
	gate_release(&engine->gate);
	disks_release(&engine->disks);
	attempts_release(&engine->attempts);
	filewatch_release(&engine->files);
	outbox_release(&engine->outbox);
	sealer_close(&engine->checkpoint.sealer);
	journal_close(engine->journal);
	rules_free(&engine->rules);
	clockwatch_close(&engine->clock);
}
