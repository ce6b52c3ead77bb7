/* poll_failures.c - see poll_failures.h. */
#include "ingress/intake/poll_failures.h"

#include <stdio.h>
#include <sysexits.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/random.h"
#include "common/xalloc.h"
#include "ingress/metrics.h"

#define LOG_SUBSYSTEM "poll"

#define LOUD_AFTER_MS 60000u /* failing for this long someone must act */

static const uint32_t backoff_ms[] = { 500, 1000, 2000, 5000, 10000, 30000 };

static uint64_t backoff(unsigned failures)
{
	uint32_t base =
		backoff_ms[failures < COUNT_OF(backoff_ms) ? failures : COUNT_OF(backoff_ms) - 1];

	/* A quarter more or less, so that two that fight do not fight in step. */
	return base * 3 / 4 + random_u64() % (base / 2);
}

/* --- a failure -------------------------------------------------------------------------------- */

static void log_failure(struct poll_failures *failures, const struct poll_answer *answer,
			uint64_t now_ms, uint64_t delay_ms, bool begins)
{
	uint64_t failing_ms = now_ms - failures->since_ms;
	enum log_level level = LOG_LEVEL_DEBUG;

	/* Once when it begins, and once more when it lasts. */
	if (begins)
		level = LOG_LEVEL_WARN;
	if (failing_ms > LOUD_AFTER_MS && !failures->said_loud) {
		level = LOG_LEVEL_ERROR;
		failures->said_loud = true;
	}
	log_at(level, "Bot API call failed", log_text("reason", poll_error_name(answer->error)),
	       log_text("advice", poll_error_advice(answer->error)),
	       log_text("telegram", answer->description), log_unsigned("failing_ms", failing_ms),
	       log_unsigned("retry_ms", delay_ms));
}

/* One call is made at a time, so in an open check it was getMe. */
static void check_token(struct poll_failures *failures, const struct poll_answer *answer,
			uint64_t *delay_ms)
{
	if (answer->error == POLL_ERROR_UNAUTHORIZED &&
	    !token_check_refused(&failures->token, delay_ms))
		fatal(EX_UNAVAILABLE,
		      "Telegram does not know this bot token: check TELEGRAM_BOT_TOKEN (and "
		      "TELEGRAM_API_URL)",
		      log_text("telegram", answer->description));
	metric_set(&metric_token_refused, token_check_is_open(&failures->token));
}

uint64_t poll_failures_add(struct poll_failures *failures, const struct poll_answer *answer,
			   uint64_t now_ms)
{
	uint64_t delay_ms = backoff(failures->count);
	/* Trouble that turns into a refused token is another. */
	bool begins = failures->count == 0 ||
		      (answer->error == POLL_ERROR_UNAUTHORIZED && !failures->vouched &&
		       !token_check_is_open(&failures->token));

	metric_add_at(&metric_poll_errors, answer->error, 0, 1);
	check_token(failures, answer, &delay_ms);
	if (answer->error == POLL_ERROR_TOO_MANY_REQUESTS)
		delay_ms = (uint64_t)answer->retry_after_s * 1000 + 50;
	if (failures->since_ms == 0)
		failures->since_ms = now_ms;
	log_failure(failures, answer, now_ms, delay_ms, begins);
	failures->count++;
	return delay_ms;
}

void poll_failures_describe(const struct poll_failures *failures, const struct poll_answer *answer,
			    char *out, size_t size)
{
	if (answer->error == POLL_ERROR_UNAUTHORIZED)
		token_check_describe(&failures->token, clock_utc_s(), out, size);
	else
		snprintf(out, size, "retrying: %s%s%s", poll_error_advice(answer->error),
			 answer->description[0] ? "; " : "", answer->description);
}

bool poll_failures_suspect_connection(enum poll_error error)
{
	return error == POLL_ERROR_TIMEOUT || error == POLL_ERROR_CONNECTION ||
	       error == POLL_ERROR_INCOMPLETE || error == POLL_ERROR_TLS ||
	       error == POLL_ERROR_TOO_LARGE;
}

/* --- ends of it ------------------------------------------------------------------------------- */

void poll_failures_end(struct poll_failures *failures, uint64_t now_ms)
{
	if (failures->count > 0)
		log_notice("Telegram answers again",
			   log_unsigned("after_ms", now_ms - failures->since_ms),
			   log_unsigned("failures", failures->count));
	failures->count = 0;
	failures->since_ms = 0;
	failures->said_loud = false;
	failures->vouched = false;
}

bool poll_failures_checks_token(const struct poll_failures *failures)
{
	return token_check_is_open(&failures->token);
}

void poll_failures_token_is_good(struct poll_failures *failures)
{
	token_check_close(&failures->token);
	metric_set(&metric_token_refused, 0);
}

uint64_t poll_failures_repeat(struct poll_failures *failures)
{
	bool again = failures->vouched;

	failures->vouched = true;
	return again ? backoff(failures->count) : 0;
}
