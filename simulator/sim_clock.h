/* sim_clock.h - the time of the simulated Telegram: the machine's, which tests move forward or let
 * stand still. Flood limits, ends of bans and lives of updates and queries go by it. */
#ifndef SIMULATOR_SIM_CLOCK_H
#define SIMULATOR_SIM_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct sim_clock {
	int64_t offset_ms;    /* to the machine's UTC */
	bool stands;          /* it moves by sim_clock_advance() only */
	int64_t stands_at_ms; /* UTC */
};

int64_t sim_clock_ms(const struct sim_clock *clock); /* UTC */
int64_t sim_clock_s(const struct sim_clock *clock);
void sim_clock_advance(struct sim_clock *clock, int64_t ms);
/* Sets it, from where it goes on or stands. */
void sim_clock_set(struct sim_clock *clock, int64_t utc_ms, bool stands);

/* "90", "90s", "5m", "2h" or "3d" as milliseconds; false for anything else, and beyond ten years.
 */
bool sim_clock_parse(const char *text, int64_t *out_ms);

#endif
