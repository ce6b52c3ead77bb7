/* page_alerts.c - see page_alerts.h. A row of `rules` is an alert. What a condition must know of
 * the past are increases, kept as steps: when which number grew, and by how much. */
#include "koronectl/page_alerts.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash_table.h"
#include "common/xalloc.h"
#include "koronectl/page_metrics.h"

#define MINUTE_MS (60u * 1000)
#define PAST_MS (15 * MINUTE_MS) /* the longest that a condition looks back */
#define STEPS_MAX 65536u
#define KNOWN_MAX 4096 /* numbers; pools that come and go have others each time */
#define RULES_MAX 24
#define UPDATES_KEPT_BY_TELEGRAM 100000.0
#define DAY_S 86400.0

/* Numbers that grow; behind some stands whose. */
static const char RECEIVED[] = "updates", RECORDED[] = "sightings", CRASHES[] = "crashes ",
		  STARTS[] = "starts ", DROPPED[] = "lines ", WEBHOOK_ERRORS[] = "webhook errors";

struct step {
	uint64_t at_ms;
	uint64_t key; /* hash of the number's name */
	double amount;
};

struct page_alerts {
	json_t *known;      /* name of a number → its value */
	struct step *steps; /* oldest first */
	size_t steps_count, steps_capacity;
	uint64_t since_ms[RULES_MAX]; /* each rule's condition holds; 0: it does not */
	uint64_t started_ms;
	uint64_t token_refused_ms;         /* the last time; 0: never */
	uint64_t webhook_pending_since_ms; /* 0: nothing waits */
	double busiest;                    /* updates a second, in a quarter of an hour */
};

struct page_alerts *page_alerts_create(void)
{
	struct page_alerts *alerts = xmalloc(sizeof(*alerts));

	*alerts = (struct page_alerts) { .known = json_object() };
	return alerts;
}

void page_alerts_destroy(struct page_alerts *alerts)
{
	if (!alerts)
		return;
	json_decref(alerts->known);
	free(alerts->steps);
	free(alerts);
}

/* --- increases -------------------------------------------------------------------------------- */

static uint64_t key_of(const char *name)
{
	return hash_bytes(name, strlen(name), 0);
}

static void forget_old(struct page_alerts *alerts, uint64_t now_ms)
{
	size_t old = 0;

	while (old < alerts->steps_count && (alerts->steps[old].at_ms + PAST_MS < now_ms ||
					     alerts->steps_count - old >= STEPS_MAX))
		old++;
	alerts->steps_count -= old;
	if (old)
		memmove(alerts->steps, alerts->steps + old,
			alerts->steps_count * sizeof(*alerts->steps));
}

/* The value of a counter, which begins at 0 anew with its process; what is told first was before
 * our time. */
static void note(struct page_alerts *alerts, uint64_t now_ms, const char *name, double value)
{
	const json_t *known = json_object_get(alerts->known, name);
	double before = json_real_value(known);
	double amount = value < before ? value : value - before;

	json_object_set_new(alerts->known, name, json_real(value));
	if (!known || amount <= 0)
		return;
	array_reserve(alerts->steps, &alerts->steps_capacity, alerts->steps_count + 1);
	alerts->steps[alerts->steps_count++] = (struct step) { now_ms, key_of(name), amount };
}

/* Of the names that begin with `name`, the largest increase of one: those that `known` has. */
static double increase(const struct page_alerts *alerts, uint64_t now_ms, const char *name,
		       uint64_t past_ms)
{
	double most = 0;
	const char *known;
	json_t *value;

	json_object_foreach(alerts->known, known, value)
	{
		uint64_t key = key_of(known);
		double sum = 0;

		if (strncmp(known, name, strlen(name)) != 0)
			continue;
		for (size_t i = alerts->steps_count; i-- > 0;) {
			if (alerts->steps[i].at_ms + past_ms < now_ms)
				break;
			if (alerts->steps[i].key == key)
				sum += alerts->steps[i].amount;
		}
		most = sum > most ? sum : most;
	}
	return most;
}

/* --- what was learned --------------------------------------------------------------------------
 */

static double number(const json_t *object, const char *name)
{
	return json_number_value(json_object_get(object, name));
}

static const char *word(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static bool some(const json_t *list, const char *name, const char *value)
{
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)list, i, item)
	{
		if (!strcmp(word(item, name), value))
			return true;
	}
	return false;
}

static const json_t *pools_of(const struct page_evidence *evidence)
{
	return json_object_get(evidence->ingress, "pools");
}

static const json_t *recorders_of(const struct page_evidence *evidence)
{
	return json_object_get(evidence->ingress, "recorders");
}

/* A process that runs for less long than before has been started. */
static void note_start(struct page_alerts *alerts, uint64_t now_ms, const char *process,
		       double up_ms)
{
	char name[256];
	double starts, before;

	snprintf(name, sizeof(name), "up %s", process);
	before = json_number_value(json_object_get(alerts->known, name));
	json_object_set_new(alerts->known, name, json_real(up_ms));
	snprintf(name, sizeof(name), "%s%s", STARTS, process);
	starts = json_number_value(json_object_get(alerts->known, name));
	note(alerts, now_ms, name, starts + (up_ms < before));
}

