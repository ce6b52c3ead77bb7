/* report.c - see report.h. */
#include "workers/sender/report.h"

#include <stdio.h>
#include <string.h>

#define SENT_WHY_MAX 300u

void report_text(struct channel *parent, enum wire_type type, const char *text)
{
	frame_append(channel_out(parent), type, text, strlen(text), NULL, 0);
}

void report_sent(struct channel *parent, const struct send_call *call, enum call_outcome outcome,
		 const struct telegram_answer *answer, const struct call_result *result, bool final)
{
	struct buffer *out = channel_out(parent);
	char why[SENT_WHY_MAX] = "";
	struct wire_sent head = { .id = call->id,
				  .duration_us = answer->duration_us,
				  .method = (uint16_t)call->method,
				  .error_code = (int16_t)result->error_code,
				  .outcome = (uint8_t)outcome,
				  .repeated = call->repeated,
				  .final = final };
	size_t opened = frame_start(out, WIRE_SENT);

	if (outcome != OUTCOME_OK && (result->description.length || answer->http_status))
		answer_clean_description(result->description, why, sizeof(why));
	else if (outcome != OUTCOME_OK && answer->error)
		snprintf(why, sizeof(why), "%s", answer->error);
	head.why_size = (uint16_t)strlen(why);
	buffer_append(out, &head, sizeof(head));
	buffer_append(out, why, head.why_size);
	if (final && call->call.want_result)
		call_result_encode(result, out);
	frame_finish(out, opened);
}

void report_refusal(struct channel *parent, struct send_call *call, enum call_outcome outcome,
		    const char *reason)
{
	static const struct telegram_answer answer = { 0 };
	const struct call_result result = { .status = CALL_REFUSED,
					    .error_code = 400,
					    .description = text_of(reason) };

	call->method = METHOD_NONE;
	report_sent(parent, call, outcome, &answer, &result, true);
}

void report_cooldown(struct channel *parent, int64_t chat_id, uint64_t remaining_ms)
{
	const struct wire_cooldown cooldown = { .chat_id = chat_id, .remaining_ms = remaining_ms };

	frame_append(channel_out(parent), WIRE_COOLDOWN, &cooldown, sizeof(cooldown), NULL, 0);
}

void report_migrated(struct channel *parent, int64_t from, int64_t to)
{
	const struct wire_migrated migrated = { .from = from, .to = to };

	frame_append(channel_out(parent), WIRE_MIGRATED, &migrated, sizeof(migrated), NULL, 0);
}

void report_back(struct channel *parent, const struct send_call *call, uint64_t after_ms)
{
	const struct wire_back back = { .id = call->id, .after_ms = after_ms };

	frame_append(channel_out(parent), WIRE_BACK, &back, sizeof(back), NULL, 0);
}

void report_late(struct channel *parent, const struct send_call *call, uint64_t after_ms)
{
	static const char reason[] = "Too Many Requests: the chat is in a cooldown";
	static const struct telegram_answer answer = { 0 };
	const struct call_result result = { .status = CALL_REFUSED,
					    .error_code = 429,
					    .description = { reason, sizeof(reason) - 1 },
					    .retry_after_s = (uint32_t)((after_ms + 999) / 1000) };

	if (call->call.want_result)
		report_sent(parent, call, OUTCOME_TOO_MANY, &answer, &result, true);
	else if (!call->hint)
		report_back(parent, call, after_ms);
}
