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
		cmocka_unit_test(lost_is_what_nobody_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
