/* marks.c - a statement every ten minutes, by the index of times. */
#include "recorder/marks.h"

#include <stdio.h>

#include "common/clock.h"

bool marks_sweep(struct postgres *postgres, uint64_t *due_ms, struct postgres_error *error)
{
	struct postgres_result *result;
	char most[16];
	const struct postgres_value value = postgres_text(most);
	uint64_t now_ms = clock_boot_ms();

	if (now_ms < *due_ms)
		return true;
	snprintf(most, sizeof(most), "%d", MARKS_SWEEP_ROWS);
	/* PRIVACY.md: 24 hours. */
	result = postgres_query(postgres,
				"DELETE FROM marks WHERE ctid = ANY(ARRAY(SELECT ctid FROM marks "
				"WHERE made_at < now() - interval '24 hours' LIMIT $1::integer))",
				&value, 1, error);
	if (!result)
		return false;
	if (postgres_affected(result) < MARKS_SWEEP_ROWS)
		*due_ms = now_ms + MARKS_SWEEP_MS;
	postgres_result_free(result);
	return true;
}
