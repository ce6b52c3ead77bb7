/* crowd.h - people who chat on their own: a seeded mix of updates of all kinds, such as groups with
 * a bot produce. */
#ifndef SIMULATOR_CROWD_H
#define SIMULATOR_CROWD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/loop.h"
#include "simulator/crowd_activity.h"
#include "simulator/options.h"

struct sim;

struct crowd {
	struct crowd_options options;
	bool running;
	uint64_t made;    /* updates queued since the start */
	uint64_t last_ms; /* rate: time up to which is paid */
	double owed;      /* rate: updates that are due */
	struct loop_timer timer;
	struct crowd_activity activity;
};

struct crowd *crowd_create(struct sim *sim);
/* sim.crowd. */
void crowd_destroy(struct sim *sim);
/* Makes people and chats at first use, then lets them chat as the options say. */
void crowd_start(struct sim *sim, const struct crowd_options *options);
void crowd_stop(struct sim *sim);
/* The bot took updates: with rate max there is room for more. */
void crowd_wakeup(struct sim *sim);

#endif
