/* report.h - what a sender tells its parent. */
#ifndef WORKERS_SENDER_REPORT_H
#define WORKERS_SENDER_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "workers/sender/queue.h"
#include "workers/sender/telegram.h"
#include "workers/wire/answer.h"
#include "workers/wire/channel.h"
#include "workers/wire/wire.h"

void report_text(struct channel *parent, enum wire_type type, const char *text);
/* What became of a call; not `final`: it is made again. */
void report_sent(struct channel *parent, const struct send_call *call, enum call_outcome outcome,
		 const struct telegram_answer *answer, const struct call_result *result,
		 bool final);
/* Telegram wants silence in a chat, or (0) for the whole token. */
/* The same of a call that Telegram is not asked for; final. */
void report_refusal(struct channel *parent, struct send_call *call, enum call_outcome outcome,
		    const char *reason);
/* It cannot be made before: 429 for a child that waits, back to ingress for a reply. */
void report_late(struct channel *parent, const struct send_call *call, uint64_t after_ms);
void report_cooldown(struct channel *parent, int64_t chat_id, uint64_t remaining_ms);
/* A group is a supergroup now. */
void report_migrated(struct channel *parent, int64_t from, int64_t to);
/* A call that cannot be made soon is returned. */
void report_back(struct channel *parent, const struct send_call *call, uint64_t after_ms);

#endif
