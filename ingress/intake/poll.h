/* poll.h - getUpdates: asks Telegram for updates, forever, and confirms what is durable; or, with
 * KORONE_WEBHOOK_URL, keeps the webhook that webhook.c serves registered. Switching takes a restart
 * with other settings: each mode undoes the other, and updates waiting at Telegram are kept.
 *
 *     STARTING --getMe--> WAITING_FOR_POOL --> POLLING <--> STORING
 *         |                                      |  ^
 *         +--> BACKING_OFF <---------------------+  +--> PAUSED (spool full)
 *
 * When Telegram refuses a poll because a webhook is set, the webhook is deleted (DELETING_WEBHOOK).
 * In webhook mode REGISTERING and then PUSHED replace POLLING, STORING and PAUSED. HELD is an
 * operator's drain, STOPPED the end.
 *
 * While the token is being checked (common/token_check.h) only getMe is called.
 *
 * The next getUpdates, which confirms a batch to Telegram, is sent only once the batch is durable:
 * its offset is the last id of the last batch plus 1, never a maximum, because ids may restart
 * lower (Bot API, getUpdates; TDLib, TQueue.cpp). */
#ifndef INGRESS_INTAKE_POLL_H
#define INGRESS_INTAKE_POLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/loop.h"
#include "common/settings.h"
#include "ingress/intake/allowed.h"
#include "ingress/intake/intake.h"
#include "ingress/intake/webhook_health.h"
#include "ingress/spool/spool.h"

struct poller;

struct poller *poller_create(struct loop *loop, const struct settings *settings);
void poller_destroy(struct poller *poller);
/* Takes its own key ("allowed_updates"), before poller_start(). */
void poller_restore_meta(struct poller *poller, const char *key, const void *value, size_t size);
void poller_start(struct poller *poller, struct spool *spool, struct intake *intake);
/* Ends the long poll at once, permanently. */
void poller_stop(struct poller *poller);

/* While held, no updates are taken: Telegram keeps them. */
void poller_hold(struct poller *poller, bool held);

/* What pools declare now. A poller that never polled for this bot starts with the first call. */
void poller_need_kinds(struct poller *poller, uint32_t kinds);

/* Time since the last getUpdates that Telegram answered, or since poller_start() before that. */
uint64_t poller_age_ms(const struct poller *poller);
/* Whether that age is healthy. */
bool poller_is_ready(const struct poller *poller);
/* "polling", "paused: …", "starting: …", "retrying: …"; valid until the next call to the poller. */
const char *poller_state(const struct poller *poller);

/* The health of webhook delivery; the webhook server reports to it. */
struct webhook_health *poller_webhook_health(struct poller *poller);

/* "123456789:…" -> 123456789; 0 when it is not a bot token. */
int64_t bot_id_of_token(const char *token);

#endif
