/* webhook_health.c - decides from getWebhookInfo and the updates taken whether delivery works. */
#include "ingress/intake/webhook_health.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/log.h"
#include "ingress/metrics.h"

/* Telegram retries after at most two minutes (telegram-bot-api, WebhookActor.cpp): when no new
 * error came for longer than that, the error is over. */
#define ERROR_KEPT_MS 180000u
#define STUCK_MS 30000u

static bool is_new_error(const struct webhook_health *webhook_health,
			 const struct webhook_info *info)
{
	return webhook_health->looked && info->last_error_s != 0 &&
	       info->last_error_s != webhook_health->info.last_error_s;
}

/* Updates are waiting, and none was taken since the last check. */
static void note_stuck(struct webhook_health *webhook_health, bool is_new, uint64_t now_ms)
{
	if (webhook_health->stuck_since_ms == 0)
		webhook_health->stuck_since_ms = now_ms;
	if (webhook_health->failing_since_ms == 0 &&
	    (is_new || now_ms - webhook_health->stuck_since_ms >= STUCK_MS))
		webhook_health->failing_since_ms = now_ms;
}

void webhook_health_look(struct webhook_health *webhook_health, const struct webhook_info *info,
			 uint64_t now_ms)
{
	bool is_new = is_new_error(webhook_health, info);

	if (is_new) {
		webhook_health->error_ms = now_ms;
		metric_add(&metric_webhook_errors, 1);
	}
	if (info->pending == 0)
		webhook_health->failing_since_ms = 0;
	if (info->pending > 0 && webhook_health->taken == webhook_health->taken_before)
		note_stuck(webhook_health, is_new, now_ms);
	else
		webhook_health->stuck_since_ms = 0;
	webhook_health->taken_before = webhook_health->taken;
	webhook_health->info = *info;
	webhook_health->looked = true;
}

void webhook_health_take(struct webhook_health *webhook_health)
{
	webhook_health->taken++;
	webhook_health->stuck_since_ms = 0;
	webhook_health->failing_since_ms = 0;
}

bool webhook_health_fails(const struct webhook_health *webhook_health)
{
	return webhook_health->failing_since_ms != 0;
}

uint64_t webhook_health_failing_ms(const struct webhook_health *webhook_health, uint64_t now_ms)
{
	return webhook_health->failing_since_ms ? now_ms - webhook_health->failing_since_ms : 0;
}

void webhook_health_describe(const struct webhook_health *webhook_health, uint64_t now_ms,
			     char *out, size_t size)
{
	const struct webhook_info *info = &webhook_health->info;
	const char *error = *info->last_error ? info->last_error : "none named";

	if (!webhook_health->looked)
		snprintf(out, size, "Telegram was not asked yet whether it delivers");
	else if (webhook_health->failing_since_ms)
		snprintf(out, size,
			 "Telegram does not get its updates through: %" PRId64
			 " wait, last error: %s",
			 info->pending, error);
	else if (info->pending > 0 && webhook_health->error_ms &&
		 now_ms - webhook_health->error_ms < ERROR_KEPT_MS)
		snprintf(out, size, "delivers, but not all: %" PRId64 " wait, last error: %s",
			 info->pending, error);
	else
		snprintf(out, size, "delivers: %" PRId64 " wait", info->pending);
}

void webhook_health_clean(const char *text, const char *hidden, char *out, size_t size)
{
	size_t length = strlen(hidden);
	struct buffer clean = { 0 };

	while (*text) {
		unsigned char byte = (unsigned char)*text;

		if (length > 1 && !strncmp(text, hidden, length)) {
			buffer_append_text(&clean, "***");
			text += length;
			continue;
		}
		buffer_append_byte(&clean, byte < ' ' || byte >= 0x7f ? '?' : byte);
		text++;
	}
	snprintf(out, size, "%s", log_redact(buffer_text(&clean)));
	buffer_finish(&clean);
}
