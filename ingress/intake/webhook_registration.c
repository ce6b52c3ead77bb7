/* webhook_registration.c - see webhook_registration.h. */
#include "ingress/intake/webhook_registration.h"

#include "common/json.h"
#include "common/log.h"
#include "ingress/intake/allowed.h"

#define LOG_SUBSYSTEM "poll"

#define PENDING_MS 10000u    /* while updates wait at Telegram */
#define CONNECTIONS_MAX 100u /* Bot API: the most that setWebhook takes */

bool webhook_registration_wants_look(const struct webhook_registration *registration)
{
	return registration->is_set || !registration->health.looked;
}

void webhook_registration_write(const struct settings *settings, uint32_t kinds_asked,
				struct buffer *out)
{
	struct json json = json_start(out);

	json_object_start(&json);
	json_key_text(&json, "url", settings->webhook_url);
	json_key_text(&json, "secret_token", settings->webhook_secret);
	json_key_int(&json, "max_connections", CONNECTIONS_MAX);
	json_key_bool(&json, "drop_pending_updates", false);
	json_key(&json, "allowed_updates");
	allowed_json(kinds_asked, json.out);
	json_object_end(&json);
}

uint64_t webhook_registration_done(struct webhook_registration *registration)
{
	registration->is_set = true;
	log_notice("webhook set; Telegram pushes updates");
	return PENDING_MS;
}

static void look_at_delivery(struct webhook_registration *registration,
			     const struct webhook_info *info, uint64_t now_ms)
{
	bool fails;

	webhook_health_look(&registration->health, info, now_ms);
	fails = webhook_health_fails(&registration->health);
	if (fails && !registration->said_undelivered)
		log_error("Telegram cannot deliver updates to KORONE_WEBHOOK_URL: check the proxy, "
			  "its certificate and DNS",
			  log_signed("pending", info->pending),
			  log_text("telegram", info->last_error));
	else if (!fails && registration->said_undelivered)
		log_notice("Telegram delivers to the webhook again",
			   log_signed("pending", info->pending));
	registration->said_undelivered = fails;
}

uint64_t webhook_registration_look(struct webhook_registration *registration,
				   const struct webhook_info *info, uint64_t now_ms)
{
	look_at_delivery(registration, info, now_ms);
	if (registration->is_set && !info->is_ours)
		log_warn("another program changed the webhook; setting it again");
	if (!registration->is_set || !info->is_ours)
		return 0;
	return info->pending > 0 ? PENDING_MS : WEBHOOK_CHECK_MS;
}

void webhook_registration_renew(struct webhook_registration *registration)
{
	registration->is_set = false;
}
