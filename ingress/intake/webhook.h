/* webhook.h - receives the updates that Telegram pushes: an HTTP server behind the operator's TLS
 * proxy.
 *
 * Runs in the loop. A request is answered 200 only once its update is durable (concurrent requests
 * share a sync), 503 with Retry-After only when the spool is full or an operator drains, 413 and
 * 400 for bodies that cannot be an update, and 404 for everything else: another path, query or
 * method, or no secret. Refusals are counted, and logged when they look like a configuration error.
 * Registering at Telegram is done by poll.c. */
#ifndef INGRESS_INTAKE_WEBHOOK_H
#define INGRESS_INTAKE_WEBHOOK_H

#include "common/loop.h"
#include "common/settings.h"
#include "common/why.h"
#include "ingress/intake/intake.h"
#include "ingress/intake/webhook_health.h"
#include "ingress/spool/spool.h"

struct webhook;

struct webhook_options {
	struct loop *loop;
	struct spool *spool;
	struct intake *intake;
	struct webhook_health *webhook_health; /* told what was taken */
	const char *listen;                    /* HOST:PORT */
	const char *url;    /* whose path and query are served, exactly as written */
	const char *secret; /* the required X-Telegram-Bot-Api-Secret-Token */
};

/* Returns NULL with a reason on failure. The texts must outlive it. */
struct webhook *webhook_open(const struct webhook_options *options, struct why *why);
/* While held, updates are answered 503 and Telegram sends them again later. NULL is allowed. */
void webhook_hold(struct webhook *webhook, bool held);
/* Call after spool_flush(): what is not stored is not confirmed. */
void webhook_close(struct webhook *webhook);

unsigned webhook_connections(const struct webhook *webhook);
/* All places have been taken by requests for several seconds: new callers get no connection. */
bool webhook_is_crowded(const struct webhook *webhook);
/* Why, when it is for lack of descriptors or memory: an errno; otherwise 0. */
int webhook_lacks(const struct webhook *webhook);

#endif
