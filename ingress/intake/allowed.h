/* allowed.h - which kinds of updates we ask Telegram for: what pools declare plus what recording
 * needs. Widened at once, narrowed only after a kind has not been needed for 24 hours, so that a
 * pool that restarts briefly without a module loses nothing. */
#ifndef INGRESS_INTAKE_ALLOWED_H
#define INGRESS_INTAKE_ALLOWED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/kind.h"

#define ALLOWED_KEPT_S (24 * 3600)

/* What recording needs regardless of modules: who acts, and where the bot is. Member lists of big
 * groups and reactions are floods, so only modules ask for them. */
#define ALLOWED_FOR_RECORDING                                                         \
	(1u << KIND_MESSAGE | 1u << KIND_EDITED_MESSAGE | 1u << KIND_CALLBACK_QUERY | \
	 1u << KIND_INLINE_QUERY | 1u << KIND_MY_CHAT_MEMBER | 1u << KIND_CHAT_JOIN_REQUEST)

/* Zeroed: nothing is known yet. */
struct allowed {
	int64_t needed_s[KIND_COUNT]; /* UTC, when it was last needed; 0: never */
};

/* These kinds are needed now. True when the set grew. */
bool allowed_need(struct allowed *allowed, uint32_t kinds_needed, int64_t now_s);
/* The kinds to ask for, as bits; 0: nothing is known yet. */
uint32_t allowed_kinds(const struct allowed *allowed, int64_t now_s);
/* ["callback_query",…] */
void allowed_json(uint32_t kinds_asked, struct buffer *out);
void allowed_encode(const struct allowed *allowed, struct buffer *out);
/* Of damaged input the intact part is added; kinds unknown to this program are ignored. */
void allowed_decode(struct allowed *allowed, const void *data, size_t size);

#endif
