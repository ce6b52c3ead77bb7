/* poll_rate.h - how fast updates came lately, and so for how long Telegram keeps what comes while
 * they are not fetched. Pure: no I/O. */
#ifndef INGRESS_INTAKE_POLL_RATE_H
#define INGRESS_INTAKE_POLL_RATE_H

#include <stdint.h>

/* What Telegram keeps for us while we do not poll (TDLib, TQueue.cpp; Bot API). */
#define TELEGRAM_UPDATES_MAX 100000u
#define TELEGRAM_HOURS 24u

struct poll_rate {
	int64_t counted; /* updates, at the last measurement */
	uint64_t counted_ms;
	double per_second;
};

void poll_rate_start(struct poll_rate *rate, uint64_t now_ms);
/* The rate since the last measurement, with `received` updates in all by now; unless that was less
 * than 10 seconds ago. */
void poll_rate_measure(struct poll_rate *rate, int64_t received, uint64_t now_ms);
/* The same when there is no time for more: half a second does. */
void poll_rate_measure_last(struct poll_rate *rate, int64_t received, uint64_t now_ms);
double poll_rate_minutes_kept(const struct poll_rate *rate);

#endif
