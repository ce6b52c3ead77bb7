#include "simulator/method_webhook.h"

#include <string.h>

#include "simulator/feed.h"
#include "simulator/long_poll.h"
#include "simulator/sim.h"
#include "simulator/webhook.h"

#define CONNECTIONS_DEFAULT 40
#define SECRET_MAX 256
#define SET_PAUSE_MS 1000

static bool is_good_secret(struct call *call, const char *secret)
{
	if (strlen(secret) > SECRET_MAX)
		return call_fail(call, 400, "Bad Request: secret token is too long");
	if (secret[strspn(secret, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				  "0123456789-_")])
		return call_fail(call, 400,
				 "Bad Request: secret token contains unallowed characters");
	return true;
}

/* A second setWebhook within a second is refused. */
static bool is_in_time(struct call *call)
{
	struct webhook *webhook = call->sim->webhook;
	int64_t now_ms = sim_clock_ms(&call->sim->world.clock);

	if (now_ms < webhook->next_set_ms) {
		call->retry_after_s = 1;
		return call_fail(call, 429, "Too Many Requests: retry after 1");
	}
	webhook->next_set_ms = now_ms + SET_PAUSE_MS;
	return true;
}

/* Setting the same again changes nothing: deliveries and the last error stay. */
static bool is_set_already(struct call *call, const char *url, const char *secret,
			   int64_t connections)
{
	const struct webhook *webhook = call->sim->webhook;

	return webhook->url && !strcmp(webhook->url, url) &&
	       !strcmp(webhook->secret ? webhook->secret : "", secret) &&
	       webhook->max_connections == connections &&
	       !parameters_bool(call->parameters, "drop_pending_updates");
}

static void take_common(struct call *call)
{
	uint32_t allowed = feed_parse_kinds(parameters_text(call->parameters, "allowed_updates"));

	if (allowed)
		call->sim->feed->allowed = allowed;
	if (parameters_bool(call->parameters, "drop_pending_updates"))
		queue_clear(&call->sim->queue);
}

void method_delete_webhook(struct call *call)
{
	bool was_set = webhook_is_set(call->sim);

	webhook_remove(call->sim);
	if (parameters_bool(call->parameters, "drop_pending_updates"))
		queue_clear(&call->sim->queue);
	call_result_true(call);
	call->note = was_set ? "Webhook was deleted" : "Webhook is already deleted";
}

void method_set_webhook(struct call *call)
{
	struct sim *sim = call->sim;
	const char *url = parameters_text(call->parameters, "url");
	const char *secret = parameters_text(call->parameters, "secret_token");
	int64_t connections = parameters_int(call->parameters, "max_connections",
					     CONNECTIONS_DEFAULT, 1, WEBHOOK_CONNECTIONS_MAX);

	if (!*url) {
		method_delete_webhook(call);
		return;
	}
	if (!is_in_time(call))
		return;
	if (is_set_already(call, url, secret, connections)) {
		take_common(call);
		call_result_true(call);
		call->note = "Webhook is already set";
		return;
	}
	if (!is_good_secret(call, secret))
		return;
	if (!webhook_set(sim, url, secret, connections)) {
		call_fail(call, 400,
			  "Bad Request: bad webhook: only http on 127.0.0.1 can be reached from "
			  "the simulator");
		return;
	}
	long_poll_abort(sim, "Conflict: terminated by setWebhook request");
	take_common(call);
	call_result_true(call);
	call->note = "Webhook was set";
	webhook_wakeup(sim);
}

void method_get_webhook_info(struct call *call)
{
	const struct sim *sim = call->sim;
	const struct webhook *webhook = sim->webhook;
	struct json *json = &call->result;

	json_object_start(json);
	json_key_text(json, "url", webhook->url ? webhook->url : "");
	json_key_bool(json, "has_custom_certificate", false);
	json_key_int(json, "pending_update_count", (int64_t)sim->queue.count);
	if (webhook->last_error) {
		json_key_int(json, "last_error_date", webhook->last_error_s);
		json_key_text(json, "last_error_message", webhook->last_error);
	}
	if (webhook->url) {
		json_key_int(json, "max_connections", webhook->max_connections);
		json_key_text(json, "ip_address", "127.0.0.1");
	}
	if (sim->feed->allowed != feed_default_kinds()) {
		json_key(json, "allowed_updates");
		json_array_start(json);
		for (unsigned i = 0; i < KIND_UNKNOWN; i++) {
			if (sim->feed->allowed >> i & 1)
				json_text(json, kinds[i].field);
		}
		json_array_end(json);
	}
	json_object_end(json);
}
