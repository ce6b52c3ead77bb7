/* poll.c - the long poll and how it goes on after every kind of failure. */
#include "ingress/intake/poll.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "common/clock.h"
#include "common/http.h"
#include "common/json.h"
#include "common/log.h"
#include "common/random.h"
#include "common/token_check.h"
#include "common/trace.h"
#include "common/xalloc.h"
#include "ingress/intake/poll_answer.h"
#include "ingress/metrics.h"

#define LOG_SUBSYSTEM "poll"

#define CONNECT_TIMEOUT_MS 10000u
#define ANSWER_MAX (64u << 20) /* 100 updates of at most 512 KiB each (TDLib, TQueue.cpp) */
#define BATCH_MAX 100u         /* Bot API: limit of getUpdates */
#define CALL_TIMEOUT_MS 20000u /* getMe, deleteWebhook */
#define POLL_GRACE_MS 10000u   /* after the long poll's own timeout the connection is dead */
#define READY_GRACE_MS 15000u
#define LOUD_AFTER_MS 60000u /* failing for this long someone must act */
#define FULL_CHECK_MS 1000u
#define RATE_MS 10000u
#define RATE_SHORT_MS 500u        /* when there is no time for more */
#define WEBHOOK_CHECK_MS 45000u   /* how often it is checked that our webhook is set and works */
#define WEBHOOK_PENDING_MS 10000u /* the same while updates wait at Telegram */
#define WEBHOOK_CONNECTIONS 100u  /* Bot API: the most that setWebhook takes */
#define KINDS_WRITE_MS 3600000u   /* how often the times of need are written */
/* What Telegram keeps for us while we do not poll (TDLib, TQueue.cpp; Bot API). */
#define TELEGRAM_UPDATES_MAX 100000u
#define TELEGRAM_HOURS 24u

/* An answer that stays as it is when it is asked for again was not cut short on the way. */
#define UNREADABLE_MAX 2u

static const uint32_t backoff_ms[] = { 500, 1000, 2000, 5000, 10000, 30000 };

enum poller_phase {
	POLLER_NEW,
	POLLER_STARTING, /* getMe */
	POLLER_WAITING_FOR_POOL,
	POLLER_POLLING,
	POLLER_STORING, /* a batch is on its way to the disk */
	POLLER_DELETING_WEBHOOK,
	POLLER_REGISTERING, /* our webhook */
	POLLER_PUSHED,      /* Telegram pushes to our webhook; looked at now and then */
	POLLER_BACKING_OFF,
	POLLER_PAUSED, /* the spool is full */
	POLLER_HELD,   /* an operator wants no more updates */
	POLLER_STOPPED,
};

struct poller {
	struct loop *loop;
	const struct settings *settings;
	struct spool *spool;
	struct intake *intake;
	struct http *http;
	char *url; /* of the API with the token: never logged */
	enum poller_phase phase;
	struct loop_timer timer; /* ends a backoff or a pause */
	struct loop_timer kinds_timer;
	struct allowed allowed;
	uint32_t declared; /* by the pools, now */
	bool greeted;      /* getMe was answered */
	bool held;         /* see poller_hold() */
	bool registered;   /* our webhook is set, with the kinds of now */
	bool said_undelivered;
	bool has_offset;
	int64_t offset;
	uint64_t asked_ms; /* when the call under way went out */
	uint64_t completed_ms;
	uint64_t failing_since_ms; /* 0: the last call went well */
	unsigned failures;
	bool said_loud;
	struct token_check token;
	bool vouched;        /* a check found the token good since the last call that went well */
	unsigned unreadable; /* answers in a row whose list of updates does not end as it should */
	/* how fast updates came lately, for what is said while paused */
	int64_t counted;
	uint64_t counted_ms;
	double per_second;
	struct buffer body;
	struct webhook_health webhook_health; /* of the webhook */
	char state[160];
};

static void next_call(struct poller *poller);
static void on_timer(void *owner);
static void on_kinds_timer(void *owner);

int64_t bot_id_of_token(const char *token)
{
	int64_t id = 0;
	size_t digits = strspn(token, "0123456789");

	if (digits == 0 || digits > 18 || token[digits] != ':')
		return 0;
	for (size_t i = 0; i < digits; i++)
		id = 10 * id + (token[i] - '0');
	return id;
}

struct poller *poller_create(struct loop *loop, const struct settings *settings)
{
	static const char *const headers[] = { "Content-Type: application/json", NULL };
	struct poller *poller = xmalloc(sizeof(*poller));

