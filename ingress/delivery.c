/* delivery.c - see delivery.h. */
#include "ingress/delivery.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/log.h"
#include "ingress/metrics.h"

/* Telegram tries again after at most two minutes (telegram-bot-api, WebhookActor.cpp): without a
 * new error for longer than that there is none any more. */
#define ERROR_KEPT_MS 180000u
#define STUCK_MS 30000u

static bool is_new_error(const struct delivery *delivery, const struct webhook_info *info)
{
	return delivery->looked && info->last_error_s != 0 &&
	       info->last_error_s != delivery->info.last_error_s;
}

/* Updates wait, and since the look before none was taken. */
static void note_standstill(struct delivery *delivery, bool is_new, uint64_t now_ms)
{
	if (delivery->stuck_since_ms == 0)
		delivery->stuck_since_ms = now_ms;
	if (delivery->failing_since_ms == 0 &&
	    (is_new || now_ms - delivery->stuck_since_ms >= STUCK_MS))
		delivery->failing_since_ms = now_ms;
}

void delivery_look(struct delivery *delivery, const struct webhook_info *info, uint64_t now_ms)
{
	bool is_new = is_new_error(delivery, info);

	if (is_new) {
		delivery->error_ms = now_ms;
		metric_add(&metric_webhook_errors, 1);
	}
	if (info->pending == 0)
		delivery->failing_since_ms = 0;
	if (info->pending > 0 && delivery->taken == delivery->taken_before)
		note_standstill(delivery, is_new, now_ms);
	else
		delivery->stuck_since_ms = 0;
	delivery->taken_before = delivery->taken;
	delivery->info = *info;
	delivery->looked = true;
}

void delivery_take(struct delivery *delivery)
{
	delivery->taken++;
	delivery->stuck_since_ms = 0;
	delivery->failing_since_ms = 0;
}

bool delivery_fails(const struct delivery *delivery)
{
	return delivery->failing_since_ms != 0;
}

uint64_t delivery_failing_ms(const struct delivery *delivery, uint64_t now_ms)
{
	return delivery->failing_since_ms ? now_ms - delivery->failing_since_ms : 0;
}

void delivery_describe(const struct delivery *delivery, uint64_t now_ms, char *out, size_t size)
{
	const struct webhook_info *info = &delivery->info;
	const char *error = *info->last_error ? info->last_error : "none named";

	if (!delivery->looked)
		snprintf(out, size, "Telegram was not asked yet whether it delivers");
	else if (delivery->failing_since_ms)
		snprintf(out, size,
			 "Telegram does not get its updates through: %" PRId64
			 " wait, last error: %s",
			 info->pending, error);
	else if (info->pending > 0 && delivery->error_ms &&
		 now_ms - delivery->error_ms < ERROR_KEPT_MS)
		snprintf(out, size, "delivers, but not all: %" PRId64 " wait, last error: %s",
			 info->pending, error);
	else
		snprintf(out, size, "delivers: %" PRId64 " wait", info->pending);
}

void delivery_clean(const char *text, const char *hidden, char *out, size_t size)
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
