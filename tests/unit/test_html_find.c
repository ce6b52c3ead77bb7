/* test_html_find.c - what is printed of a page: rows and fields, white space, pages that are
 * malformed, hostile or none, and that no page prints more than the limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "common/xalloc.h"
#include "html/find.h"

static void find(const char *page, size_t size, const char *arguments, struct buffer *out)
{
	struct wanted_row wanted[WANTED_ROWS_MAX];
	char *copy = xstrdup(arguments), *rest = copy, *argument;
	struct why why = { "" };
	size_t count = 0;

	while ((argument = strsep(&rest, " ")))
		if (!wanted_read(argument, &wanted[count++], &why))
			fail_msg("%s", why.text);
	html_find(page, size, wanted, count, out);
	free(copy);
}

static void assert_found(const char *page, const char *arguments, const char *lines)
{
	struct buffer out = { 0 };

	find(page, strlen(page), arguments, &out);
	assert_string_equal(buffer_text(&out), lines);
	buffer_finish(&out);
}

static void rows_and_fields(void **state)
{
	(void)state;
	assert_found("<ul class='menu'><li><a href='x?a=1&amp;b=2'>One</a><li><a>Two</a></ul>"
		     "<li><a href=y>not in it</a></li>",
		     "it=ul.menu/li:a@href,a", "it\tx?a=1&b=2\tOne\nit\t\tTwo\n");
	/* Of the first that has it. */
	assert_found("<p><img><img src=1><img src=2></p>", "p=p:img@src", "p\t1\n");
	assert_found("<p id=7 title='t'>a<b>b</b></p>", "p=p:@id,.,@none", "p\t7\tab\t\n");
	/* Several kinds of rows, in the order in which they end. */
	assert_found("<div><h1>T</h1><p>x</p></div>", "all=div:. head=h1:. p=p:.",
		     "head\tT\np\tx\nall\tTx\n");
	/* Rows of one kind are not in each other. */
	assert_found("<div>a<div>b</div></div><div>c</div>", "d=div:.", "d\tab\nd\tc\n");
	/* Somewhere inside, in that order. */
	assert_found("<table><tbody><tr><td>1</td></tr></tbody></table><tr>2</tr>", "r=table/tr:td",
		     "r\t1\n");
	assert_found("<p>x</p>", "n=div", "");
	assert_found("<div></div>", "n=div", "n\n");
}

static void texts(void **state)
{
	(void)state;
	assert_found("<p> a \n\t b&nbsp;c </p>", "p=p:.", "p\ta b c\n");
	assert_found("<p>a<br>b<br/><br>c;<br>d</p>", "p=p:.", "p\ta; b; c; d\n");
	assert_found("<p><br>a<br></p>", "p=p:.", "p\ta;\n");
	assert_found("<p>&lt;b&gt; &amp; &euro; &#128241; &#x41;</p>", "p=p:.", "p\t<b> & € 📱 A\n");
	assert_found("<p title='a\tb\nc'>x</p>", "p=p:@title", "p\ta b c\n");
	assert_found("<p>a<script>no()</script><style>no</style><!-- no -->b</p>", "p=p:.",
		     "p\tab\n");
	/* What moves a terminal's cursor, or the direction of a text. */
	assert_found("<p>a\x1b[2J\xe2\x80\xae"
		     "b</p>",
		     "p=p:.", "p\ta[2Jb\n");
}

static void pages_that_are_none(void **state)
{
	static const char entity[] =
		"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><p>&e;</p>";
	struct buffer out = { 0 };

	(void)state;
	assert_found("", "p=p:.", "");
	assert_found("{\"a\": \"<p>\"}", "n=div", "");
	assert_found("<p>a", "p=p:.", "p\ta\n");
	/* Versions of libxml2 differ about tags that end nothing. */
	find("</p></p></div><p>a</b></i></p></p>", 34, "p=p:.", &out);
	assert_non_null(strstr(buffer_text(&out), "p\ta\n"));
	buffer_clear(&out);
	find("<p>a\0b\xff\xc3</p>", 13, "p=p:.", &out);
	assert_true(strncmp(buffer_text(&out),
			    "p\ta\xef\xbf\xbd"
			    "b\xef\xbf\xbd\xef\xbf\xbd",
			    13) == 0);
	buffer_finish(&out);
	/* Another encoding is not believed. */
	assert_found("<meta charset='utf-16'><meta http-equiv='Content-Type' "
		     "content='text/html; charset=iso-8859-1'><p>ü</p>",
		     "p=p:.", "p\tü\n");
	/* Nothing is fetched, and no entity is another text. */
	find(entity, strlen(entity), "p=p:.", &out);
	assert_non_null(strstr(buffer_text(&out), "p\t&e;\n"));
	assert_null(strstr(buffer_text(&out), "root"));
	buffer_finish(&out);
}

static struct buffer repeated(const char *text, size_t times)
{
	struct buffer page = { 0 };

	for (size_t i = 0; i < times; i++)
		buffer_append_text(&page, text);
	return page;
}

static void find_in(struct buffer *page, const char *arguments, struct buffer *out)
{
	buffer_clear(out);
	find((const char *)buffer_unread(page), buffer_unread_size(page), arguments, out);
	buffer_finish(page);
}

static size_t count_lines(struct buffer *out)
{
	size_t count = 0;

	for (const char *at = buffer_text(out); *at; at++)
		count += *at == '\n';
	return count;
}

static void nothing_is_longer_than_the_limits(void **state)
{
	struct buffer page = repeated("ü", 100000), out = { 0 };

	(void)state;
	find_in(&page, "p=p:.", &out);
	assert_in_range(buffer_unread_size(&out), FIND_FIELD_MAX, FIND_FIELD_MAX + 10);
	page = repeated("<p>x</p>", 2000);
	find_in(&page, "p=p:.", &out);
	assert_int_equal(count_lines(&out), FIND_LINES_MAX);
	page = repeated("<p title='123456789012345678901234567890123456789012345678901234567890"
			"12345678901234567890123456789012345678901234567890'>xxxxxxxxxxxxxxxxxxx"
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx</p>",
			2000);
	find_in(&page, "p=p:.,.,.,@title,@title,@title,@title,@title", &out);
	assert_in_range(buffer_unread_size(&out), FIND_BYTES_MAX - 2000, FIND_BYTES_MAX);
	buffer_finish(&out);
}

static void what_is_nested_too_deep_is_not_looked_at(void **state)
{
	struct buffer page = repeated("<div>", 100000), out = { 0 };

	(void)state;
	buffer_append_text(&page, "<p>deep</p>");
	find_in(&page, "p=p:.", &out);
	assert_int_equal(buffer_unread_size(&out), 0);
	page = repeated("<div>", 100);
	buffer_append_text(&page, "<p>deep</p>");
	find_in(&page, "p=p:.", &out);
	assert_string_equal(buffer_text(&out), "p\tdeep\n");
	page = repeated("<div>", 1000);
	for (int i = 0; i < 1000; i++)
		buffer_append_text(&page, "</div>");
	buffer_append_text(&page, "<p>after it</p>");
	find_in(&page, "p=p:.", &out);
	assert_string_equal(buffer_text(&out), "p\tafter it\n");
	buffer_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_and_fields),
		cmocka_unit_test(texts),
		cmocka_unit_test(pages_that_are_none),
		cmocka_unit_test(nothing_is_longer_than_the_limits),
		cmocka_unit_test(what_is_nested_too_deep_is_not_looked_at),
	};

	return cmocka_run_group_tests_name("html_find", tests, NULL, NULL);
}
