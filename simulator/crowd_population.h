/* crowd_population.h - the people and chats of the crowd. */
#ifndef SIMULATOR_CROWD_POPULATION_H
#define SIMULATOR_CROWD_POPULATION_H

#include <stddef.h>

#include "simulator/options.h"

struct sim;
struct chat;
struct person;

/* Zeroed is empty. */
struct crowd_population {
	struct chat **chats; /* from busy to quiet */
	size_t chats_count;
	struct person **people;
	size_t people_count;
	double *weights; /* of the chats, running sum */
};

/* Makes them in the world. The first is Alice, id 1001, of the group Friends. */
void crowd_population_make(struct crowd_population *population, struct sim *sim,
			   const struct crowd_options *options);
void crowd_population_finish(struct crowd_population *population);

#endif