/* Pools of one host may have one name. */
static void note_pools(struct page_alerts *alerts, const struct page_evidence *evidence)
{
	char name[256];
	size_t i;
	json_t *pool;

	json_array_foreach((json_t *)pools_of(evidence), i, pool)
	{
		snprintf(name, sizeof(name), "%s%.64s/%.64s/%.0f", CRASHES, word(pool, "host"),
			 word(pool, "pool"), number(pool, "pid"));
		note(alerts, evidence->now_ms, name, number(pool, "crashed"));
	}
}

static void note_recorders(struct page_alerts *alerts, const struct page_evidence *evidence)
{
	double recorded = 0;
	size_t i;
	json_t *item;

	json_array_foreach((json_t *)recorders_of(evidence), i, item)
		recorded += number(item, "sightings");
	note(alerts, evidence->now_ms, RECORDED, recorded);
}

static void note_rate(struct page_alerts *alerts, uint64_t now_ms)
{
	uint64_t past_ms = now_ms - alerts->started_ms;
	double rate;

	past_ms = past_ms < MINUTE_MS ? MINUTE_MS : past_ms > PAST_MS ? PAST_MS : past_ms;
	rate = increase(alerts, now_ms, RECEIVED, PAST_MS) * 1000 / (double)past_ms;
	alerts->busiest = rate > alerts->busiest ? rate : alerts->busiest;
}

static void note_ingress(struct page_alerts *alerts, const struct page_evidence *evidence)
{
	const json_t *ingress = evidence->ingress;
	const char *metrics = evidence->ingress_metrics;
	uint64_t now_ms = evidence->now_ms;

	note_start(alerts, now_ms, "ingress", number(ingress, "up_ms"));
	note(alerts, now_ms, RECEIVED, number(json_object_get(ingress, "updates"), "received"));
	note(alerts, now_ms, "lines ingress",
	     page_metric(metrics, "korone_log_lines_dropped_total"));
	note(alerts, now_ms, WEBHOOK_ERRORS,
	     page_metric(metrics, "korone_ingress_webhook_errors_total"));
	if (page_metric(metrics, "korone_ingress_token_refused") > 0)
		alerts->token_refused_ms = now_ms;
	if (number(json_object_get(ingress, "webhook"), "pending") <= 0)
		alerts->webhook_pending_since_ms = 0;
	else if (alerts->webhook_pending_since_ms == 0)
		alerts->webhook_pending_since_ms = now_ms;
	note_pools(alerts, evidence);
	note_recorders(alerts, evidence);
	note_rate(alerts, now_ms);
}

static void learn(struct page_alerts *alerts, const struct page_evidence *evidence)
{
	if (alerts->started_ms == 0)
		alerts->started_ms = evidence->now_ms;
	forget_old(alerts, evidence->now_ms);
	if (json_object_size(alerts->known) > KNOWN_MAX)
		json_object_clear(alerts->known);
	if (evidence->ingress)
		note_ingress(alerts, evidence);
	if (evidence->crashd) {
		note_start(alerts, evidence->now_ms, "crashd", number(evidence->crashd, "up_ms"));
		note(alerts, evidence->now_ms, "lines crashd",
		     page_metric(evidence->crashd_metrics, "korone_log_lines_dropped_total"));
	}
}

/* --- conditions: as the expressions of alerts.yml ----------------------------------------------
 */

typedef bool condition(const struct page_alerts *alerts, const struct page_evidence *evidence);

static bool process_down(const struct page_alerts *alerts, const struct page_evidence *evidence)
{
	(void)alerts;
	return !evidence->ingress || !evidence->crashd ||
	       !some(recorders_of(evidence), "state", "active") ||
	       some(pools_of(evidence), "state", "lost");
}

static bool no_pool(const struct page_alerts *alerts, const struct page_evidence *evidence)
{
	(void)alerts;
	return evidence->ingress && !some(pools_of(evidence), "state", "ready");
}

static double poll_age_s(const struct page_evidence *evidence)
{
	return number(evidence->ingress, "poll_age_ms") / 1000;
}

static bool poll_stalled(const struct page_alerts *alerts, const struct page_evidence *evidence)
{
	(void)alerts;
	return poll_age_s(evidence) > 120;
}

static bool token_refused(const struct page_alerts *alerts, const struct page_evidence *evidence)
{
	return alerts->token_refused_ms > 0 &&
	       evidence->now_ms - alerts->token_refused_ms <= 2 * MINUTE_MS;
}

static double webhook(const struct page_evidence *evidence, const char *name)
{
	return number(json_object_get(evidence->ingress, "webhook"), name);
}

static bool webhook_failing(const struct page_alerts *alerts, const struct page_evidence *evidence)
{
	(void)alerts;
	return webhook(evidence, "failing_ms") > 60000;
}

