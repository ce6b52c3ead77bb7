#include "simulator/sim.h"

#include "common/clock.h"

int64_t sim_now_s(const struct sim *sim)
{
	return clock_utc_s() + sim->clock_offset_s;
}
