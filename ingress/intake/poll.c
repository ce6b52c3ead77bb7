/* poll.c - the long poll, and whatever is to be asked of Telegram next: what follows from failures
 * is in poll_failures.c, what our webhook needs in webhook_registration.c. */
#include "ingress/intake/poll.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/http.h"
#include "common/json.h"
#include "common/log.h"
#include "common/trace.h"
#include "common/xalloc.h"
#include "ingress/intake/poll_answer.h"
#include "ingress/intake/poll_failures.h"
#include "ingress/intake/poll_rate.h"
#include "ingress/intake/webhook_registration.h"
#include "ingress/metrics.h"

#define LOG_SUBSYSTEM "poll"

#define CONNECT_TIMEOUT_MS 10000u
#define ANSWER_MAX (64u << 20) /* 100 updates of at most 512 KiB each (TDLib, TQueue.cpp) */
#define BATCH_MAX 100u         /* Bot API: limit of getUpdates */
#define CALL_TIMEOUT_MS 20000u /* getMe, deleteWebhook */
#define POLL_GRACE_MS 10000u   /* after the long poll's own timeout the connection is dead */
#define READY_GRACE_MS 15000u
#define FULL_CHECK_MS 1000u
/* An answer that comes at once and brings nothing new is asked for again at once, and then after
 * growing pauses: a long poll that is none would be asked thousands of times a second. */
#define IDLE_MS 50u
#define IDLE_MAX_MS 500u
#define STATE_SIZE 320          /* advice, and what Telegram or libcurl says */
#define KINDS_WRITE_MS 3600000u /* how often the times of need are written */

/* An answer that stays as it is when it is asked for again was not cut short on the way. */
#define UNREADABLE_MAX 2u

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
	uint32_t declared;  /* by the pools, now */
	bool greeted;       /* getMe was answered */
	bool held;          /* see poller_hold() */
	bool disk_was_full; /* in the last pause: not the spool at its limit */
	bool has_offset;
	int64_t offset;
	uint64_t asked_ms; /* when the call under way went out */
	uint64_t completed_ms;
	unsigned idle;       /* answers in a row that came at once and brought nothing new */
	uint64_t pause_ms;   /* before the next getUpdates, because of them */
	unsigned unreadable; /* answers in a row whose list of updates does not end as it should */
	struct poll_failures failures;
	struct poll_rate rate; /* for what is said while paused */
	struct webhook_registration webhook;
	struct buffer body;
	char state[STATE_SIZE];
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

