/* marks.c - a statement for each table every ten minutes, by the index of times. */
#include "recorder/marks.h"

#include <stdio.h>

#include "common/clock.h"
#include "common/xalloc.h"

static const char *const statements[] = {
	/* PRIVACY.md: 24 hours. */
	"DELETE FROM marks WHERE ctid = ANY(ARRAY(SELECT ctid FROM marks "
	"WHERE made_at < now() - interval '24 hours' LIMIT $1::integer))",
	"DELETE FROM facts WHERE ctid = ANY(ARRAY(SELECT ctid FROM facts "
	"WHERE until < now() LIMIT $1::integer))",
};

bool marks_sweep(struct postgres *postgres, uint64_t *due_ms, struct postgres_error *error)
{
	char most[16];
	const struct postgres_value value = postgres_text(most);
	uint64_t now_ms = clock_boot_ms();
	bool is_done = true;

	if (now_ms < *due_ms)
		return true;
	snprintf(most, sizeof(most), "%d", MARKS_SWEEP_ROWS);
	for (size_t i = 0; i < COUNT_OF(statements); i++) {
		struct postgres_result *result = postgres_query(postgres, statements[i], &value, 1,
								error);

		if (!result)
			return false;
		is_done &= postgres_affected(result) < MARKS_SWEEP_ROWS;
		postgres_result_free(result);
	}
	if (is_done)
		*due_ms = now_ms + MARKS_SWEEP_MS;
	return true;
}
