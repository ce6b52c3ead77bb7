/* webhook.c - the webhook's requests: checks who sends, stores the update, answers once it is
 * durable.
 *
 * HTTP itself is common/http_server.c's; this file decides what each request gets and logs refusals
 * that look like a configuration error, rate-limited. */
#include "ingress/intake/webhook.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/http_server.h"
#include "common/log.h"
#include "common/webhook_url.h"
#include "common/xalloc.h"
#include "ingress/metrics.h"

#define LOG_SUBSYSTEM "webhook"

#define CONNECTIONS_MAX 256u
#define RETRY_AFTER_S "5"
#define LOG_AGAIN_MS 60000u
#define CROWDED_MS 10000u

/* A proxy sends the head at once and has the whole body before it sends it. The peer keeps a
 * connection for 60 s (nginx, Telegram) and should be the one to close it. */
static const struct http_limits limits = {
	.head_ms = 10000,
	.head_crowded_ms = 2000,
	.request_ms = 30000,
	.idle_ms = 75000,
};

/* When a refusal was last logged, and how many there have been since. */
struct refusal_log {
	uint64_t at_ms;
	unsigned long long suppressed;
};

struct webhook {
	struct webhook_options options;
	struct http_server *server;
	char *target; /* path and query of the URL: never logged */
	struct loop_timer timer;
	bool run_again; /* a late answer is ready: run the server again */
	bool held;
	struct refusal_log refusals[REFUSAL_COUNT];
};

/* --- refusals --------------------------------------------------------------------------------- */

static void answer(struct http_request *request, unsigned status)
{
	static const struct http_header later[] = { { "Retry-After", RETRY_AFTER_S },
						    { NULL, NULL } };

	http_request_answer(request, &(struct http_reply) {
					     .status = status,
					     .headers = status == 503 ? later : NULL,
				     });
}

static void log_refusal(struct webhook *webhook, const struct http_request *request,
			enum refusal refusal)
{
	const char *secret = http_request_header(request, "X-Telegram-Bot-Api-Secret-Token");
	struct refusal_log *log = &webhook->refusals[refusal];
	uint64_t now_ms = loop_now_ms(webhook->options.loop);

	log->suppressed++;
	if (log->at_ms != 0 && now_ms - log->at_ms < LOG_AGAIN_MS)
		return;
	if (refusal == REFUSAL_PATH)
		log_warn("a request with the webhook's secret came for another path than "
			 "KORONE_WEBHOOK_URL has: check the proxy",
			 log_text("difference",
				  webhook_target_difference(webhook->target,
							    http_request_target(request))),
			 log_unsigned("refused", log->suppressed));
	else if (refusal == REFUSAL_SECRET)
		log_warn("a request for the webhook's path came without its secret: is it "
			 "Telegram's, and is the webhook set by this system only?",
			 log_text("secret", secret ? "wrong" : "none"),
			 log_unsigned("refused", log->suppressed));
	else if (refusal == REFUSAL_METHOD)
		log_warn("a request for the webhook was not a POST",
			 log_unsigned("refused", log->suppressed));
	else if (refusal == REFUSAL_STRANGER)
		log_warn("a request came with neither the webhook's path nor its secret",
			 log_unsigned("refused", log->suppressed));
	*log = (struct refusal_log) { .at_ms = now_ms };
}

static void refuse(struct http_request *request, enum refusal refusal, unsigned status)
{
	metric_add_at(&metric_webhook_refused, refusal, 0, 1);
	log_refusal(http_request_owner(request), request, refusal);
	answer(request, status);
}

/* Constant time: independent of where the texts differ. */
static bool is_same_secret(const char *given, const char *secret)
{
	size_t length = strlen(secret), given_length = given ? strlen(given) : 0;
	unsigned different = given_length != length;

	for (size_t i = 0; i < length; i++)
		different |= (unsigned)(secret[i] ^ (i < given_length ? given[i] : 0));
	return different == 0;
}

/* REFUSAL_COUNT: not refused. */
static enum refusal refusal_of(const struct webhook *webhook, const struct http_request *request)
{
	bool has_secret = is_same_secret(
		http_request_header(request, "X-Telegram-Bot-Api-Secret-Token"),
		webhook->options.secret);
	bool has_path = !strcmp(http_request_target(request), webhook->target);

