/* test_web_hosts.c - rows of .hosts: which are taken, which one a host has, how they travel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "workers/wire/web_hosts.h"

static struct web_hosts hosts;
static struct why why;

static int forget(void **state)
{
	(void)state;
	web_hosts_finish(&hosts);
	return 0;
}

static bool add(const char *module, const char *name)
{
	return web_hosts_add(&hosts, module, name, NULL, NULL, NULL, &why);
}

static void rows_that_are_none_are_refused(void **state)
{
	static const char *const wrong[] = {
		"",       "Example.org", "a..b",    ".a",      "a.",          "*",
		"*.",     "*.org",       "*a.org",  "a.*.org", "a b.org",     "https://a",
		"a/b",    "a.org:",      "a.org:0", "a.org:x", "a.org:65536", "a.org:-1",
		"any:80", "ANY",         "[::1]",   "a@b",     "a.org:08",    "ä.org"
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		if (add("m", wrong[i]))
			fail_msg("\"%s\" is taken", wrong[i]);
	assert_int_equal(hosts.count, 0);
	assert_true(add("m", "a-1.b_c.org:8443"));
	assert_int_equal(hosts.rows[0].port, 8443);
	assert_string_equal(hosts.rows[0].name, "a-1.b_c.org");
}

static bool add_key(const char *name, const char *key, const char *query, const char *header)
{
	return web_hosts_add(&hosts, "m", name, key, query, header, &why);
}

static void a_key_has_a_name_a_place_and_a_host(void **state)
{
	(void)state;
	assert_false(add_key("a.org", "LASTFM_KEY", "k", NULL));
	assert_false(add_key("a.org", "KORONE_LASTFM", "k", NULL));
	assert_false(add_key("a.org", "KORONE_PRIVACY_KEY", "k", NULL));
	assert_false(add_key("a.org", "KORONE_lastfm_KEY", "k", NULL));
	assert_false(add_key("a.org", "KORONE_A_KEY", NULL, NULL));
	assert_false(add_key("a.org", "KORONE_A_KEY", "k", "K: "));
	assert_false(add_key("a.org", "KORONE_A_KEY", "k&x", NULL));
	assert_false(add_key("a.org", "KORONE_A_KEY", NULL, "K"));
	assert_false(add_key("a.org", "KORONE_A_KEY", NULL, ": "));
	assert_false(add_key("a.org", "KORONE_A_KEY", NULL, "K: x\r\nY: "));
	assert_false(add_key("any", "KORONE_A_KEY", "k", NULL));
	assert_string_equal(why.text, "KORONE_A_KEY would be sent to any host: name the host");
	assert_false(add_key("a.org", NULL, "k", NULL));
	assert_true(add_key("*.a.org", "KORONE_A_KEY", "k", NULL));
	assert_true(add_key("a.org", "KORONE_A_KEY", NULL, "Authorization: Bearer "));
	assert_true(web_hosts_use_key(&hosts, "KORONE_A_KEY"));
	assert_false(web_hosts_use_key(&hosts, "KORONE_B_KEY"));
}

static const char *found(const char *module, const char *host, uint16_t port)
{
	const struct web_hosts_row *row = web_hosts_find(&hosts, text_of(module), host, port, 443);

	return row ? row->name : "";
}

static void the_closest_row_is_found(void **state)
{
	(void)state;
	assert_true(add("m", "any") && add("m", "*.a.org") && add("m", "*.b.a.org") &&
		    add("m", "x.a.org") && add("m", "y.org:8443") && add("n", "z.org"));
	assert_string_equal(found("m", "x.a.org", 443), "x.a.org");
	assert_string_equal(found("m", "y.a.org", 443), "*.a.org");
	assert_string_equal(found("m", "y.b.a.org", 443), "*.b.a.org");
	assert_string_equal(found("m", "a.org", 443), "any");
	assert_string_equal(found("m", "ba.org", 443), "any");
	assert_string_equal(found("m", "y.org", 8443), "y.org");
	assert_string_equal(found("m", "y.org", 443), "any");
	assert_string_equal(found("m", "x.a.org", 8443), "");
	assert_string_equal(found("n", "z.org", 443), "z.org");
	assert_string_equal(found("n", "xz.org", 443), "");
	assert_string_equal(found("n", "z.org.evil.org", 443), "");
	assert_string_equal(found("n", "a.z.org", 443), "");
	assert_string_equal(found("o", "z.org", 443), "");
}

static void a_table_travels(void **state)
{
	struct buffer packed = { 0 };
	struct web_hosts copy = { 0 };
	struct cursor cursor;

	(void)state;
	assert_true(add_key("*.a.org:8443", "KORONE_A_KEY", NULL, "X-Key: ") && add("n", "any"));
	web_hosts_encode(&hosts, &packed);
	cursor = cursor_make(buffer_unread(&packed), buffer_unread_size(&packed));
	assert_true(web_hosts_decode(&cursor, &copy));
	assert_int_equal(copy.count, 2);
	assert_string_equal(copy.rows[0].name, "*.a.org");
	assert_int_equal(copy.rows[0].port, 8443);
	assert_string_equal(copy.rows[0].header, "X-Key: ");
	assert_string_equal(copy.rows[1].module, "n");
	web_hosts_finish(&copy);
	for (size_t size = 0; size < buffer_unread_size(&packed); size++) {
		cursor = cursor_make(buffer_unread(&packed), size);
		assert_false(web_hosts_decode(&cursor, &copy));
		assert_int_equal(copy.count, 0);
	}
	buffer_finish(&packed);
}

static void a_row_that_was_not_checked_is_refused_when_it_arrives(void **state)
{
	struct buffer packed = { 0 };
	struct web_hosts copy = { 0 };
	struct cursor cursor;

	(void)state;
	assert_true(add("m", "a.org"));
	hosts.rows[0].name[0] = '*';
	web_hosts_encode(&hosts, &packed);
	cursor = cursor_make(buffer_unread(&packed), buffer_unread_size(&packed));
	assert_false(web_hosts_decode(&cursor, &copy));
	buffer_finish(&packed);
}

static void operators_are_shown_all(void **state)
{
	struct module_key set[] = { { "KORONE_A_KEY", "secret" }, { "KORONE_Z_KEY", "secret" } };
	const struct module_keys keys = { .all = set, .count = 2 };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_true(add_key("a.org:1", "KORONE_A_KEY", "k", NULL) &&
		    add_key("b.org", "KORONE_B_KEY", "k", NULL) && add("n", "any"));
	web_hosts_print(&hosts, &keys, out);
	fclose(out);
	assert_string_equal(text, "# module m reaches a.org:1 with KORONE_A_KEY (set)\n"
				  "# module m reaches b.org with KORONE_B_KEY (not set)\n"
				  "# module n reaches any\n"
				  "# KORONE_Z_KEY has no use: no loaded module names it\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(rows_that_are_none_are_refused, forget),
		cmocka_unit_test_teardown(a_key_has_a_name_a_place_and_a_host, forget),
		cmocka_unit_test_teardown(the_closest_row_is_found, forget),
		cmocka_unit_test_teardown(a_table_travels, forget),
		cmocka_unit_test_teardown(a_row_that_was_not_checked_is_refused_when_it_arrives,
					  forget),
		cmocka_unit_test_teardown(operators_are_shown_all, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
