/* webhook_health.h - whether Telegram's pushes arrive: from what Telegram says about the webhook
 * (getWebhookInfo) and from the updates that were taken.
 *
 * Telegram goes on to name its last error after a recovery, and dates it by a clock that is not
 * ours. So an error is a new one when its date is another than at the look before; the first look
 * only learns the date. Delivery fails from the look on that finds a new error, updates that wait
 * and none taken since the look before. It works again with the next update that is taken, or when
 * none waits. Pure: no I/O. */
#ifndef INGRESS_INTAKE_WEBHOOK_HEALTH_H
#define INGRESS_INTAKE_WEBHOOK_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of an answer to getWebhookInfo. */
struct webhook_info {
	bool is_ours; /* the webhook that is set is the one of our settings */
	int64_t pending;
	int64_t last_error_s; /* Telegram's clock; 0: none */
	char last_error[120]; /* printable ASCII, without secrets; "": none */
};

struct webhook_health {
	struct webhook_info info; /* of the last look */
	bool looked;
	uint64_t taken, taken_before; /* updates; until the last look */
	uint64_t error_ms;            /* of the look that found the last new error; 0: none did */
	uint64_t stuck_since_ms;      /* updates wait and none was taken; 0: not so */
	uint64_t failing_since_ms;    /* 0: it works */
};

void webhook_health_look(struct webhook_health *webhook_health, const struct webhook_info *info,
			 uint64_t now_ms);
/* An update was pushed and is durable. */
void webhook_health_take(struct webhook_health *webhook_health);
/* Not while nothing is known. */
bool webhook_health_fails(const struct webhook_health *webhook_health);
uint64_t webhook_health_failing_ms(const struct webhook_health *webhook_health, uint64_t now_ms);
/* For people, in one line. */
void webhook_health_describe(const struct webhook_health *webhook_health, uint64_t now_ms,
			     char *out, size_t size);

/* Copies a text of Telegram's that may hold anything, for webhook_info.last_error: what is not
 * printable ASCII becomes "?", secrets and `hidden`, when it is longer than "/", become "***". */
void webhook_health_clean(const char *text, const char *hidden, char *out, size_t size);

#endif
