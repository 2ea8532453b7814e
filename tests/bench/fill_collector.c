/* fill_collector DIRECTORY KEYS TERMINALS EVENTS [START STEP [EPOCH PERIOD]]: what a collector
 * holds after that many terminals sent that many events each, the last and each 256th a checkpoint:
 * a folder with a file a terminal, and in KEYS what checks their seals. START: of the first,
 * seconds since 1970; STEP: from one to the next, seconds. EPOCH: the number of the terminal's
 * journal; PERIOD: its seal's, at the first. For `make bench` and tests. */
#include "agent/engine/sealer.h"
#include "journal_format.h"

#include "cleanup.h"
#include "number.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define TIME	    1795595700 /* 2026-11-25T08:35:00Z, seconds */
#define BOOT	    "fedcba9876543210fedcba9876543210"
#define EPOCH_SIZE  33
#define JSON	    65 /* offset after the hash */
#define SEALED_EACH 256

static json_t *stick(void)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "device", "1-1.2", "interfaces",
			 "080650", "name", "DataTraveler 3.0", "product", "1666", "reason",
			 "no-rule", "serial", "E0D55EA574B1E4C0B9870123", "vendor", "0951");
}

/* The checkpoint behind @head, and the next period. */
static int seal(struct sealer *sealer, const char *host, const char *epoch,
		const struct journal_head *head, uint64_t time_us, json_t **ret_fields)
{
	char time[JOURNAL_TIME_SIZE];
	struct seal_statement statement = {
		.host = host,
		.epoch = epoch,
		.sequence = head->sequence + 1,
		.previous = head->hash,
		.reason = sealer->period == 0 ? SEAL_REASON_START : "events",
		.time = time,
		.boot = BOOT,
	};
	int r = journal_format_time(time_us, time);

	if (r == 0)
		r = sealer_seal(sealer, &statement, ret_fields);
	seal_turn(sealer->ratchet);
	sealer->period++;
	return r;
}

struct pace {
	uint64_t start, step; /* seconds */
	char epoch[EPOCH_SIZE];
};

static int fill(FILE *file, const char *host, uint64_t events, const struct pace *pace,
		json_t *stick, struct sealer *sealer)
{
	struct journal_head head = {};

	for (uint64_t i = 0; i < events; i++) {
		bool sealed = (i + 1) % SEALED_EACH == 0 || i + 1 == events;
		struct journal_entry entry = {
			.boot = BOOT,
			.fields = stick,
			.id = "0d9c1c0e-6a8d-4f2e-9a49-2a4d5e6f7081",
			.kind = sealed ? "store.checkpoint" : "device.blocked",
			.monotonic_us = i * pace->step * 1000000,
			.time_us = (pace->start + i * pace->step) * 1000000,
		};
		char line[JOURNAL_LINE_MAX], time[JOURNAL_TIME_SIZE];
		json_t *fields = NULL;
		size_t length;
		int r = sealed ? seal(sealer, host, pace->epoch, &head, entry.time_us, &fields) : 0;

		if (r < 0)
			return r;
		if (sealed)
			entry.fields = fields;
		r = journal_format_event(&entry, &head, line, &length, &head);
		json_decref(fields);
		if (r < 0)
			return r;
		r = journal_format_time(entry.time_us + 20000, time);
		if (r < 0)
			return r;
		line[length - 1] = '\0';
		fprintf(file,
			"%s 192.0.2.7 [sekisho@32473 h=\"%s\" e=\"%s\" n=\"%" PRIu64
			"\" x=\"%.64s\"] %s\n",
			time, host, pace->epoch, head.sequence, line, line + JSON);
	}
	return ferror(file) ? -EIO : 0;
}

/* A key of this terminal's own, and what the collector keeps of it. */
static int begin_seal(const char *keys, uint64_t number, struct sealer *ret_sealer)
{
	char path[512], public_key[2 * SEAL_KEY_SIZE + 1], first_key[2 * SEAL_KEY_SIZE + 1];
	_cleanup_fclose_ FILE *file = NULL;

	*ret_sealer = (struct sealer){.fd = -1};
	memcpy(ret_sealer->private_key, &number, sizeof(number));
	memcpy(ret_sealer->ratchet, &number, sizeof(number));
	if (seal_public_key(ret_sealer->private_key, ret_sealer->public_key) < 0)
		return -EINVAL;
	seal_key_id(ret_sealer->public_key, ret_sealer->key_id);
	hex_format(ret_sealer->public_key, SEAL_KEY_SIZE, public_key);
	hex_format(ret_sealer->ratchet, SEAL_KEY_SIZE, first_key);
	snprintf(path, sizeof(path), "%s/counter-%05" PRIu64 ".conf", keys, number);
	file = fopen(path, "w");
	if (!file)
		return -errno;
	fprintf(file, "[Terminal]\nPublicKey=%s\nFirstKey=%s\n", public_key, first_key);
	return fflush(file) == 0 ? 0 : -errno;
}

int main(int argc, char **argv)
{
	struct pace pace = {TIME, 1, BOOT};
	uint64_t terminals, events, epoch = 0, period = 0;
	json_t *fields = stick();
	int r = 0;

	if ((argc != 5 && argc != 7 && argc != 9) ||
	    number_parse(argv[3], 1, 100000, &terminals) < 0 ||
	    number_parse(argv[4], 1, 100000000, &events) < 0 ||
	    (argc > 7 && (number_parse(argv[7], 1, UINT32_MAX, &epoch) < 0 ||
			  number_parse(argv[8], 0, 1000000, &period) < 0)) ||
	    (argc >= 7 && (number_parse(argv[5], 1, UINT32_MAX, &pace.start) < 0 ||
			   number_parse(argv[6], 1, 86400, &pace.step) < 0))) {
		fprintf(stderr, "usage: fill_collector DIRECTORY KEYS TERMINALS EVENTS [START STEP "
				"[EPOCH PERIOD]]\n");
		return 2;
	}
	if (epoch > 0)
		snprintf(pace.epoch, sizeof(pace.epoch), "%032" PRIx64, epoch);
	for (uint64_t i = 0; i < terminals && r == 0; i++) {
		_cleanup_fclose_ FILE *file = NULL;
		char path[512], host[JOURNAL_ID_SIZE];
		struct sealer sealer;

		snprintf(host, sizeof(host), "%032" PRIx64, i);
		snprintf(path, sizeof(path), "%s/counter-%05" PRIu64 ".log", argv[1], i);
		file = fopen(path, "w");
		r = file ? begin_seal(argv[2], i, &sealer) : -errno;
		for (; r == 0 && sealer.period < period; sealer.period++)
			seal_turn(sealer.ratchet);
		if (r == 0)
			r = fill(file, host, events, &pace, fields, &sealer);
		if (r == 0 && fflush(file) != 0)
			r = -errno;
	}
	json_decref(fields);
	if (r < 0)
		fprintf(stderr, "fill_collector: %s\n", strerror(-r));
	return r < 0;
}
