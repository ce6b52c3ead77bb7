/* size.c - see size.h. */
#include "workers/size.h"

#define WINDOW_MS 15000u
#define STARTING_MAX 16u
#define SHORT_MS 10u /* a stall of the machine is shorter, a handler that waits is longer */
#define SLOW_HANDLER_US 1000u
#define INFANT_DEATHS_FREE 5u
#define BARREN_MS 2000u /* a storm of crashes with other work between has a success long before */
#define HOLD_FIRST_MS 100u
#define HOLD_CEILING_MS 30000u

void size_init(struct size *size, uint32_t minimum, uint32_t maximum, uint64_t now_ms)
{
	*size = (struct size) { .minimum = minimum,
				.maximum = maximum > minimum ? maximum : minimum,
				.window_ms = now_ms,
				.idle_least = UINT32_MAX };
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Work waits and no child will take it soon. Children that finish a handler every few microseconds
 * are short of CPU, not of children. */
static bool is_short(const struct size_view *view)
{
	if (!view->waiting || view->idle)
		return false;
	return !view->advancing || view->handle_us >= SLOW_HANDLER_US;
}

/* At most half as many again at once, and only when those of the last step are there: a burst may
 * be over before they are needed. */
static uint32_t demand(struct size *size, const struct size_view *view, uint64_t now_ms)
{
	uint32_t live = view->idle + view->busy;

	if (!is_short(view)) {
		size->short_since_ms = 0;
		return 0;
	}
	if (!size->short_since_ms)
		size->short_since_ms = now_ms;
	if (view->starting || now_ms - size->short_since_ms < SHORT_MS)
		return 0;
	return least(view->waiting, live / 2 + 1);
}

uint32_t size_grow(struct size *size, const struct size_view *view, uint64_t now_ms)
{
	uint32_t live = view->starting + view->idle + view->busy;
	uint32_t wanted = demand(size, view, now_ms);

	if (now_ms < size->hold_until_ms || live >= size->maximum || view->starting >= STARTING_MAX)
		return 0;
	if (live < size->minimum && wanted < size->minimum - live)
		wanted = size->minimum - live;
	wanted = least(wanted, STARTING_MAX - view->starting);
	return least(wanted, size->maximum - live);
}

uint32_t size_shrink(struct size *size, const struct size_view *view, uint64_t now_ms)
{
	uint32_t live = view->starting + view->idle + view->busy, spare;

	if (view->idle < size->idle_least)
		size->idle_least = view->idle;
	if (now_ms - size->window_ms < WINDOW_MS)
		return 0;
	/* One stays spare; of the rest half goes, so that a pool comes down in steps. */
	spare = size->idle_least > 1 ? size->idle_least / 2 : 0;
	size->window_ms = now_ms;
	size->idle_least = UINT32_MAX;
	if (live <= size->minimum)
		return 0;
	return least(least(spare, view->idle), live - size->minimum);
}

bool size_infant_death(struct size *size, uint64_t now_ms)
{
	uint64_t hold_ms;

	if (size->infant_deaths++ == 0)
		size->barren_since_ms = now_ms;
	if (size->infant_deaths <= INFANT_DEATHS_FREE || now_ms - size->barren_since_ms < BARREN_MS)
		return false;
	hold_ms = size->holds > 9 ? HOLD_CEILING_MS : (uint64_t)HOLD_FIRST_MS << size->holds;
	size->hold_until_ms = now_ms + (hold_ms < HOLD_CEILING_MS ? hold_ms : HOLD_CEILING_MS);
	return size->holds++ == 0;
}

void size_success(struct size *size)
{
	size->infant_deaths = size->holds = 0;
	size->hold_until_ms = 0;
}