	poller->loop = loop;
	poller->settings = settings;
	poller->http = http_create(&(struct http_options) {
		.loop = loop,
		.headers = headers,
		.connect_timeout_ms = CONNECT_TIMEOUT_MS,
		.answer_max = ANSWER_MAX,
	});
	poller->url = xasprintf("%s/bot%s/", settings->api_url, settings->bot_token);
	poller->timer = (struct loop_timer) { .fn = on_timer, .owner = poller };
	poller->kinds_timer = (struct loop_timer) { .fn = on_kinds_timer, .owner = poller };
	return poller;
}

void poller_destroy(struct poller *poller)
{
	if (!poller)
		return;
	poller_stop(poller);
	http_destroy(poller->http);
	explicit_bzero(poller->url, strlen(poller->url));
	free(poller->url);
	buffer_finish(&poller->body);
	free(poller);
}

/* `state` NULL: as it was. */
static void set_phase(struct poller *poller, enum poller_phase phase, const char *state)
{
	poller->phase = phase;
	if (state)
		snprintf(poller->state, sizeof(poller->state), "%s", state);
}

static uint64_t now_ms(const struct poller *poller)
{
	return loop_now_ms(poller->loop);
}

static void call(struct poller *poller, const char *method, uint64_t timeout_ms, http_answer_fn *fn)
{
	char *url = xasprintf("%s%s", poller->url, method);

	if (http_busy(poller->http) > 0)
		panic("a request while another one is under way");
	poller->asked_ms = now_ms(poller);
	http_post(poller->http, url, buffer_unread(&poller->body),
		  buffer_unread_size(&poller->body), timeout_ms, fn, poller);
	explicit_bzero(url, strlen(url));
	free(url);
}

/* --- failures --------------------------------------------------------------------------------- */

static uint64_t backoff(unsigned failures)
{
	uint32_t base =
		backoff_ms[failures < COUNT_OF(backoff_ms) ? failures : COUNT_OF(backoff_ms) - 1];

	/* A quarter more or less, so that two that fight do not fight in step. */
	return base * 3 / 4 + random_u64() % (base / 2);
}

static bool connection_is_suspect(enum poll_error error)
{
	return error == POLL_ERROR_TIMEOUT || error == POLL_ERROR_CONNECTION ||
	       error == POLL_ERROR_INCOMPLETE || error == POLL_ERROR_TLS ||
	       error == POLL_ERROR_TOO_LARGE;
}

static void log_failure(struct poller *poller, const struct poll_answer *answer, uint64_t delay_ms,
			bool begins)
{
	uint64_t failing_ms = now_ms(poller) - poller->failing_since_ms;
	enum log_level level = LOG_LEVEL_DEBUG;

	/* Once when it begins, and once more when it lasts. */
	if (begins)
		level = LOG_LEVEL_WARN;
	if (failing_ms > LOUD_AFTER_MS && !poller->said_loud) {
		level = LOG_LEVEL_ERROR;
		poller->said_loud = true;
	}
	log_at(level, "Bot API call failed", log_text("reason", poll_error_name(answer->error)),
	       log_text("advice", poll_error_advice(answer->error)),
	       log_text("telegram", answer->description), log_unsigned("failing_ms", failing_ms),
	       log_unsigned("retry_ms", delay_ms));
}

static void fail(struct poller *poller, const struct poll_answer *answer)
{
	uint64_t delay_ms = backoff(poller->failures);
	/* Trouble that turns into a refused token is another. */
	bool begins = poller->failures == 0 ||
		      (answer->error == POLL_ERROR_UNAUTHORIZED && !poller->vouched &&
		       !token_check_is_open(&poller->token));
	char state[160];

	metric_add_at(&metric_poll_errors, answer->error, 0, 1);
	/* One call is made at a time, so in an open check it was getMe. */
	if (answer->error == POLL_ERROR_UNAUTHORIZED &&
	    !token_check_refused(&poller->token, &delay_ms))
		fatal(EX_UNAVAILABLE,
		      "Telegram does not know this bot token: check TELEGRAM_BOT_TOKEN (and "
		      "TELEGRAM_API_URL)",
		      log_text("telegram", answer->description));
	metric_set(&metric_token_refused, token_check_is_open(&poller->token));
	if (answer->error == POLL_ERROR_TOO_MANY_REQUESTS)
		delay_ms = (uint64_t)answer->retry_after_s * 1000 + 50;
	if (poller->failing_since_ms == 0)
		poller->failing_since_ms = now_ms(poller);
	log_failure(poller, answer, delay_ms, begins);
	poller->failures++;
	if (connection_is_suspect(answer->error))
		http_rebuild(poller->http);
	snprintf(state, sizeof(state), "retrying: %s", poll_error_advice(answer->error));
	if (answer->error == POLL_ERROR_UNAUTHORIZED)
		token_check_describe(&poller->token, clock_utc_s(), state, sizeof(state));
	set_phase(poller, POLLER_BACKING_OFF, state);
	loop_timer_set(poller->loop, &poller->timer, delay_ms);
}

