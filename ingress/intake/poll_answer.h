/* poll_answer.h - what an answer of the Bot API to getUpdates means. Pure: no state, no I/O. */
#ifndef INGRESS_INTAKE_POLL_ANSWER_H
#define INGRESS_INTAKE_POLL_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/http.h"
#include "ingress/intake/webhook_health.h"
#include "ingress/metrics.h"

struct poll_answer {
	bool ok;                /* {"ok":true…: the rest is not parsed */
	enum poll_error error;  /* when not ok */
	uint32_t retry_after_s; /* POLL_ERROR_TOO_MANY_REQUESTS; at least 1 */
	char description[200];  /* Telegram's text, or ours; for a log line */
};

/* Telegram's three texts for code 409 (telegram-bot-api, Client::abort_long_poll and
 * fail_query_conflict) are told apart by content. Only an answer in Telegram's own format counts as
 * 401 or 404: a proxy's page with that status is POLL_ERROR_NOT_JSON. "Not Found: method not found"
 * is only sent for a known token (Client::on_cmd): POLL_ERROR_OTHER. */
void poll_answer_read(const struct http_answer *http, struct poll_answer *out);
/* Turns an ok answer to getMe into a failure if it is not about this bot. */
void poll_answer_expect_bot(const struct http_answer *http, int64_t bot_id,
			    struct poll_answer *out);
/* Reads an ok answer to getWebhookInfo; `url` is the one from our settings. */
void poll_answer_webhook(const struct http_answer *http, const char *url, struct webhook_info *out);
/* Advice for the operator; never NULL. */
const char *poll_error_advice(enum poll_error error);

#endif
