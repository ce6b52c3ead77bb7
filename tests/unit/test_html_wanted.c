/* test_html_wanted.c - what is looked for in a page: how it is written, and which elements fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/xalloc.h"
#include "html/wanted.h"

static void a_row_has_a_path_and_fields(void **state)
{
	struct wanted_row row;
	struct why why = { "" };

	(void)state;
	assert_true(wanted_read("phone=div.menu.wide/li:a@href,td.ttl,@id,.", &row, &why));
	assert_string_equal(row.label, "phone");
	assert_int_equal(row.depth, 2);
	assert_string_equal(row.path[0].name, "div");
	assert_int_equal(row.path[0].classes_count, 2);
	assert_string_equal(row.path[0].classes[1], "wide");
	assert_string_equal(row.path[1].name, "li");
	assert_int_equal(row.fields_count, 4);
	assert_string_equal(row.fields[0].element.name, "a");
	assert_string_equal(row.fields[0].attribute, "href");
	assert_null(row.fields[1].attribute);
	assert_string_equal(row.fields[2].element.name, "");
	assert_string_equal(row.fields[2].attribute, "id");
	assert_string_equal(row.fields[3].element.name, "");
	assert_null(row.fields[3].attribute);
}

static void a_row_may_have_no_fields(void **state)
{
	struct wanted_row row;
	struct why why;

	(void)state;
	assert_true(wanted_read("menu=div", &row, &why));
	assert_int_equal(row.depth, 1);
	assert_int_equal(row.fields_count, 0);
}

static void what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *argument, *reason;
	} rows[] = {
		{ "", "is no LABEL=ROW" },
		{ "div", "is no LABEL=ROW" },
		{ "=div", "is no LABEL=ROW" },
		{ "a b=div", "is no LABEL=ROW" },
		{ "a=", "\"\" is no name of an element" },
		{ "a=div//li", "\"\" is no name of an element" },
		{ "a=div.", "\"\" is no name of a class" },
		{ "a=div.b c", "\"b c\" is no name of a class" },
		{ "a=div.a.b.c.d", "more than 3 classes" },
		{ "a=a/a/a/a/a/a/a", "more than 6 elements" },
		{ "a=div:", "\"\" is no name of an element" },
		{ "a=div:a@", "\"\" is no name of an attribute" },
		{ "a=div:a@b@c", "\"b@c\" is no name of an attribute" },
		{ "a=div:a,a,a,a,a,a,a,a,a", "more than 8 fields" },
		{ "a=div:<b>", "\"<b>\" is no name of an element" },
		{ "a="
		  "ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
		  "dddddddddddddddddddddddddddddddddddddddddddddddd",
		  "longer than 127 bytes" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct wanted_row row;
		struct why why = { "" };

		if (wanted_read(rows[i].argument, &row, &why))
			fail_msg("%s was read", rows[i].argument);
		if (!strstr(why.text, rows[i].reason))
			fail_msg("%s: %s", rows[i].argument, why.text);
	}
}

static void an_element_fits_by_its_name_and_all_classes(void **state)
{
	static const struct {
		const char *name, *classes;
		bool fits;
	} rows[] = {
		{ "div", "menu wide", true }, { "div", "x wide\tmenu\nx", true },
		{ "div", "menu", false },     { "div", "menus wide", false },
		{ "div", "", false },         { "div", NULL, false },
		{ "li", "menu wide", false }, { "divs", "menu wide", false },
	};
	struct wanted_row row;
	struct why why;

	(void)state;
	assert_true(wanted_read("a=div.menu.wide", &row, &why));
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (wanted_matches(&row.path[0], rows[i].name, rows[i].classes) != rows[i].fits)
			fail_msg("<%s class=\"%s\">", rows[i].name, rows[i].classes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_has_a_path_and_fields),
		cmocka_unit_test(a_row_may_have_no_fields),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(an_element_fits_by_its_name_and_all_classes),
	};

	return cmocka_run_group_tests_name("html_wanted", tests, NULL, NULL);
}