static void succeed(struct poller *poller)
{
	poller->completed_ms = now_ms(poller);
	if (poller->failures > 0)
		log_notice("Telegram answers again",
			   log_unsigned("after_ms", now_ms(poller) - poller->failing_since_ms),
			   log_unsigned("failures", poller->failures));
	poller->failures = 0;
	poller->failing_since_ms = 0;
	poller->said_loud = false;
	poller->vouched = false;
	poller->unreadable = 0;
}

/* --- a webhook in the way --------------------------------------------------------------------- */

static void on_webhook_deleted(void *owner, const struct http_answer *http)
{
	struct poller *poller = owner;
	struct poll_answer answer;

	poll_answer_read(http, &answer);
	if (!answer.ok) {
		fail(poller, &answer);
		return;
	}
	log_notice("webhook deleted; resuming polling");
	next_call(poller);
}

/* The settings say that we poll. What waits at Telegram is kept: drop_pending_updates is false. */
static void delete_webhook(struct poller *poller, const struct poll_answer *answer)
{
	metric_add_at(&metric_poll_errors, answer->error, 0, 1);
	log_warn("a webhook is set for this bot: deleting it, nothing is dropped",
		 log_text("telegram", answer->description));
	set_phase(poller, POLLER_DELETING_WEBHOOK, "starting: deleting the bot's webhook");
	buffer_clear(&poller->body);
	buffer_append_text(&poller->body, "{\"drop_pending_updates\":false}");
	call(poller, "deleteWebhook", CALL_TIMEOUT_MS, on_webhook_deleted);
}

/* --- our webhook ------------------------------------------------------------------------------ */

static void on_webhook_set(void *owner, const struct http_answer *http)
{
	struct poller *poller = owner;
	struct poll_answer answer;

	poll_answer_read(http, &answer);
	if (!answer.ok) {
		fail(poller, &answer);
		return;
	}
	succeed(poller);
	poller->registered = true;
	log_notice("webhook set; Telegram pushes updates");
	set_phase(poller, POLLER_PUSHED, "webhook");
	loop_timer_set(poller->loop, &poller->timer, WEBHOOK_PENDING_MS);
}

static void set_webhook(struct poller *poller)
{
	struct json json;

	buffer_clear(&poller->body);
	json = json_start(&poller->body);
	json_object_start(&json);
	json_key_text(&json, "url", poller->settings->webhook_url);
	json_key_text(&json, "secret_token", poller->settings->webhook_secret);
	json_key_int(&json, "max_connections", WEBHOOK_CONNECTIONS);
	json_key_bool(&json, "drop_pending_updates", false);
	json_key(&json, "allowed_updates");
	allowed_json(allowed_kinds(&poller->allowed, clock_utc_s()), json.out);
	json_object_end(&json);
	set_phase(poller, POLLER_REGISTERING, "starting: setting the webhook");
	call(poller, "setWebhook", CALL_TIMEOUT_MS, on_webhook_set);
}

static void look_at_delivery(struct poller *poller, const struct webhook_info *info)
{
	bool fails;

	webhook_health_look(&poller->webhook_health, info, now_ms(poller));
	fails = webhook_health_fails(&poller->webhook_health);
	if (fails && !poller->said_undelivered)
		log_error("Telegram cannot deliver updates to KORONE_WEBHOOK_URL: check the proxy, "
			  "its certificate and DNS",
			  log_signed("pending", info->pending),
			  log_text("telegram", info->last_error));
	else if (!fails && poller->said_undelivered)
		log_notice("Telegram delivers to the webhook again",
			   log_signed("pending", info->pending));
	poller->said_undelivered = fails;
}

