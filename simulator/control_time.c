#include "simulator/control_time.h"

#include <string.h>

#include "simulator/call_waiters.h"
#include "simulator/feed.h"
#include "simulator/sim.h"
#include "simulator/sim_life.h"

#define LATEST_S INT64_C(4102444800) /* the year 2100 */

/* "after": "2h", or "advance_s". Time does not go back: what is over would begin again. */
static bool take_step(struct control_request *request, int64_t *ms)
{
	const char *after = control_text(request, "after", "0");
	int64_t seconds = control_int(request, "advance_s", 0);

	if (!sim_clock_parse(after, ms)) {
		request->refusal = "\"after\" is a number with s, m, h or d, such as 2h";
		return false;
	}
	if (seconds < 0 || seconds > LATEST_S) {
		request->refusal = "\"advance_s\" is out of range: time does not go back";
		return false;
	}
	*ms += seconds * 1000;
	return true;
}

static bool take_moment(struct control_request *request, int64_t *utc_ms)
{
	int64_t at_s = control_int(request, "at", *utc_ms / 1000);

	if (at_s < *utc_ms / 1000 || at_s > LATEST_S) {
		request->refusal =
			"\"at\" is UTC in seconds, not before now: time does not go back";
		return false;
	}
	if (at_s > *utc_ms / 1000)
		*utc_ms = at_s * 1000;
	return true;
}

void control_clock(struct control_request *request)
{
	struct sim_clock *clock = &request->sim->world.clock;
	int64_t utc_ms = sim_clock_ms(clock);
	int64_t step_ms;

	if (!take_step(request, &step_ms) || !take_moment(request, &utc_ms))
		return;
	sim_clock_set(clock, utc_ms + step_ms, control_bool(request, "stands", clock->stands));
	control_set_int(request, "now_s", sim_now_s(request->sim));
}

static void reset_counts(struct sim *sim)
{
	ledger_reset(&sim->ledger);
	sim->queue.counts = (struct queue_counts) { 0 };
	sim->feed->skipped = 0;
	memset(sim->calls, 0, sizeof(sim->calls));
	memset(sim->errors, 0, sizeof(sim->errors));
}

void control_reset(struct control_request *request)
{
	struct sim *sim = request->sim;
	int64_t at_s = control_int(request, "at", 0);
	int64_t seed = control_int(request, "seed", -1);

	if (!json_object_get(request->in, "seed")) {
		reset_counts(sim);
	} else if (seed < 0 || at_s < 0 || at_s > LATEST_S) {
		request->refusal = "\"seed\" is a number from 0 on, \"at\" UTC in seconds";
	} else {
		sim_restart(sim, (uint64_t)seed);
		if (at_s > 0)
			sim_clock_set(&sim->world.clock, at_s * 1000, true);
		call_waiters_wake(sim);
	}
}
