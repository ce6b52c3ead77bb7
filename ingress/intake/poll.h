/* poll.h - getUpdates: asks Telegram for updates, for ever, and confirms what is durable; or, with
 * KORONE_WEBHOOK_URL, keeps the webhook registered that webhook.c serves. Switching between the two
 * is a restart with other settings: each undoes the other, and what waits at Telegram is kept.
 *
 *     STARTING --getMe--> WAITING_FOR_POOL --> POLLING <--> STORING
 *         |                                      |  ^
 *         +--> BACKING_OFF <---------------------+  +--> PAUSED (spool full)
 *
 * A poll that Telegram refuses because a webhook is set deletes it first (DELETING_WEBHOOK). With a
 * webhook of our own REGISTERING and then PUSHED stand for POLLING, STORING and PAUSED. HELD is
 * where an operator's drain keeps it, STOPPED the end.
 *
 * While a check of the token is open (common/token_check.h) only getMe is called.
 *
 * The next getUpdates, which confirms a batch to Telegram, goes out only once the batch is durable:
 * its offset is the last id of the last batch plus 1, never a maximum, for ids may restart lower
 * (Bot API, getUpdates; TDLib, TQueue.cpp). */
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
/* Takes the key that is its own ("allowed_updates"), before poller_start(). */
void poller_restore_meta(struct poller *poller, const char *key, const void *value, size_t size);
void poller_start(struct poller *poller, struct spool *spool, struct intake *intake);
/* Ends the long poll at once, for good. */
void poller_stop(struct poller *poller);

/* While held no updates are taken: Telegram keeps them. */
void poller_hold(struct poller *poller, bool held);

/* What pools declare now. The first call lets a poller begin that never polled for this bot. */
void poller_need_kinds(struct poller *poller, uint32_t kinds);

/* Since the last getUpdates that Telegram answered; since poller_start() before the first one. */
uint64_t poller_age_ms(const struct poller *poller);
/* That age is one that a healthy poller has. */
bool poller_is_ready(const struct poller *poller);
/* "polling", "paused: …", "starting: …", "retrying: …"; good until the next call of anything here.
 */
const char *poller_state(const struct poller *poller);

/* What is known of the webhook; whoever takes its updates tells it. */
struct webhook_health *poller_delivery(struct poller *poller);

/* "123456789:…" -> 123456789; 0 when it is no bot token. */
int64_t bot_id_of_token(const char *token);

#endif