static void on_webhook_info(void *owner, const struct http_answer *http)
{
	struct poller *poller = owner;
	struct webhook_info info;
	struct poll_answer answer;

	poll_answer_read(http, &answer);
	if (!answer.ok) {
		fail(poller, &answer);
		return;
	}
	succeed(poller);
	poll_answer_webhook(http, poller->settings->webhook_url, &info);
	look_at_delivery(poller, &info);
	if (poller->registered && !info.is_ours)
		log_warn("another program changed the webhook; setting it again");
	if (!poller->registered || !info.is_ours) {
		set_webhook(poller);
		return;
	}
	set_phase(poller, POLLER_PUSHED, "webhook");
	loop_timer_set(poller->loop, &poller->timer,
		       info.pending > 0 ? WEBHOOK_PENDING_MS : WEBHOOK_CHECK_MS);
}

static void check_webhook(struct poller *poller)
{
	set_phase(poller, POLLER_PUSHED, "webhook");
	buffer_clear(&poller->body);
	buffer_append_text(&poller->body, "{}");
	call(poller, "getWebhookInfo", CALL_TIMEOUT_MS, on_webhook_info);
}

/* --- getUpdates ------------------------------------------------------------------------------- */

/* Over the last `window_ms` or a little more. */
static void measure_rate(struct poller *poller, uint64_t window_ms)
{
	int64_t received = metric_get(&metric_received);
	uint64_t passed_ms = now_ms(poller) - poller->counted_ms;

	if (passed_ms < window_ms)
		return;
	poller->per_second = (double)(received - poller->counted) * 1000 / (double)passed_ms;
	poller->counted = received;
	poller->counted_ms = now_ms(poller);
}

static void pause_polling(struct poller *poller)
{
	double minutes = TELEGRAM_HOURS * 60;
	char state[160];

	if (poller->phase != POLLER_PAUSED)
		measure_rate(poller, RATE_SHORT_MS);
	if (poller->per_second > 0 && TELEGRAM_UPDATES_MAX / poller->per_second < minutes * 60)
		minutes = TELEGRAM_UPDATES_MAX / poller->per_second / 60;
	snprintf(state, sizeof(state),
		 "paused: the spool is full; Telegram keeps new updates for about %.0f min",
		 minutes);
	if (poller->phase != POLLER_PAUSED)
		log_error("the spool is full: polling paused; Telegram keeps new updates for 24 h, "
			  "up to a limit",
			  log_unsigned("updates_max", TELEGRAM_UPDATES_MAX),
			  log_unsigned("minutes", (uint64_t)minutes),
			  log_unsigned("spool_bytes", spool_bytes(poller->spool)));
	set_phase(poller, POLLER_PAUSED, state);
	loop_timer_set(poller->loop, &poller->timer, FULL_CHECK_MS);
}

static void on_stored(void *owner)
{
	struct poller *poller = owner;

	if (poller->phase == POLLER_STORING)
		next_call(poller);
}

static void take_batch(struct poller *poller, const struct http_answer *http)
{
	struct poll_answer answer = { .error = POLL_ERROR_NOT_JSON };
	const struct intake_answer updates = { .json = http->body,
					       .size = http->size,
					       .insist = poller->unreadable >= UNREADABLE_MAX };
	struct intake_batch batch;
	struct why why;

	if (!intake_take_answer(poller->intake, &updates, &batch, on_stored, poller, &why)) {
		poller->unreadable++;
		snprintf(answer.description, sizeof(answer.description), "%.150s", why.text);
		fail(poller, &answer);
		return;
	}
	if (batch.elements > 0 && !batch.has_last) {
		/* Asking again at once would bring the same. */
		snprintf(answer.description, sizeof(answer.description),
			 "no update of the batch has a readable id");
		fail(poller, &answer);
		return;
	}
	succeed(poller);
	if (batch.has_last) {
		poller->offset = batch.last_id + 1;
		poller->has_offset = true;
		metric_observe(&metric_poll_rtt,
			       (double)(now_ms(poller) - poller->asked_ms) / 1000);
	}
	if (batch.elements >= BATCH_MAX)
		metric_add(&metric_full_batches, 1);
	measure_rate(poller, RATE_MS);
	set_phase(poller, POLLER_STORING, "polling");
	if (batch.elements == 0)
		next_call(poller);
}