	if (!has_secret)
		return has_path ? REFUSAL_SECRET : REFUSAL_STRANGER;
	if (!has_path)
		return REFUSAL_PATH;
	return strcmp(http_request_method(request), "POST") != 0 ? REFUSAL_METHOD : REFUSAL_COUNT;
}

/* --- requests --------------------------------------------------------------------------------- */

/* An unauthorised sender's body is not waited for. Telegram's is, even when it is refused: an
 * answer before its end would reach a proxy as a broken connection. */
static void on_head(void *owner, struct http_request *request)
{
	if (refusal_of(owner, request) == REFUSAL_STRANGER)
		refuse(request, REFUSAL_STRANGER, 404);
}

static void on_stored(void *owner)
{
	struct http_request *request = owner;
	struct webhook *webhook = http_request_owner(request);

	webhook_health_take(webhook->options.webhook_health);
	answer(request, 200);
	webhook->run_again = true;
}

static void on_request(void *owner, struct http_request *request)
{
	struct webhook *webhook = owner;
	struct json_slice update;
	enum refusal refusal = refusal_of(webhook, request);

	update.data = http_request_body(request, &update.size);
	if (refusal != REFUSAL_COUNT)
		refuse(request, refusal, 404);
	else if (!update.data)
		refuse(request, REFUSAL_TOO_LARGE, 413);
	else if (update.size == 0)
		refuse(request, REFUSAL_EMPTY, 400);
	else if (webhook->held || spool_is_full(webhook->options.spool))
		refuse(request, REFUSAL_BUSY, 503);
	else
		intake_take_update(webhook->options.intake, update, on_stored, request);
}

/* --- the loop --------------------------------------------------------------------------------- */

static void run(struct webhook *webhook)
{
	int wait_ms = http_server_run(webhook->server);

	if (wait_ms >= 0)
		loop_timer_set(webhook->options.loop, &webhook->timer, (uint64_t)wait_ms);
	else
		loop_timer_clear(webhook->options.loop, &webhook->timer);
}

static void on_ready(void *owner, int fd, uint32_t events)
{
	(void)fd;
	(void)events;
	run(owner);
}

static void on_timer(void *owner)
{
	run(owner);
}

static bool on_turn_end(void *owner)
{
	struct webhook *webhook = owner;

	if (webhook->run_again) {
		webhook->run_again = false;
		run(webhook);
	}
	return false;
}

struct webhook *webhook_open(const struct webhook_options *options, struct why *why)
{
	struct webhook *webhook = xmalloc(sizeof(*webhook));

	webhook->options = *options;
	webhook->target = webhook_url_target(options->url);
	webhook->timer = (struct loop_timer) { .fn = on_timer, .owner = webhook };
	webhook->server = http_server_open(
		&(struct http_server_options) { .listen = options->listen,
						.places = CONNECTIONS_MAX,
						.limits = limits,
						.body_max = TRANSCODE_UPDATE_MAX,
						.on_head = on_head,
						.on_request = on_request,
						.owner = webhook,
						.connections = &metric_webhook_connections,
						.ended = &metric_webhook_ended },
		why);
	if (!webhook->server) {
		free(webhook->target);
		free(webhook);
		return NULL;
	}
	loop_watch(options->loop, http_server_fd(webhook->server), EPOLLIN, on_ready, webhook);
	loop_add_hook(options->loop, on_turn_end, webhook);
	return webhook;
}

void webhook_hold(struct webhook *webhook, bool held)
{
	if (webhook)
		webhook->held = held;
}

void webhook_close(struct webhook *webhook)
{
	if (!webhook)
		return;
	loop_remove_hook(webhook->options.loop, on_turn_end, webhook);
	loop_unwatch(webhook->options.loop, http_server_fd(webhook->server));
	loop_timer_clear(webhook->options.loop, &webhook->timer);
	/* Sends the answers for what was stored last and accepts nothing more. What the disk did
	 * not take is not confirmed: Telegram sends it again. */
	webhook->held = true;
	http_server_close(webhook->server);
	free(webhook->target);
	free(webhook);
}

unsigned webhook_connections(const struct webhook *webhook)
{
	return http_server_connections(webhook->server);
}

int webhook_lacks(const struct webhook *webhook)
{
	return http_server_lacks(webhook->server);
}

bool webhook_is_crowded(const struct webhook *webhook)
{
	return http_server_crowded_ms(webhook->server) >= CROWDED_MS;
}
