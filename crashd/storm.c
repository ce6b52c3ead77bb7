/* storm.c - a small table of faults with a count for the current minute. */
#include "crashd/storm.h"

#define MINUTE_MS 60000u

static struct storm_group *find_or_replace(struct storm *storm, uint64_t group)
{
	struct storm_group *oldest = &storm->groups[0];

	for (int i = 0; i < STORM_GROUPS; i++) {
		struct storm_group *at = &storm->groups[i];

		if (at->group == group && at->count > 0)
			return at;
		if (at->seen_ms < oldest->seen_ms)
			oldest = at;
	}
	*oldest = (struct storm_group) { .group = group };
	return oldest;
}

bool storm_count(struct storm *storm, uint64_t group, const struct storm_place *place,
		 uint64_t now_ms, struct storm_place *full)
{
	struct storm_group *at = find_or_replace(storm, group);

	if (at->count == 0 || now_ms - at->minute_began_ms >= MINUTE_MS) {
		at->minute_began_ms = now_ms;
		at->count = 0;
	}
	at->seen_ms = now_ms;
	at->count++;
	if (at->count > STORM_FULL_PER_MINUTE) {
		*full = at->full;
		return true;
	}
	at->full = *place;
	return false;
}
