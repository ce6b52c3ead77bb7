/* webhook_registration.h - whether our webhook is set at Telegram, with the kinds of now, and
 * whether what Telegram pushes arrives. The calls are the poller's (poll.h), which asks here what
 * is to be done. */
#ifndef INGRESS_INTAKE_WEBHOOK_REGISTRATION_H
#define INGRESS_INTAKE_WEBHOOK_REGISTRATION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/settings.h"
#include "ingress/intake/webhook_health.h"

/* How often it is looked at, at the least. */
#define WEBHOOK_CHECK_MS 45000u

/* Zeroed: nothing is known. */
struct webhook_registration {
	bool is_set;
	bool said_undelivered;
	struct webhook_health health;
};

/* To be looked at next, rather than set: before it is set, too, for which error of Telegram's is an
 * old one. */
bool webhook_registration_wants_look(const struct webhook_registration *registration);
/* The body of setWebhook. */
void webhook_registration_write(const struct settings *settings, uint32_t kinds_asked,
				struct buffer *out);
/* setWebhook was answered: in how many ms to look. */
uint64_t webhook_registration_done(struct webhook_registration *registration);
/* getWebhookInfo was answered: in how many ms to look again; 0: it is to be set now. */
uint64_t webhook_registration_look(struct webhook_registration *registration,
				   const struct webhook_info *info, uint64_t now_ms);
/* Other kinds are needed: it is to be set again. */
void webhook_registration_renew(struct webhook_registration *registration);

#endif
