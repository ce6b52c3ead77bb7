/* test_page_sample.c - what the system's page shows, and what not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "koronectl/page_sample.h"

static const char *const names[] = { "state", "handled", "ready", "lane", NULL };

static json_t *parse(const char *text)
{
	json_t *value = json_loads(text, 0, NULL);

	assert_non_null(value);
	return value;
}

static void assert_json(json_t *actual, const char *expected)
{
	char *text = json_dumps(actual, JSON_COMPACT | JSON_SORT_KEYS);

	assert_string_equal(text, expected);
	free(text);
	json_decref(actual);
}

static void only_named_numbers_and_words_pass(void **state)
{
	char long_word[200];
	json_t *from = parse("{\"state\":\"idle\",\"handled\":3,\"ready\":true,\"text\":\"secret\","
			     "\"lane\":{\"id\":1001}}");

	(void)state;
	assert_json(page_pick(from, names), "{\"handled\":3,\"ready\":true,\"state\":\"idle\"}");
	memset(long_word, 'x', sizeof(long_word) - 1);
	long_word[sizeof(long_word) - 1] = '\0';
	json_object_set_new(from, "state", json_string(long_word));
	assert_json(page_pick(from, names), "{\"handled\":3,\"ready\":true}");
	assert_json(page_pick(NULL, names), "{}");
	json_decref(from);
}

static const char well[] = "{\"state\":\"polling\",\"poll_age_ms\":500,\"spool_max_bytes\":100,"
			   "\"pools\":[{\"state\":\"ready\"}],\"recorders\":[{\"state\":\"active\","
			   "\"postgres\":\"ready\",\"redis\":\"ready\"}]}";

/* The alerts when this is so in place of what is well. */
static void assert_alerts(const char *change, const char *expected)
{
	json_t *ingress = parse(well), *changes = parse(change),
	       *crashd = parse("{\"ready\":true}");

	json_object_update(ingress, changes);
	assert_json(page_alerts(ingress, crashd), expected);
	json_decref(crashd);
	json_decref(changes);
	json_decref(ingress);
}

static void alerts_are_those_of_monitoring(void **state)
{
	json_t *crashd = parse("{\"pending\":2}"), *ingress = parse(well);

	(void)state;
	assert_alerts("{}", "[]");
	assert_alerts("{\"pools\":[]}", "[\"KoroneNoPool\"]");
	assert_alerts("{\"poll_age_ms\":130000}", "[\"KoronePollStalled\"]");
	assert_alerts("{\"token_pause_ms\":1}", "[\"KoroneTokenRefused\"]");
	assert_alerts("{\"backlog_oldest_ms\":60001}", "[\"KoroneBacklogOld\"]");
	assert_alerts("{\"spool_bytes\":51}", "[\"KoroneSpoolFilling\"]");
	assert_alerts("{\"recorders\":[]}", "[\"KoroneProcessDown\"]");
	assert_alerts("{\"recorders\":[{\"state\":\"active\",\"postgres\":\"away\",\"redis\":"
		      "\"ready\"}]}",
		      "[\"KoroneStoreAway\"]");
	assert_json(page_alerts(NULL, crashd), "[\"KoroneProcessDown\"]");
	assert_json(page_alerts(ingress, crashd), "[\"KoroneReportsUndelivered\"]");
	assert_json(page_alerts(ingress, NULL), "[\"KoroneProcessDown\"]");
	json_decref(ingress);
	json_decref(crashd);
}

static void assert_crowd(const char *ingress, const char *updates, const char *expected)
{
	json_t *of_ingress = ingress ? parse(ingress) : NULL;
	json_t *statistics = json_pack("{s{sisisisi}sosb}", "pings", "asked", 10, "answered", 8,
				       "missing", 2, "duplicates", 1, "updates", parse(updates),
				       "crowd_running", 1);
	json_t *crowd = page_crowd(statistics, of_ingress);

	json_object_del(crowd, "written");
	json_object_del(crowd, "answered");
	json_object_del(crowd, "running");
	assert_json(crowd, expected);
	json_decref(statistics);
	json_decref(of_ingress);
}

static void lost_is_what_nobody_has(void **state)
{
	(void)state;
	assert_crowd("{\"backlog\":2}", "{}", "{\"lost\":0,\"twice\":1,\"waiting\":2}");
	assert_crowd("{\"in_flight\":1}", "{}", "{\"lost\":0,\"twice\":1,\"waiting\":2}");
	assert_crowd("{}", "{\"pending\":5}", "{\"lost\":0,\"twice\":1,\"waiting\":2}");
	assert_crowd(NULL, "{}", "{\"lost\":0,\"twice\":1,\"waiting\":2}");
	assert_crowd("{}", "{}", "{\"lost\":2,\"twice\":1,\"waiting\":0}");
	assert_crowd("{\"backlog\":2}", "{\"refused\":3}",
		     "{\"lost\":3,\"twice\":1,\"waiting\":2}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_named_numbers_and_words_pass),
		cmocka_unit_test(alerts_are_those_of_monitoring),
		cmocka_unit_test(lost_is_what_nobody_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