static bool webhook_errors(const struct page_alerts *alerts, const struct page_evidence *evidence)
{
	return alerts->webhook_pending_since_ms > 0 &&
	       evidence->now_ms - alerts->webhook_pending_since_ms >= 15 * MINUTE_MS &&
	       webhook(evidence, "failing_ms") <= 0 &&
	       increase(alerts, evidence->now_ms, WEBHOOK_ERRORS, 15 * MINUTE_MS) > 0;
}

static bool backlog_old(const struct page_alerts *alerts, const struct page_evidence *evidence)
{
	(void)alerts;
	return number(evidence->ingress, "backlog_oldest_ms") > 60000;
}

/* By the busiest quarter of an hour that was seen; the rule takes the busiest hour of a day. */
static bool queue_overflow(const struct page_alerts *alerts, const struct page_evidence *evidence)
{
	double left_s = UPDATES_KEPT_BY_TELEGRAM /
			(alerts->busiest < 0.001 ? 0.001 : alerts->busiest);

	return (left_s < DAY_S ? left_s : DAY_S) - poll_age_s(evidence) < 7200 &&
	       poll_age_s(evidence) > 120;
}

static bool crash_loop(const struct page_alerts *alerts, const struct page_evidence *evidence)
{
	return increase(alerts, evidence->now_ms, CRASHES, 10 * MINUTE_MS) > 20 ||
	       increase(alerts, evidence->now_ms, STARTS, 15 * MINUTE_MS) > 3;
}

static bool recorder_behind(const struct page_alerts *alerts, const struct page_evidence *evidence)
{
	double pending = number(evidence->ingress, "sightings_pending");

	return pending > 10000 ||
	       (pending > 0 && evidence->now_ms - alerts->started_ms >= 5 * MINUTE_MS &&
		increase(alerts, evidence->now_ms, RECORDED, 5 * MINUTE_MS) <= 0);
}

static bool reports_undelivered(const struct page_alerts *alerts,
				const struct page_evidence *evidence)
{
	(void)alerts;
	return number(evidence->crashd, "pending") > 0;
}

static bool spool_filling(const struct page_alerts *alerts, const struct page_evidence *evidence)
{
	(void)alerts;
	return number(evidence->ingress, "spool_bytes") >
	       number(evidence->ingress, "spool_max_bytes") / 2;
}

static bool lines_dropped(const struct page_alerts *alerts, const struct page_evidence *evidence)
{
	return increase(alerts, evidence->now_ms, DROPPED, 10 * MINUTE_MS) > 0;
}

static bool store_away(const struct page_alerts *alerts, const struct page_evidence *evidence)
{
	size_t i;
	json_t *item;

	(void)alerts;
	json_array_foreach((json_t *)recorders_of(evidence), i, item)
	{
		if (strcmp(word(item, "postgres"), "ready") != 0 ||
		    strcmp(word(item, "redis"), "ready") != 0)
			return true;
	}
	return false;
}

static const struct rule {
	const char *name;
	unsigned for_s;
	condition *holds;
} rules[] = {
	{ "KoroneProcessDown", 60, process_down },
	{ "KoroneNoPool", 60, no_pool },
	{ "KoronePollStalled", 0, poll_stalled },
	{ "KoroneTokenRefused", 180, token_refused },
	{ "KoroneWebhookFailing", 0, webhook_failing },
	{ "KoroneWebhookErrors", 900, webhook_errors },
	{ "KoroneBacklogOld", 60, backlog_old },
	{ "KoroneTelegramQueueOverflow", 0, queue_overflow },
	{ "KoronePoolCrashLoop", 120, crash_loop },
	{ "KoroneRecorderBehind", 300, recorder_behind },
	{ "KoroneReportsUndelivered", 1800, reports_undelivered },
	{ "KoroneSpoolFilling", 120, spool_filling },
	{ "KoroneLogLinesDropped", 0, lines_dropped },
	{ "KoroneStoreAway", 180, store_away },
};

_Static_assert(COUNT_OF(rules) <= RULES_MAX, "a time for each rule");

const char *page_alerts_rule(size_t place, unsigned *for_s)
{
	if (place >= COUNT_OF(rules))
		return NULL;
	*for_s = rules[place].for_s;
	return rules[place].name;
}

json_t *page_alerts_judge(struct page_alerts *alerts, const struct page_evidence *evidence)
{
	json_t *out = json_array();

	learn(alerts, evidence);
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		uint64_t for_ms = rules[i].for_s * UINT64_C(1000), held_ms;

		if (!rules[i].holds(alerts, evidence)) {
			alerts->since_ms[i] = 0;
			continue;
		}
		if (alerts->since_ms[i] == 0)
			alerts->since_ms[i] = evidence->now_ms;
		held_ms = evidence->now_ms - alerts->since_ms[i];
		json_array_append_new(
			out,
			json_pack("{sssbsI}", "name", rules[i].name, "fires", held_ms >= for_ms,
				  "in_s",
				  (json_int_t)(held_ms >= for_ms ? 0 : (for_ms - held_ms) / 1000)));
	}
	return out;
}
