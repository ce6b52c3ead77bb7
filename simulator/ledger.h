/* ledger.h - the account of "/ping N": each must be answered once by "pong N" in its chat, in the
 * order of the chat. Numbers of a chat count up from 1. */
#ifndef SIMULATOR_LEDGER_H
#define SIMULATOR_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/id_map.h"

/* Latencies from 1 µs on, 32 steps to each doubling: a value is accurate to 3 %. */
#define LATENCY_BUCKETS (40 * 32)

struct ledger_counts {
	uint64_t asked;      /* /ping N that were put into the queue */
	uint64_t answered;   /* of those, with "pong N" */
	uint64_t duplicates; /* further answers to the same */
	uint64_t disordered; /* answered after a later one of the same chat */
	uint64_t unexpected; /* "pong N" without a /ping N */
};

struct ledger {
	struct id_map chats; /* chat id → struct ledger_chat */
	struct ledger_counts counts;
	uint64_t latency[LATENCY_BUCKETS];
	uint64_t latency_count, latency_max_us;
};

void ledger_finish(struct ledger *ledger);
/* Forgets counts and latencies; pings that are open stay so. */
void ledger_reset(struct ledger *ledger);

/* The number of a text "/ping N" or "/ping@NAME N", -1 for any other. */
int64_t ledger_ping_number(const char *text, size_t length);

void ledger_asked(struct ledger *ledger, int64_t chat_id, int64_t number);
/* It was handed to the bot; the latency counts from the first time. */
void ledger_delivered(struct ledger *ledger, int64_t chat_id, int64_t number, uint64_t now_us);
/* The bot said this in the chat. */
void ledger_said(struct ledger *ledger, int64_t chat_id, const char *text, size_t length,
		 uint64_t now_us);
/* A group became a supergroup: what was asked in the one may be answered in the other. */
void ledger_migrated(struct ledger *ledger, int64_t from, int64_t to);
/* In µs; `share` from 0 to 1; 0 when there is none. */
uint64_t ledger_percentile(const struct ledger *ledger, double share);
/* Open pings of the chats, at most `max`: chat id and number alternately. Returns the numbers. */
size_t ledger_missing(const struct ledger *ledger, int64_t *out, size_t max);

#endif