static void on_updates(void *owner, const struct http_answer *http)
{
	struct poller *poller = owner;
	struct poll_answer answer;

	poll_answer_read(http, &answer);
	if (answer.ok)
		take_batch(poller, http);
	else if (answer.error == POLL_ERROR_WEBHOOK_ACTIVE)
		delete_webhook(poller, &answer);
	else
		fail(poller, &answer);
}

static void get_updates(struct poller *poller)
{
	const struct settings *settings = poller->settings;
	struct json json;

	buffer_clear(&poller->body);
	json = json_start(&poller->body);
	json_object_start(&json);
	if (poller->has_offset)
		json_key_int(&json, "offset", poller->offset);
	json_key_int(&json, "limit", BATCH_MAX);
	json_key_int(&json, "timeout", settings->poll_timeout_s);
	json_key(&json, "allowed_updates");
	allowed_json(allowed_kinds(&poller->allowed, clock_utc_s()), json.out);
	json_object_end(&json);
	set_phase(poller, POLLER_POLLING, "polling");
	call(poller, "getUpdates", (uint64_t)settings->poll_timeout_s * 1000 + POLL_GRACE_MS,
	     on_updates);
}

/* --- getMe: at the start, and while the token is checked -------------------------------------- */

/* getMe was answered, so the token is good: the refused call is made again, at once unless that was
 * tried before. Only its own success ends the failure. */
static void go_on_trusting(struct poller *poller)
{
	bool again = poller->vouched;

	poller->vouched = true;
	if (!again) {
		log_notice("Telegram knows this bot token; repeating the refused call");
		next_call(poller);
		return;
	}
	set_phase(poller, POLLER_BACKING_OFF,
		  "retrying: Telegram refuses a call but accepts the token");
	loop_timer_set(poller->loop, &poller->timer, backoff(poller->failures));
}

static void on_get_me(void *owner, const struct http_answer *http)
{
	struct poller *poller = owner;
	struct poll_answer answer;

	poll_answer_read(http, &answer);
	if (answer.ok)
		poll_answer_expect_bot(http, bot_id_of_token(poller->settings->bot_token), &answer);
	if (!answer.ok) {
		fail(poller, &answer);
		return;
	}
	token_check_close(&poller->token);
	metric_set(&metric_token_refused, 0);
	if (poller->greeted) {
		go_on_trusting(poller);
		return;
	}
	succeed(poller);
	poller->greeted = true;
	next_call(poller);
}

static void get_me(struct poller *poller)
{
	/* A check has said what there is to say. */
	set_phase(poller, POLLER_STARTING,
		  token_check_is_open(&poller->token)
			  ? NULL
			  : "starting: asking Telegram who this bot is");
	buffer_clear(&poller->body);
	buffer_append_text(&poller->body, "{}");
	call(poller, "getMe", CALL_TIMEOUT_MS, on_get_me);
}

/* Whatever is to be asked next. */
static void next_call(struct poller *poller)
{
	if (poller->phase == POLLER_STOPPED)
		return;
	if (poller->held) {
		set_phase(poller, POLLER_HELD,
			  "paused: an operator drains it; Telegram keeps new updates for 24 h");
	} else if (!poller->greeted || token_check_is_open(&poller->token)) {
		get_me(poller);
	} else if (allowed_kinds(&poller->allowed, clock_utc_s()) == 0) {
		set_phase(poller, POLLER_WAITING_FOR_POOL,
			  "starting: waiting for the first pool to say which updates it needs");
		log_notice("first start for this bot: polling begins with the first pool");
	} else if (*poller->settings->webhook_url) {
		/* With a full spool the webhook answers 503 by itself. */
		/* Before it is set, too: which error of Telegram's is an old one. */
		if (poller->registered || !poller->webhook_health.looked)
			check_webhook(poller);
		else
			set_webhook(poller);
	} else if (spool_is_full(poller->spool)) {
		pause_polling(poller);
	} else {
		if (poller->phase == POLLER_PAUSED)
			log_notice("the spool has room again; resuming polling");
		get_updates(poller);
	}
}

static void on_timer(void *owner)
{
	next_call(owner);
}

void poller_restore_meta(struct poller *poller, const char *key, const void *value, size_t size)
{
	if (!strcmp(key, "allowed_updates"))
		allowed_decode(&poller->allowed, value, size);
}

void poller_start(struct poller *poller, struct spool *spool, struct intake *intake)
{
	poller->spool = spool;
	poller->intake = intake;
	poller->completed_ms = now_ms(poller);
	poller->counted_ms = now_ms(poller);
	loop_timer_set(poller->loop, &poller->kinds_timer, KINDS_WRITE_MS);
	next_call(poller);
}

