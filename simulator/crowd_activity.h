/* crowd_activity.h - what the people of the crowd do next. */
#ifndef SIMULATOR_CROWD_ACTIVITY_H
#define SIMULATOR_CROWD_ACTIVITY_H

#include "simulator/crowd_population.h"

struct crowd_activity {
	struct sim *sim;
	const struct crowd_options *options;
	struct crowd_population population;
	uint64_t turn, person_turn; /* whose it is, with SPREAD_TURNS */
};

/* Someone does something; mostly that is one update, sometimes none or two. */
void crowd_activity_next(struct crowd_activity *activity);

#endif
