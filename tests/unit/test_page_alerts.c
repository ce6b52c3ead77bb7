/* test_page_alerts.c - the alerts of deploy/monitoring, as the system's page judges them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "koronectl/page_alerts.h"

static const char well[] = "{\"up_ms\":9,\"state\":\"polling\",\"poll_age_ms\":500,"
			   "\"spool_max_bytes\":100,\"updates\":{\"received\":5},"
			   "\"pools\":[{\"state\":\"ready\",\"pool\":\"a\",\"host\":\"h\","
			   "\"crashed\":0}],\"recorders\":[{\"state\":\"active\",\"sightings\":1,"
			   "\"postgres\":\"ready\",\"redis\":\"ready\"}]}";

static struct page_alerts *alerts;
static uint64_t now_ms;
static const char *metrics; /* of ingress */

static int set_up(void **state)
{
	(void)state;
	alerts = page_alerts_create();
	now_ms = 1000000;
	metrics = NULL;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	page_alerts_destroy(alerts);
	return 0;
}

static json_t *parse(const char *text)
{
	json_t *value = json_loads(text, 0, NULL);

	assert_non_null(value);
	return value;
}

/* After so many seconds, when this is so in place of what is well (NULL: ingress does not answer):
 * "NAME in SECONDS" or "NAME", each followed by a comma. */
static void assert_after(unsigned seconds, const char *change, const char *crashd,
			 const char *expected)
{
	json_t *ingress = change ? parse(well) : NULL, *changes = change ? parse(change) : NULL;
	json_t *of_crashd = crashd ? parse(crashd) : NULL, *judged, *alert;
	char said[512] = "";
	size_t i;

	now_ms += seconds * UINT64_C(1000);
	json_object_update(ingress, changes);
	judged = page_alerts_judge(alerts, &(struct page_evidence) { .now_ms = now_ms,
								     .ingress = ingress,
								     .crashd = of_crashd,
								     .ingress_metrics = metrics });
	json_array_foreach(judged, i, alert)
	{
		size_t at = strlen(said);
		const char *name = json_string_value(json_object_get(alert, "name"));

		if (json_is_true(json_object_get(alert, "fires")))
			snprintf(said + at, sizeof(said) - at, "%s,", name + strlen("Korone"));
		else
			snprintf(said + at, sizeof(said) - at, "%s in %d,", name + strlen("Korone"),
				 (int)json_integer_value(json_object_get(alert, "in_s")));
	}
	assert_string_equal(said, expected);
	json_decref(judged);
	json_decref(of_crashd);
	json_decref(changes);
	json_decref(ingress);
}

#define CRASHD "{\"up_ms\":9}"

/* The condition holds: it fires when it has held for so long, and no more once it does not. */
static void assert_fires(const char *change, const char *name, unsigned for_s)
{
	char waiting[80], firing[80];

	snprintf(waiting, sizeof(waiting), "%s in %u,", name, for_s);
	snprintf(firing, sizeof(firing), "%s,", name);
	assert_after(2, "{}", CRASHD, "");
	if (for_s > 0)
		assert_after(2, change, CRASHD, waiting);
	assert_after(for_s, change, CRASHD, firing);
	assert_after(2, "{}", CRASHD, "");
}

static void what_is_told_fires_after_its_time(void **state)
{
	(void)state;
	assert_fires("{\"pools\":[]}", "NoPool", 60);
	assert_fires("{\"poll_age_ms\":130000}", "PollStalled", 0);
	assert_fires("{\"backlog_oldest_ms\":60001}", "BacklogOld", 60);
	assert_fires("{\"spool_bytes\":51}", "SpoolFilling", 120);
	assert_fires("{\"recorders\":[]}", "ProcessDown", 60);
	assert_fires("{\"pools\":[{\"state\":\"ready\"},{\"state\":\"lost\"}]}", "ProcessDown", 60);
	assert_fires("{\"webhook\":{\"failing_ms\":60001}}", "WebhookFailing", 0);
	assert_fires("{\"sightings_pending\":10001}", "RecorderBehind", 300);
	assert_fires("{\"recorders\":[{\"state\":\"active\",\"postgres\":\"away\",\"redis\":"
		     "\"ready\"}]}",
		     "StoreAway", 180);
}

/* A pause after too many calls (429) is no refusal of the token. */
static void a_pause_is_no_alert(void **state)
{
	(void)state;
	assert_after(0, "{\"token_pause_ms\":5000}", CRASHD, "");
}

static void processes_that_do_not_answer_are_down(void **state)
{
	(void)state;
	assert_after(0, NULL, CRASHD, "ProcessDown in 60,");
	assert_after(30, "{}", NULL, "ProcessDown in 30,");
	assert_after(30, NULL, NULL, "ProcessDown,");
	assert_after(2, "{}", "{\"pending\":2}", "ReportsUndelivered in 1800,");
	assert_after(1800, "{}", "{\"pending\":2}", "ReportsUndelivered,");
}

/* max_over_time(…[2m]) == 1 for 3 minutes: a process that is refused is started again and again. */
static void a_token_is_refused_while_it_is_tried(void **state)
{
	(void)state;
	metrics = "korone_ingress_token_refused 1\n";
	assert_after(0, "{}", CRASHD, "TokenRefused in 180,");
	metrics = "korone_ingress_token_refused 0\n";
	assert_after(110, "{}", CRASHD, "TokenRefused in 70,");
	metrics = "korone_ingress_token_refused 1\n";
	assert_after(70, "{}", CRASHD, "TokenRefused,");
	metrics = NULL;
	assert_after(121, "{}", CRASHD, "");
}

