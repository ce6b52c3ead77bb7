#include "tests/botapi-sim/crowd.h"

#include "tests/botapi-sim/sim.h"

void crowd_init(struct sim *sim)
{
	sim->crowd.options = sim->options.crowd;
}

void crowd_finish(struct crowd *crowd)
{
	(void)crowd;
}

void crowd_start(struct sim *sim, const struct crowd_options *options)
{
	sim->crowd.options = *options;
}

void crowd_stop(struct sim *sim)
{
	sim->crowd.running = false;
}

void crowd_wakeup(struct sim *sim)
{
	(void)sim;
}
