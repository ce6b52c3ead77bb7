/* callback_queries.h - the callback queries that may still be answered. */
#ifndef SIMULATOR_CALLBACK_QUERIES_H
#define SIMULATOR_CALLBACK_QUERIES_H

#include <stdbool.h>
#include <stdint.h>

#define CALLBACK_QUERIES_MAX 65536
/* How long Telegram accepts an answer. */
#define CALLBACK_QUERY_LIFETIME_S 60

struct callback_query {
	int64_t id; /* 0: free */
	int64_t since_s;
	bool answered;
};

struct callback_queries {
	struct callback_query *ring; /* made at first use */
	int64_t made;
	uint64_t answered, too_old;
};

void callback_queries_finish(struct callback_queries *queries);
int64_t callback_queries_add(struct callback_queries *queries, int64_t now_s);
/* False when it is unknown, answered or too old. */
bool callback_queries_answer(struct callback_queries *queries, int64_t id, int64_t now_s);

#endif
