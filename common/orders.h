/* orders.h - what a handler wants done with work that waits, in the order in which it said it: part
 * of the verdict about its update (message.h), with which ingress carries it out, all or nothing.
 *
 * Orders follow each other, each a msgpack array of its kind and its fields. */
#ifndef COMMON_ORDERS_H
#define COMMON_ORDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/pack.h"
#include "common/why.h"

#define ORDERS_MAX 256u                          /* of an update */
#define ORDERS_BYTES_MAX (512u << 10)            /* of all of them */
#define ORDER_BODY_MAX (64u << 10)               /* of a piece of work */
#define ORDER_AFTER_MAX_S (INT64_C(366) * 86400) /* how long it may wait */

enum order_kind {
	ORDER_PUT,    /* a piece of work waits; what has its name (piece.h) is gone */
	ORDER_CANCEL, /* what has this name waits no more */
	/* All that waits for the person, or in the chat, is gone, and what handlers put off that
	 * began before. */
	ORDER_FORGET_PERSON,
	ORDER_FORGET_CHAT,
	/* The chat has another time zone: what is daily there is due now, for its host to see when
	 * it is due. */
	ORDER_HASTEN,
};

struct order {
	enum order_kind kind;
	uint64_t after_ms; /* PUT: from now */
	struct text body;  /* PUT */
	uint64_t key;      /* CANCEL */
	int64_t id;        /* CANCEL, FORGET_CHAT, HASTEN: the chat; FORGET_PERSON: the person */
};

void order_write(const struct order *order, struct buffer *out);
/* Whether all of it are orders within the limits. */
MUST_CHECK bool orders_check(struct text orders, struct why *why);
/* Takes the first one of orders that were checked; false when there is none. */
bool orders_next(struct text *rest, struct order *out);

#endif