void poller_stop(struct poller *poller)
{
	loop_timer_clear(poller->loop, &poller->timer);
	loop_timer_clear(poller->loop, &poller->kinds_timer);
	http_abort(poller->http);
	set_phase(poller, POLLER_STOPPED, "stopping");
}

void poller_hold(struct poller *poller, bool held)
{
	if (poller->held == held || poller->phase == POLLER_STOPPED)
		return;
	poller->held = held;
	if (held)
		log_notice("operator drains ingress; not taking more updates");
	else
		log_notice("operator ends the drain; taking updates again");
	/* A batch on its way to the disk is taken as ever; then comes the next call. */
	if (poller->phase == POLLER_STORING)
		return;
	http_abort(poller->http);
	loop_timer_clear(poller->loop, &poller->timer);
	next_call(poller);
}

/* --- kinds ------------------------------------------------------------------------------------ */

static void write_kinds(struct poller *poller)
{
	struct buffer value = { 0 };

	allowed_encode(&poller->allowed, &value);
	spool_append_meta(poller->spool, "allowed_updates", buffer_unread(&value),
			  buffer_unread_size(&value));
	spool_commit(poller->spool, false, NULL, NULL);
	buffer_finish(&value);
}

static void on_kinds_timer(void *owner)
{
	struct poller *poller = owner;

	loop_timer_set(poller->loop, &poller->kinds_timer, KINDS_WRITE_MS);
	if (poller->declared == 0)
		return;
	(void)allowed_need(&poller->allowed, poller->declared | ALLOWED_FOR_RECORDING,
			   clock_utc_s());
	write_kinds(poller);
}

void poller_need_kinds(struct poller *poller, uint32_t kinds_needed)
{
	/* The last pool is gone: what it needed may be needed again. */
	if (kinds_needed == 0 || poller->phase == POLLER_STOPPED)
		return;
	poller->declared = kinds_needed;
	bool wider = allowed_need(&poller->allowed, kinds_needed | ALLOWED_FOR_RECORDING,
				  clock_utc_s());
	write_kinds(poller);
	if (!wider)
		return;

	struct buffer list = { 0 };
	allowed_json(allowed_kinds(&poller->allowed, clock_utc_s()), &list);
	log_notice("requesting more kinds of updates",
		   log_text("allowed_updates", buffer_text(&list)));
	buffer_finish(&list);
	poller->registered = false;
	if (poller->phase == POLLER_POLLING || poller->phase == POLLER_PUSHED ||
	    poller->phase == POLLER_REGISTERING) {
		http_abort(poller->http);
		loop_timer_clear(poller->loop, &poller->timer);
		next_call(poller);
	} else if (poller->phase == POLLER_WAITING_FOR_POOL) {
		next_call(poller);
	}
}

/* --- state ------------------------------------------------------------------------------------ */

uint64_t poller_age_ms(const struct poller *poller)
{
	return now_ms(poller) - poller->completed_ms;
}

static uint64_t healthy_age_ms(const struct poller *poller)
{
	uint64_t between_ms = (uint64_t)poller->settings->poll_timeout_s * 1000;

	if (*poller->settings->webhook_url && between_ms < WEBHOOK_CHECK_MS)
		between_ms = WEBHOOK_CHECK_MS;
	return between_ms + READY_GRACE_MS;
}

bool poller_is_ready(const struct poller *poller)
{
	if (token_check_is_open(&poller->token))
		return false;
	switch (poller->phase) {
	case POLLER_NEW:
	case POLLER_STARTING:
	case POLLER_PAUSED:
	case POLLER_HELD:
	case POLLER_STOPPED:
		return false;
	case POLLER_WAITING_FOR_POOL:
		return true; /* pools may wait for us to be ready */
	case POLLER_POLLING:
	case POLLER_STORING:
	case POLLER_DELETING_WEBHOOK:
	case POLLER_REGISTERING:
	case POLLER_PUSHED:
	case POLLER_BACKING_OFF:
		return poller->greeted && poller_age_ms(poller) < healthy_age_ms(poller);
	}
	return false;
}

const char *poller_state(const struct poller *poller)
{
	return poller->state;
}

struct webhook_health *poller_delivery(struct poller *poller)
{
	return &poller->webhook_health;
}
