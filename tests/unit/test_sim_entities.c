/* test_sim_entities.c - formatted text as Telegram accepts it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "simulator/entities.h"

static struct arena arena;

/* "text|type:offset:length[=argument] …" or "!reason" */
static const char *shown(const char *html)
{
	struct formatted formatted;
	struct why why;
	const char *out;

	arena_finish(&arena);
	if (!entities_parse_html(html, strlen(html), &arena, &formatted, &why))
		return arena_printf(&arena, "!%s", why.text);
	entities_detect(&formatted, &arena);
	out = arena_printf(&arena, "%s|", formatted.text);
	for (size_t i = 0; i < formatted.count; i++) {
		const struct entity *entity = &formatted.entities[i];

		out = arena_printf(&arena, "%s%s%s:%zu:%zu%s%s", out, i ? " " : "", entity->type,
				   entity->offset, entity->length, entity->argument ? "=" : "",
				   entity->argument ? entity->argument : "");
	}
	return out;
}

static void tags_become_entities(void **state)
{
	(void)state;
	assert_string_equal(shown("<b>a</b><STRONG>b</>c"), "abc|bold:0:1 bold:1:1");
	assert_string_equal(shown("<i><u>x</u>y</i>"), "xy|italic:0:2 underline:0:1");
	assert_string_equal(shown("<b></b>"), "|");
	assert_string_equal(shown("<span class=\"tg-spoiler\">x</span>"), "x|spoiler:0:1=spoiler");
	assert_string_equal(shown("<pre><code class=\"language-c\">x</code></pre>"), "x|pre:0:1=c");
	assert_string_equal(shown("<blockquote expandable>x</blockquote>"),
			    "x|expandable_blockquote:0:1=1");
	assert_string_equal(shown("<tg-time unix=\"7\" format=\"wDT\">x</tg-time>"),
			    "x|date_time:0:1=wDT");
	assert_string_equal(shown("<tg-time>x</tg-time>"), "x|");
}

static void offsets_count_utf_16(void **state)
{
	(void)state;
	assert_string_equal(shown("😀ü<b>x😀</b>"), "😀üx😀|bold:3:3");
	assert_string_equal(shown("  <b> x </b> "), "x|bold:0:1");
}

static void links(void **state)
{
	(void)state;
	assert_string_equal(shown("<a href=\"http://a.b/?x=1&amp;y=&quot;\">l</a>"),
			    "l|text_link:0:1=http://a.b/?x=1&y=\"");
	assert_string_equal(shown("<a href='a.b'>l</a>"), "l|text_link:0:1=http://a.b");
	assert_string_equal(shown("<a href=\"nolink\">l</a>"), "l|");
	assert_string_equal(shown("<a href=\"tg://user?id=5\">l</a>"), "l|text_mention:0:1=5");
}

static void references(void **state)
{
	(void)state;
	assert_string_equal(shown("&lt;&#65;&#x1F600;&nbsp;&amp"), "<A😀&nbsp;&|");
}

static void found_by_themselves(void **state)
{
	(void)state;
	assert_string_equal(
		shown("/go@some_bot @alice1 #tag http://a.b/c x"),
		"/go@some_bot @alice1 #tag http://a.b/c x|bot_command:0:12 mention:13:7 "
		"hashtag:21:4 url:26:12");
	assert_string_equal(shown("<code>/go</code> a/b"), "/go a/b|code:0:3");
}

static void faults_are_named(void **state)
{
	(void)state;
	assert_string_equal(shown("a<b"), "!Unclosed start tag at byte offset 1");
	assert_string_equal(shown("<b>x"), "!Can't find end tag corresponding to start tag \"b\"");
	assert_string_equal(shown("<x>"), "!Unsupported start tag \"x\" at byte offset 0");
	assert_string_equal(shown("</b>"), "!Unexpected end tag at byte offset 0");
	assert_string_equal(shown("<b>x</i>"), "!Unmatched end tag at byte offset 4, expected "
					       "\"</b>\", found \"</i>\"");
	assert_string_equal(shown("<b>x</b"), "!Unclosed end tag at byte offset 4");
	assert_string_equal(shown("<a href=\"x>y</a>"), "!Unclosed start tag at byte offset 0");
	assert_string_equal(shown("<a =x>"),
			    "!Empty attribute name in the tag \"a\" at byte offset 0");
	assert_string_equal(shown("<span>x</span>"),
			    "!Tag \"span\" must have class \"tg-spoiler\" at byte offset 0");
	assert_string_equal(shown("<a href=x_y>"),
			    "!Unexpected end of name token at byte offset 8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags_become_entities),
		cmocka_unit_test(offsets_count_utf_16),
		cmocka_unit_test(links),
		cmocka_unit_test(references),
		cmocka_unit_test(found_by_themselves),
		cmocka_unit_test(faults_are_named),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_finish(&arena);
	return failed;
}
