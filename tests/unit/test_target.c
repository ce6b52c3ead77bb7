/* test_target.c - where URLs lead, which a module may follow, and where keys go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "workers/fetcher/target.h"

static struct module_key keys[] = { { "KORONE_A_KEY", "s/cret+1" }, { "KORONE_B_KEY", "other" } };
static struct target_rules rules;
static struct target target;
static struct why why;

static int set_up(void **state)
{
	(void)state;
	rules = (struct target_rules) { .keys = { .all = keys, .count = 2 } };
	assert_true(web_hosts_add(&rules.hosts, "m", "a.org", "KORONE_A_KEY", "key", NULL, &why));
	assert_true(
		web_hosts_add(&rules.hosts, "m", "b.org", "KORONE_B_KEY", NULL, "X-Key: ", &why));
	assert_true(web_hosts_add(&rules.hosts, "m", "c.org", "KORONE_C_KEY", "key", NULL, &why));
	assert_true(web_hosts_add(&rules.hosts, "m", "plain.org", NULL, NULL, NULL, &why));
	assert_true(web_hosts_add(&rules.hosts, "m", "odd.org:8443", NULL, NULL, NULL, &why));
	assert_true(web_hosts_add(&rules.hosts, "wide", "any", NULL, NULL, NULL, &why));
	assert_true(fetch_allow_parse("127.0.0.1:8080", &rules.allow, &why));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	target_finish(&target);
	web_hosts_finish(&rules.hosts);
	return 0;
}

static enum fetch_outcome read_as(const char *module, const char *url)
{
	target_finish(&target);
	return target_read(&rules, text_of(module), url, &target, &why);
}

static void urls_are_read_as_libcurl_reads_them(void **state)
{
	(void)state;
	assert_int_equal(read_as("m", "https://PLAIN.org./x?y#z"), FETCH_OK);
	assert_string_equal(target.host, "plain.org");
	assert_string_equal(target.url, "https://plain.org/x?y");
	assert_int_equal(target.port, 443);
	assert_true(target.secure);
	assert_null(target.key);
	assert_int_equal(read_as("m", "http://plain.org"), FETCH_OK);
	assert_int_equal(target.port, 80);
	assert_false(target.secure);
	assert_int_equal(read_as("m", "https://odd.org:8443/"), FETCH_OK);
}

static void what_is_no_such_url_is_malformed(void **state)
{
	static const char *const wrong[] = { "",
					     "plain.org",
					     "//plain.org/",
					     "ftp://plain.org/",
					     "file:///etc/passwd",
					     "https://user@plain.org/",
					     "https://user:word@plain.org/",
					     "https://:@plain.org/",
					     "https://plain.org:99999/",
					     "https://plain.org:x/",
					     "https:///",
					     "https://pl ain.org/",
					     "https://plain.org\r\nX: y/" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		if (read_as("m", wrong[i]) != FETCH_MALFORMED)
			fail_msg("\"%s\" is %s", wrong[i], target.url ? target.url : "read");
}

static void hosts_and_ports_that_are_not_declared_are_forbidden(void **state)
{
	static const char *const wrong[] = { "https://x.plain.org/",  "https://plain.org.x.org/",
					     "https://plain.org:80/", "http://plain.org:443/",
					     "https://odd.org/",      "https://plain.org:8443/",
					     "https://127.0.0.1/",    "https://plain%2eorg.x/" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		if (read_as("m", wrong[i]) != FETCH_FORBIDDEN)
			fail_msg("\"%s\" is not forbidden", wrong[i]);
	assert_int_equal(read_as("nobody", "https://plain.org/"), FETCH_FORBIDDEN);
	assert_int_equal(read_as("wide", "https://x.plain.org/"), FETCH_OK);
	assert_int_equal(read_as("wide", "https://x.plain.org:22/"), FETCH_FORBIDDEN);
}

static void numbers_are_judged_at_once(void **state)
{
	static const char *const wrong[] = {
		"http://127.0.0.1/",          "http://127.1/",
		"http://0x7f.0.0.1/",         "http://2130706433/",
		"http://017700000001/",       "http://[::1]/",
		"http://[::ffff:127.0.0.1]/", "http://[fe80::1%25lo]/",
		"http://[64:ff9b::7f00:1]/",  "http://0/",
		"http://10.0.0.1:8080/",      "http://169.254.169.254/"
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		if (read_as("wide", wrong[i]) == FETCH_OK)
			fail_msg("\"%s\" is allowed", wrong[i]);
	assert_int_equal(read_as("wide", "http://8.8.8.8/"), FETCH_OK);
	assert_int_equal(read_as("wide", "http://[2606:4700::1111]/"), FETCH_OK);
	assert_int_equal(read_as("wide", "http://127.0.0.1:8080/"), FETCH_OK);
	assert_true(target.is_stand_in);
	assert_int_equal(read_as("m", "http://plain.org:8080/"), FETCH_OK);
	assert_true(target.is_stand_in);
	assert_int_equal(read_as("m", "http://127.0.0.1:8080/"), FETCH_FORBIDDEN);
}

static void is_asked(const char *url, const char *header)
{
	char *with_key = target_url_with_key(&target), *line = target_key_header(&target);

	assert_string_equal(with_key, url);
	assert_true(header ? line && strcmp(line, header) == 0 : !line);
	free(with_key);
	free(line);
}

static void keys_go_where_they_belong(void **state)
{
	(void)state;
	assert_int_equal(read_as("m", "https://a.org/x"), FETCH_OK);
	is_asked("https://a.org/x?key=s%2Fcret%2B1", NULL);
	assert_int_equal(read_as("m", "https://a.org/x?q=1&keys=2"), FETCH_OK);
	is_asked("https://a.org/x?q=1&keys=2&key=s%2Fcret%2B1", NULL);
	/* A redirect brought it along. */
	assert_int_equal(read_as("m", "https://a.org/x?key=s%2Fcret%2B1"), FETCH_OK);
	is_asked("https://a.org/x?key=s%2Fcret%2B1", NULL);
	assert_int_equal(read_as("m", "https://b.org/x"), FETCH_OK);
	is_asked("https://b.org/x", "X-Key: other");
	assert_int_equal(read_as("m", "https://plain.org/"), FETCH_OK);
	is_asked("https://plain.org/", NULL);
	assert_int_equal(read_as("wide", "https://a.org/x"), FETCH_OK);
	is_asked("https://a.org/x", NULL);
	assert_int_equal(read_as("m", "https://c.org/"), FETCH_NO_KEY);
	assert_string_equal(why.text, "KORONE_C_KEY is not set");
	/* In the open, only to a stand-in. */
	assert_int_equal(read_as("m", "http://a.org/x"), FETCH_FORBIDDEN);
	assert_int_equal(read_as("m", "http://a.org:8080/x"), FETCH_OK);
}

