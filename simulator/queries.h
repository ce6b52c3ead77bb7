/* queries.h - the inline, shipping and pre-checkout queries that the bot may still answer. */
#ifndef SIMULATOR_QUERIES_H
#define SIMULATOR_QUERIES_H

#include <stdbool.h>
#include <stdint.h>

#include "simulator/world.h"

#define QUERIES_MAX 4096
/* "within 10 seconds" (answerPreCheckoutQuery); the others as long as their updates live. */
#define PRE_CHECKOUT_LIFETIME_S 10
#define QUERY_LIFETIME_S 30

enum query_kind { QUERY_INLINE, QUERY_SHIPPING, QUERY_PRE_CHECKOUT };

struct query {
	int64_t id; /* 0: free */
	enum query_kind kind;
	int64_t since_s;
	struct person *person;
	struct chat *chat;  /* where it began; NULL: elsewhere */
	int64_t message_id; /* of the invoice; 0: none */
	char *text;   /* the inline query, or the Invoice with its payload as JSON; NULL: none */
	char *answer; /* the inline results as JSON; NULL: not answered yet */
	bool answered;
};

struct queries {
	struct query *ring; /* made at first use */
	int64_t made;
};

void queries_finish(struct queries *queries);
/* Valid until QUERIES_MAX more were made; `text` is copied. */
struct query *queries_add(struct queries *queries, enum query_kind kind, struct person *person,
			  const char *text, int64_t now_s);
struct query *queries_find(const struct queries *queries, enum query_kind kind, int64_t id);
/* One that may still be answered, which it then is; NULL otherwise. */
struct query *queries_answer(struct queries *queries, enum query_kind kind, int64_t id,
			     int64_t now_s);

#endif
