/* sim_life.h - how the simulated world begins and ends, at a start of the program and at a reset.
 */
#ifndef SIMULATOR_SIM_LIFE_H
#define SIMULATOR_SIM_LIFE_H

#include <stdint.h>

struct sim;

/* The world and all that the bot has done in it: what a new beginning forgets. Connections and
 * those who wait for an answer are no part of it, and neither are options. */
void sim_begin(struct sim *sim, uint64_t seed);
void sim_end(struct sim *sim);
/* As if the program had been started with this seed, but for the bot's token. */
void sim_restart(struct sim *sim, uint64_t seed);

#endif
