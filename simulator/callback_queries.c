#include "simulator/callback_queries.h"

#include <stdlib.h>

#include "common/xalloc.h"

#define FIRST_ID 4382648392023000000 /* as large as Telegram's */

void callback_queries_finish(struct callback_queries *queries)
{
	free(queries->ring);
	*queries = (struct callback_queries) { 0 };
}

int64_t callback_queries_add(struct callback_queries *queries, int64_t now_s)
{
	int64_t id = FIRST_ID + ++queries->made;

	if (!queries->ring)
		queries->ring = xcalloc(CALLBACK_QUERIES_MAX, sizeof(*queries->ring));
	queries->ring[id % CALLBACK_QUERIES_MAX] = (struct callback_query) { .id = id,
									     .since_s = now_s };
	return id;
}

bool callback_queries_answer(struct callback_queries *queries, int64_t id, int64_t now_s)
{
	struct callback_query *query = queries->ring && id > 0
					       ? &queries->ring[id % CALLBACK_QUERIES_MAX]
					       : NULL;

	if (!query || query->id != id || query->answered ||
	    now_s - query->since_s > CALLBACK_QUERY_LIFETIME_S) {
		queries->too_old++;
		return false;
	}
	query->answered = true;
	queries->answered++;
	return true;
}
