/* poll_answer.c - classifies Bot API answers that are not a batch of updates. */
#include "ingress/intake/poll_answer.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_member.h"
#include "common/log.h"
#include "common/webhook_url.h"

#define RETRY_AFTER_DEFAULT_S 5u

static const char *const advice[POLL_ERROR_COUNT] = {
	[POLL_ERROR_CONFLICT_POLLER] = "another program polls with this bot token: only one may",
	[POLL_ERROR_CONFLICT_WEBHOOK] = "a webhook was set for this bot while it was being polled",
	[POLL_ERROR_WEBHOOK_ACTIVE] =
		"a webhook is set for this bot: deleting it, nothing is dropped",
	[POLL_ERROR_UNAUTHORIZED] = "Telegram refuses this bot token; checking it with getMe",
	[POLL_ERROR_TOO_MANY_REQUESTS] = "rate limited by Telegram",
	[POLL_ERROR_SERVER] = "Telegram server error",
	[POLL_ERROR_TIMEOUT] = "the long poll stalled; reconnecting",
	[POLL_ERROR_CONNECTION] = "Telegram cannot be reached",
	[POLL_ERROR_TLS] =
		"no trusted connection to Telegram: check the clock and the certificates",
	[POLL_ERROR_INCOMPLETE] = "the answer was cut off",
	[POLL_ERROR_NOT_JSON] =
		"the answer is not Telegram's: is there a proxy, or is TELEGRAM_API_URL wrong?",
	[POLL_ERROR_TOO_LARGE] = "the answer is too large to be Telegram's",
	[POLL_ERROR_OTHER] = "Telegram refuses the call",
};

const char *poll_error_advice(enum poll_error error)
{
	return advice[error];
}

static void describe(struct poll_answer *out, enum poll_error error, const char *description)
{
	out->error = error;
	log_redact_copy(out->description, sizeof(out->description), description,
			strlen(description));
}

static enum poll_error conflict_kind(const char *description)
{
	if (strstr(description, "webhook is active"))
		return POLL_ERROR_WEBHOOK_ACTIVE;
	if (strstr(description, "setWebhook"))
		return POLL_ERROR_CONFLICT_WEBHOOK;
	return POLL_ERROR_CONFLICT_POLLER;
}

static struct json_slice member(struct json_slice object, const char *name)
{
	struct json_slice value;

	return json_find_member(object, name, &value) ? value : (struct json_slice) { "", 0 };
}

static uint32_t retry_after(struct json_slice body)
{
	int64_t seconds = json_slice_integer(member(member(body, "parameters"), "retry_after"));

	if (seconds < 1)
		return RETRY_AFTER_DEFAULT_S;
	return seconds > UINT32_MAX ? UINT32_MAX : (uint32_t)seconds;
}

/* {"ok":false,"error_code":…,"description":"…"} */
static void read_error(struct json_slice body, struct poll_answer *out)
{
	int64_t code = json_slice_integer(member(body, "error_code"));
	struct json_slice text = member(body, "description");
	json_t *value = json_loadb(text.data, text.size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	const char *description = json_string_value(value);

	if (!description)
		description = "";
	if (code == 409) {
		describe(out, conflict_kind(description), description);
	} else if (code == 401 || (code == 404 && !strstr(description, "method not found"))) {
		describe(out, POLL_ERROR_UNAUTHORIZED, description);
	} else if (code == 429) {
		describe(out, POLL_ERROR_TOO_MANY_REQUESTS, description);
		out->retry_after_s = retry_after(body);
	} else {
		describe(out, code >= 500 ? POLL_ERROR_SERVER : POLL_ERROR_OTHER, description);
	}
	json_decref(value);
}

static bool starts_ok(const char *body, size_t size)
{
	static const char ok[] = "{\"ok\":true";

	return size >= sizeof(ok) - 1 && !memcmp(body, ok, sizeof(ok) - 1);
}

/* Updates are not looked into: what is odd in one of them must not stop the others. */
static void read_body(const struct http_answer *http, struct poll_answer *out)
{
	struct json_slice body = { http->body, http->size }, ok = { "", 0 };

	if (http->status == 200 && starts_ok(http->body, http->size)) {
		out->ok = true;
		return;
	}
	ok = member(body, "ok");
	if (json_slice_is(ok, "true"))
		out->ok = true;
	else if (json_slice_is(ok, "false"))
		read_error(body, out);
	else if (http->status >= 500)
		describe(out, POLL_ERROR_SERVER, "the server failed, without saying how");
	else
		describe(out, POLL_ERROR_NOT_JSON, "the answer is not of the Bot API");
}

void poll_answer_read(const struct http_answer *http, struct poll_answer *out)
{
	*out = (struct poll_answer) { .error = POLL_ERROR_OTHER };
	switch (http->result) {
	case HTTP_ANSWERED:
		read_body(http, out);
		break;
	case HTTP_TIMED_OUT:
		describe(out, POLL_ERROR_TIMEOUT, http->error);
		break;
	case HTTP_NO_CONNECTION:
		describe(out, POLL_ERROR_CONNECTION, http->error);
		break;
	case HTTP_TLS_FAILED:
		describe(out, POLL_ERROR_TLS, http->error);
		break;
	case HTTP_INCOMPLETE:
		describe(out, POLL_ERROR_INCOMPLETE, http->error);
		break;
	case HTTP_TOO_LARGE:
		describe(out, POLL_ERROR_TOO_LARGE, http->error);
		break;
	case HTTP_FAILED:
		describe(out, POLL_ERROR_OTHER, http->error);
		break;
	}
}

void poll_answer_expect_bot(const struct http_answer *http, int64_t bot_id, struct poll_answer *out)
{
	struct json_slice body = { http->body, http->size };

	if (json_slice_integer(member(member(body, "result"), "id")) != bot_id) {
		out->ok = false;
		describe(out, POLL_ERROR_OTHER, "getMe was answered for another bot");
	}
}

void poll_answer_webhook(const struct http_answer *http, const char *url, struct webhook_info *out)
{
	json_t *root = json_loadb(http->body, http->size, JSON_ALLOW_NUL, NULL);
	const json_t *info = json_object_get(root, "result");
	const char *set = json_string_value(json_object_get(info, "url"));
	const char *error = json_string_value(json_object_get(info, "last_error_message"));
	char *target = webhook_url_target(url);

	*out = (struct webhook_info) {
		.is_ours = set && !strcmp(set, url),
		.pending = json_integer_value(json_object_get(info, "pending_update_count")),
		.last_error_s = json_integer_value(json_object_get(info, "last_error_date")),
	};
	webhook_health_clean(error ? error : "", target, out->last_error, sizeof(out->last_error));
	free(target);
	json_decref(root);
}
