#include "simulator/queries.h"

#include <stdlib.h>

#include "common/xalloc.h"

#define FIRST_ID 4382648393000000000 /* as large as Telegram's */

static void release(struct query *query)
{
	free(query->text);
	free(query->answer);
	*query = (struct query) { 0 };
}

void queries_finish(struct queries *queries)
{
	for (size_t i = 0; queries->ring && i < QUERIES_MAX; i++)
		release(&queries->ring[i]);
	free(queries->ring);
	*queries = (struct queries) { 0 };
}

struct query *queries_add(struct queries *queries, enum query_kind kind, struct person *person,
			  const char *text, int64_t now_s)
{
	int64_t id = FIRST_ID + ++queries->made;
	struct query *query;

	if (!queries->ring)
		queries->ring = xcalloc(QUERIES_MAX, sizeof(*queries->ring));
	query = &queries->ring[id % QUERIES_MAX];
	release(query);
	*query = (struct query) { .id = id,
				  .kind = kind,
				  .since_s = now_s,
				  .person = person,
				  .text = text ? xstrdup(text) : NULL };
	return query;
}

struct query *queries_find(const struct queries *queries, enum query_kind kind, int64_t id)
{
	struct query *query = queries->ring && id > 0 ? &queries->ring[id % QUERIES_MAX] : NULL;

	return query && query->id == id && query->kind == kind ? query : NULL;
}

struct query *queries_answer(struct queries *queries, enum query_kind kind, int64_t id,
			     int64_t now_s)
{
	struct query *query = queries_find(queries, kind, id);
	int64_t lifetime_s = kind == QUERY_PRE_CHECKOUT ? PRE_CHECKOUT_LIFETIME_S
							: QUERY_LIFETIME_S;

	if (!query || query->answered || now_s - query->since_s > lifetime_s)
		return NULL;
	query->answered = true;
	return query;
}
