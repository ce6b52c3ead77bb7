#include "simulator/sim.h"

int64_t sim_now_s(const struct sim *sim)
{
	return sim_clock_s(&sim->world.clock);
}
