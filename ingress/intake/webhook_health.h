/* webhook_health.h - whether Telegram's pushes arrive, judged from what Telegram says about the
 * webhook (getWebhookInfo) and from the updates taken.
 *
 * Telegram keeps reporting its last error after a recovery, dated by its own clock. So an error
 * counts as new when its date differs from that of the previous check; the first check only learns
 * the date. Delivery is failing from the check that finds a new error, updates waiting, and none
 * taken since the previous check. It works again with the next update taken, or when none waits.
 * Pure: no I/O. */
#ifndef INGRESS_INTAKE_WEBHOOK_HEALTH_H
#define INGRESS_INTAKE_WEBHOOK_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From an answer to getWebhookInfo. */
struct webhook_info {
	bool is_ours; /* the registered webhook is the one in our settings */
	int64_t pending;
	int64_t last_error_s; /* Telegram's clock; 0: none */
	char last_error[120]; /* printable ASCII, without secrets; "": none */
};

struct webhook_health {
	struct webhook_info info; /* of the last check */
	bool looked;
	uint64_t taken, taken_before; /* updates; `taken_before` at the last check */
	uint64_t error_ms;            /* when a check last found a new error; 0: never */
	uint64_t stuck_since_ms;      /* updates wait and none is taken; 0: not stuck */
	uint64_t failing_since_ms;    /* 0: it works */
};

void webhook_health_look(struct webhook_health *webhook_health, const struct webhook_info *info,
			 uint64_t now_ms);
/* An update arrived and is durable. */
void webhook_health_take(struct webhook_health *webhook_health);
/* False while nothing is known. */
bool webhook_health_fails(const struct webhook_health *webhook_health);
uint64_t webhook_health_failing_ms(const struct webhook_health *webhook_health, uint64_t now_ms);
/* One human-readable line. */
void webhook_health_describe(const struct webhook_health *webhook_health, uint64_t now_ms,
			     char *out, size_t size);

/* Copies arbitrary text from Telegram, for webhook_info.last_error: anything but printable ASCII
 * becomes "?", secrets and `hidden` (when it is longer than "/") become "***". */
void webhook_health_clean(const char *text, const char *hidden, char *out, size_t size);

#endif