static uint32_t kinds_now(const struct poller *poller)
{
	return allowed_kinds(&poller->allowed, clock_utc_s());
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

static void back_off(struct poller *poller, uint64_t delay_ms, const char *state)
{
	set_phase(poller, POLLER_BACKING_OFF, state);
	loop_timer_set(poller->loop, &poller->timer, delay_ms);
}

static void fail(struct poller *poller, const struct poll_answer *answer)
{
	uint64_t delay_ms = poll_failures_add(&poller->failures, answer, now_ms(poller));
	char state[STATE_SIZE];

	if (poll_failures_suspect_connection(answer->error))
		http_rebuild(poller->http);
	poll_failures_describe(&poller->failures, answer, state, sizeof(state));
	back_off(poller, delay_ms, state);
}

static void succeed(struct poller *poller)
{
	poller->completed_ms = now_ms(poller);
	poll_failures_end(&poller->failures, now_ms(poller));
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

static void await_pushes(struct poller *poller, uint64_t look_ms)
{
	set_phase(poller, POLLER_PUSHED, "webhook");
	loop_timer_set(poller->loop, &poller->timer, look_ms);
}

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
	await_pushes(poller, webhook_registration_done(&poller->webhook));
}

static void set_webhook(struct poller *poller)
{
	buffer_clear(&poller->body);
	webhook_registration_write(poller->settings, kinds_now(poller), &poller->body);
	set_phase(poller, POLLER_REGISTERING, "starting: setting the webhook");
	call(poller, "setWebhook", CALL_TIMEOUT_MS, on_webhook_set);
}

static void on_webhook_info(void *owner, const struct http_answer *http)
{
	struct poller *poller = owner;
	struct webhook_info info;
	struct poll_answer answer;
	uint64_t look_ms;

	poll_answer_read(http, &answer);
	if (!answer.ok) {
		fail(poller, &answer);
		return;
	}
	succeed(poller);
	poll_answer_webhook(http, poller->settings->webhook_url, &info);
	look_ms = webhook_registration_look(&poller->webhook, &info, now_ms(poller));
	if (look_ms > 0)
		await_pushes(poller, look_ms);
	else
		set_webhook(poller);
}

static void check_webhook(struct poller *poller)
{
	set_phase(poller, POLLER_PUSHED, "webhook");
	buffer_clear(&poller->body);
	buffer_append_text(&poller->body, "{}");
	call(poller, "getWebhookInfo", CALL_TIMEOUT_MS, on_webhook_info);
}

/* --- getUpdates ------------------------------------------------------------------------------- */

static void pause_polling(struct poller *poller)
{
	bool begins = poller->phase != POLLER_PAUSED;
	char state[160];
	double minutes;

	if (begins)
		poll_rate_measure_last(&poller->rate, metric_get(&metric_received), now_ms(poller));
	minutes = poll_rate_minutes_kept(&poller->rate);
	snprintf(state, sizeof(state),
		 "paused: the %s is full; Telegram keeps new updates for about %.0f min",
		 spool_disk_is_full(poller->spool) ? "disk" : "spool", minutes);
	if (begins && spool_disk_is_full(poller->spool))
		log_error(
			"the disk is full: polling paused; Telegram keeps new updates for 24 h, up "
			"to a limit",
			log_unsigned("updates_max", TELEGRAM_UPDATES_MAX),
			log_unsigned("minutes", (uint64_t)minutes));
	else if (begins)
		log_error("the spool is full: polling paused; Telegram keeps new updates for 24 h, "
			  "up to a limit",
			  log_unsigned("updates_max", TELEGRAM_UPDATES_MAX),
			  log_unsigned("minutes", (uint64_t)minutes),
			  log_unsigned("spool_bytes", spool_bytes(poller->spool)));
	poller->disk_was_full = spool_disk_is_full(poller->spool);
	set_phase(poller, POLLER_PAUSED, state);
	loop_timer_set(poller->loop, &poller->timer, FULL_CHECK_MS);
}

static void say_room(const struct poller *poller)
{
	if (poller->disk_was_full)
		log_notice("the disk has room again; resuming polling");
	else
		log_notice("the spool has room again; resuming polling");
}

static void note_news(struct poller *poller, bool is_new)
{
	uint64_t took_ms = now_ms(poller) - poller->asked_ms;
	uint64_t due_ms = poller->idle < 4 ? IDLE_MS << poller->idle : IDLE_MAX_MS;

	poller->pause_ms = 0;
	if (is_new || took_ms >= IDLE_MAX_MS) {
		poller->idle = 0;
		return;
	}
	if (poller->idle++ > 0 && took_ms < due_ms)
		poller->pause_ms = due_ms - took_ms;
}

static void go_on(struct poller *poller)
{
	if (poller->pause_ms > 0)
		back_off(poller, poller->pause_ms, "polling");
	else
		next_call(poller);
}

static void on_stored(void *owner)
{
	struct poller *poller = owner;

	if (poller->phase == POLLER_STORING)
		go_on(poller);
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
	note_news(poller,
		  batch.has_last && (!poller->has_offset || poller->offset != batch.last_id + 1));
	if (batch.has_last) {
		poller->offset = batch.last_id + 1;
		poller->has_offset = true;
		metric_observe(&metric_poll_rtt,
			       (double)(now_ms(poller) - poller->asked_ms) / 1000);
	}
	if (batch.elements >= BATCH_MAX)
		metric_add(&metric_full_batches, 1);
	poll_rate_measure(&poller->rate, metric_get(&metric_received), now_ms(poller));
	set_phase(poller, POLLER_STORING, "polling");
	if (batch.elements == 0)
		go_on(poller);
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
	allowed_json(kinds_now(poller), json.out);
	json_object_end(&json);
	set_phase(poller, POLLER_POLLING, "polling");
	call(poller, "getUpdates", (uint64_t)settings->poll_timeout_s * 1000 + POLL_GRACE_MS,
	     on_updates);
}

/* --- getMe: at the start, and while the token is checked -------------------------------------- */

/* getMe was answered: the refused call is made again. */
static void go_on_trusting(struct poller *poller)
{
	uint64_t delay_ms = poll_failures_repeat(&poller->failures);

	if (delay_ms > 0) {
		back_off(poller, delay_ms,
			 "retrying: Telegram refuses a call but accepts the token");
		return;
	}
	log_notice("Telegram knows this bot token; repeating the refused call");
	next_call(poller);
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
	poll_failures_token_is_good(&poller->failures);
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
		  poll_failures_checks_token(&poller->failures)
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
	} else if (!poller->greeted || poll_failures_checks_token(&poller->failures)) {
		get_me(poller);
	} else if (kinds_now(poller) == 0) {
		set_phase(poller, POLLER_WAITING_FOR_POOL,
			  "starting: waiting for the first pool to say which updates it needs");
		log_notice("first start for this bot: polling begins with the first pool");
	} else if (*poller->settings->webhook_url) {
		/* With a full spool the webhook answers 503 by itself. */
		if (webhook_registration_wants_look(&poller->webhook))
			check_webhook(poller);
		else
			set_webhook(poller);
	} else if (spool_is_full(poller->spool)) {
		pause_polling(poller);
	} else {
		if (poller->phase == POLLER_PAUSED)
			say_room(poller);
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
	poll_rate_start(&poller->rate, now_ms(poller));
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
	allowed_json(kinds_now(poller), &list);
	log_notice("requesting more kinds of updates",
		   log_text("allowed_updates", buffer_text(&list)));
	buffer_finish(&list);
	webhook_registration_renew(&poller->webhook);
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
	if (poll_failures_checks_token(&poller->failures))
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

struct webhook_health *poller_webhook_health(struct poller *poller)
{
	return &poller->webhook.health;
}