static enum fetch_outcome follows(const char *from, const char *to)
{
	struct target first, second;
	enum fetch_outcome outcome;

	assert_int_equal(target_read(&rules, text_of("m"), from, &first, &why), FETCH_OK);
	assert_int_equal(target_read(&rules, text_of("m"), to, &second, &why), FETCH_OK);
	outcome = target_follows(&rules, &first, &second, &why);
	target_finish(&first);
	target_finish(&second);
	return outcome;
}

static void redirects_tell_no_key_and_stay_secret(void **state)
{
	(void)state;
	assert_int_equal(follows("https://plain.org/", "https://a.org/"), FETCH_OK);
	assert_int_equal(follows("http://plain.org/", "https://plain.org/"), FETCH_OK);
	assert_int_equal(follows("https://plain.org/", "http://plain.org/"), FETCH_FORBIDDEN);
	assert_int_equal(follows("https://a.org/", "https://a.org/?key=s%2Fcret%2B1"), FETCH_OK);
	assert_int_equal(follows("https://a.org/", "https://plain.org/?k=s%2Fcret%2B1"),
			 FETCH_FORBIDDEN);
	assert_int_equal(follows("https://a.org/", "https://plain.org/s/cret+1"), FETCH_FORBIDDEN);
	assert_int_equal(follows("https://b.org/", "https://a.org/?x=other"), FETCH_FORBIDDEN);
}

static void keys_in_an_answer_are_covered(void **state)
{
	char text[] = "a s/cret+1 b s%2Fcret%2B1 c others s/cret+";

	(void)state;
	target_mask_keys(&rules, text, strlen(text));
	assert_string_equal(text, "a ******** b ************ c *****s s/cret+");
	target_mask_keys(&rules, text, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(urls_are_read_as_libcurl_reads_them),
		TEST(what_is_no_such_url_is_malformed),
		TEST(hosts_and_ports_that_are_not_declared_are_forbidden),
		TEST(numbers_are_judged_at_once),
		TEST(keys_go_where_they_belong),
		TEST(redirects_tell_no_key_and_stay_secret),
		TEST(keys_in_an_answer_are_covered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
