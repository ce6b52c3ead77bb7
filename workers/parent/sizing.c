/* sizing.c - grows by half at most, shrinks by half of the spare ones, and slows down crash
 * loops. */
#include "workers/parent/sizing.h"

#define WINDOW_MS 15000u
#define STARTING_MAX 16u
#define SHORT_MS 10u /* a stall of the machine is shorter, a waiting handler takes longer */
#define SLOW_HANDLER_US 1000u
#define EARLY_DEATHS_FREE 5u
#define FAILING_MS 2000u /* a crash storm mixed with other work succeeds sooner */
#define HOLD_FIRST_MS 100u
#define HOLD_CEILING_MS 30000u

void sizing_init(struct sizing *sizing, uint32_t minimum, uint32_t maximum, uint64_t now_ms)
{
	*sizing = (struct sizing) { .minimum = minimum,
				    .maximum = maximum > minimum ? maximum : minimum,
				    .window_ms = now_ms,
				    .idle_least = UINT32_MAX };
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Work waits and no child will take it soon. Children that finish a handler every few microseconds
 * are short of CPU: more children would not help. */
static bool is_short(const struct sizing_view *view)
{
	if (!view->waiting || view->idle)
		return false;
	return !view->progressing || view->handle_us >= SLOW_HANDLER_US;
}

/* At most half as many again at once, and only when those of the last step are running: a burst may
 * be over before they are needed. */
static uint32_t demand(struct sizing *sizing, const struct sizing_view *view, uint64_t now_ms)
{
	uint32_t live = view->idle + view->busy;

	if (!is_short(view)) {
		sizing->short_since_ms = 0;
		return 0;
	}
	if (!sizing->short_since_ms)
		sizing->short_since_ms = now_ms;
	if (view->starting || now_ms - sizing->short_since_ms < SHORT_MS)
		return 0;
	return least(view->waiting, live / 2 + 1);
}

uint32_t sizing_grow(struct sizing *sizing, const struct sizing_view *view, uint64_t now_ms)
{
	uint32_t live = view->starting + view->idle + view->busy;
	uint32_t wanted = demand(sizing, view, now_ms);

	if (now_ms < sizing->hold_until_ms || live >= sizing->maximum ||
	    view->starting >= STARTING_MAX)
		return 0;
	if (live < sizing->minimum && wanted < sizing->minimum - live)
		wanted = sizing->minimum - live;
	wanted = least(wanted, STARTING_MAX - view->starting);
	return least(wanted, sizing->maximum - live);
}

uint32_t sizing_shrink(struct sizing *sizing, const struct sizing_view *view, uint64_t now_ms)
{
	uint32_t live = view->starting + view->idle + view->busy, spare;

	if (view->idle < sizing->idle_least)
		sizing->idle_least = view->idle;
	if (now_ms - sizing->window_ms < WINDOW_MS)
		return 0;
	/* One spare child stays; half of the rest go, so that a pool shrinks in steps. */
	spare = sizing->idle_least > 1 ? sizing->idle_least / 2 : 0;
	sizing->window_ms = now_ms;
	sizing->idle_least = UINT32_MAX;
	if (live <= sizing->minimum)
		return 0;
	return least(least(spare, view->idle), live - sizing->minimum);
}

bool sizing_crash_loop(struct sizing *sizing, uint64_t now_ms)
{
	uint64_t hold_ms;

	if (sizing->early_deaths++ == 0)
		sizing->failing_since_ms = now_ms;
	if (sizing->early_deaths <= EARLY_DEATHS_FREE ||
	    now_ms - sizing->failing_since_ms < FAILING_MS)
		return false;
	hold_ms = sizing->holds > 9 ? HOLD_CEILING_MS : (uint64_t)HOLD_FIRST_MS << sizing->holds;
	sizing->hold_until_ms = now_ms + (hold_ms < HOLD_CEILING_MS ? hold_ms : HOLD_CEILING_MS);
	return sizing->holds++ == 0;
}

void sizing_success(struct sizing *sizing)
{
	sizing->early_deaths = sizing->holds = 0;
	sizing->hold_until_ms = 0;
}