static void crashes_and_starts_are_counted(void **state)
{
	(void)state;
	assert_after(0, "{}", CRASHD, "");
	assert_after(
		2,
		"{\"pools\":[{\"state\":\"ready\",\"pool\":\"a\",\"host\":\"h\",\"crashed\":20}]}",
		CRASHD, "");
	assert_after(
		2,
		"{\"pools\":[{\"state\":\"ready\",\"pool\":\"a\",\"host\":\"h\",\"crashed\":21}]}",
		CRASHD, "PoolCrashLoop in 120,");
	assert_after(
		120,
		"{\"pools\":[{\"state\":\"ready\",\"pool\":\"a\",\"host\":\"h\",\"crashed\":21}]}",
		CRASHD, "PoolCrashLoop,");
	assert_after(
		600,
		"{\"pools\":[{\"state\":\"ready\",\"pool\":\"a\",\"host\":\"h\",\"crashed\":21}]}",
		CRASHD, "");
	for (int i = 0; i < 4; i++) {
		assert_after(2, "{}", "{\"up_ms\":60000}", "");
		assert_after(2, "{}", "{\"up_ms\":100}", i < 3 ? "" : "PoolCrashLoop in 120,");
	}
}

/* Each has its own number, and two of them add up to no crash. */
static void pools_of_one_name_are_told_apart(void **state)
{
	static const char two[] =
		"{\"pools\":[{\"state\":\"ready\",\"pool\":\"a\",\"host\":\"h\",\"pid\":1,"
		"\"crashed\":50},{\"state\":\"ready\",\"pool\":\"a\",\"host\":\"h\",\"pid\":2,"
		"\"crashed\":3}]}";

	(void)state;
	for (int i = 0; i < 20; i++)
		assert_after(2, two, CRASHD, "");
}

static void a_recorder_that_takes_nothing_is_behind(void **state)
{
	static const char takes[] = "{\"sightings_pending\":5,\"recorders\":[{\"state\":\"active\","
				    "\"sightings\":9,\"postgres\":\"ready\",\"redis\":\"ready\"}]}";

	(void)state;
	assert_after(0, "{}", CRASHD, "");
	assert_after(290, takes, CRASHD, "");
	assert_after(200, takes, CRASHD, "");
	assert_after(101, takes, CRASHD, "RecorderBehind in 300,");
	assert_after(300, takes, CRASHD, "RecorderBehind,");
}

static void webhook_errors_matter_while_updates_wait(void **state)
{
	static const char waits[] = "{\"webhook\":{\"pending\":3,\"failing_ms\":0}}";

	(void)state;
	metrics = "korone_ingress_webhook_errors_total 4\n";
	assert_after(0, waits, CRASHD, "");
	assert_after(900, waits, CRASHD, "");
	metrics = "korone_ingress_webhook_errors_total 5\n";
	assert_after(2, waits, CRASHD, "WebhookErrors in 900,");
	metrics = "korone_ingress_webhook_errors_total 6\n";
	assert_after(900, waits, CRASHD, "WebhookErrors,");
	assert_after(2, "{\"webhook\":{\"pending\":0,\"failing_ms\":0}}", CRASHD, "");
}

/* 100,000 updates in little more than two hours, at the rate that was seen. */
static void what_telegram_keeps_runs_out(void **state)
{
	(void)state;
	assert_after(0, "{}", CRASHD, "");
	assert_after(60, "{\"updates\":{\"received\":805}}", CRASHD, "");
	assert_after(2, "{\"updates\":{\"received\":805},\"poll_age_ms\":119000}", CRASHD, "");
	assert_after(2, "{\"updates\":{\"received\":805},\"poll_age_ms\":360000}", CRASHD,
		     "PollStalled,TelegramQueueOverflow,");
}

static void lost_lines_are_told(void **state)
{
	(void)state;
	metrics = "korone_log_lines_dropped_total 1\n";
	assert_after(0, "{}", CRASHD, "");
	metrics = "korone_log_lines_dropped_total 2\n";
	assert_after(2, "{}", CRASHD, "LogLinesDropped,");
	assert_after(601, "{}", CRASHD, "");
}

/* Names and times are those of the rules, in their order. */
static void the_rules_are_those_of_monitoring(void **state)
{
	FILE *file = fopen("deploy/monitoring/alerts.yml", "r");
	char line[512], name[80];
	unsigned judged_for_s = 0, for_s = 0, value;
	const char *judged = NULL;
	size_t count = 0;

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		char unit;

		if (sscanf(line, " - alert: %79s", name) == 1) {
			assert_int_equal(judged_for_s, for_s);
			judged = page_alerts_rule(count++, &judged_for_s);
			assert_non_null(judged);
			assert_string_equal(judged, name);
			for_s = 0;
		} else if (sscanf(line, " for: %u%c", &value, &unit) == 2) {
			assert_int_equal(unit, 'm');
			for_s = value * 60;
		}
	}
	fclose(file);
	assert_int_equal(judged_for_s, for_s);
	assert_true(count > 10);
	assert_null(page_alerts_rule(count, &judged_for_s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define ONE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		ONE(what_is_told_fires_after_its_time),
		ONE(a_pause_is_no_alert),
		ONE(processes_that_do_not_answer_are_down),
		ONE(a_token_is_refused_while_it_is_tried),
		ONE(crashes_and_starts_are_counted),
		ONE(pools_of_one_name_are_told_apart),
		ONE(a_recorder_that_takes_nothing_is_behind),
		ONE(webhook_errors_matter_while_updates_wait),
		ONE(what_telegram_keeps_runs_out),
		ONE(lost_lines_are_told),
		cmocka_unit_test(the_rules_are_those_of_monitoring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
