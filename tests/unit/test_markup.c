/* test_markup.c - from templates to text with entities, and cutting into messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/utf8.h"
#include "workers/host/markup_parts.h"

#define GLOBE "\xf0\x9f\x8c\x8d"

struct fixture {
	struct arena arena;
	struct markup markup;
	struct buffer out;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	markup_init(&fixture->markup, &fixture->arena);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	arena_finish(&fixture->arena);
	buffer_finish(&fixture->out);
	free(fixture);
	return 0;
}

static void add(struct fixture *fixture, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	markup_add(&fixture->markup, format, arguments);
	va_end(arguments);
}

static const char *json_of(struct fixture *fixture, const struct markup_part *part)
{
	struct json json;

	buffer_clear(&fixture->out);
	json = json_start(&fixture->out);
	json_object_start(&json);
	markup_write_part(&fixture->markup, part, "text", &json);
	json_object_end(&json);
	return buffer_text(&fixture->out);
}

/* The one message that the markup makes. */
static const char *message_of(struct fixture *fixture)
{
	struct markup_part at = { 0 }, part;

	if (!markup_end(&fixture->markup, false))
		fail_msg("%s", fixture->markup.fault);
	assert_true(markup_next_part(&fixture->markup, MARKUP_TEXT_UNITS, &at, &part));
	return json_of(fixture, &part);
}

static void assert_fault(struct fixture *fixture, const char *fault)
{
	assert_false(markup_end(&fixture->markup, false));
	assert_string_equal(fixture->markup.fault, fault);
}

static void arguments_are_never_markup(void **state)
{
	add(*state, "<b>%s</b> %c", "<i>&lt;%s</i>", '<');
	assert_string_equal(message_of(*state),
			    "{\"text\":\"<i>&lt;%s</i> <\",\"entities\":"
			    "[{\"type\":\"bold\",\"offset\":0,\"length\":13}]}");
}

static void offsets_count_utf16_units(void **state)
{
	add(*state, "%s<code>%s</code><i>x</i>", GLOBE, GLOBE "a");
	assert_string_equal(message_of(*state),
			    "{\"text\":\"" GLOBE GLOBE "ax\",\"entities\":"
			    "[{\"type\":\"code\",\"offset\":2,\"length\":3},"
			    "{\"type\":\"italic\",\"offset\":5,\"length\":1}]}");
}

static void tags_nest_and_span_formats(void **state)
{
	add(*state, "<b>a<i>");
	add(*state, "b</i></b>&lt;&gt;&amp;&quot;");
	assert_string_equal(message_of(*state),
			    "{\"text\":\"ab<>&\\\"\",\"entities\":"
			    "[{\"type\":\"bold\",\"offset\":0,\"length\":2},"
			    "{\"type\":\"italic\",\"offset\":1,\"length\":1}]}");
}

static void links_take_arguments(void **state)
{
	add(*state, "<a href=\"https://x.y/?a=%d&amp;b=%s\">%s</a>", 1, "\"><b>", "here");
	assert_string_equal(message_of(*state),
			    "{\"text\":\"here\",\"entities\":[{\"type\":\"text_link\",\"offset\":0,"
			    "\"length\":4,\"url\":\"https://x.y/?a=1&b=\\\"><b>\"}]}");
}

/* Bot API, "HTML style": every tag, with what it says of its entity. */
static void every_tag_of_telegram_is_known(void **state)
{
	static const struct {
		const char *format, *entity;
	} rows[] = {
		{ "<b>x</b>", "\"type\":\"bold\"" },
		{ "<strong>x</strong>", "\"type\":\"bold\"" },
		{ "<i>x</i>", "\"type\":\"italic\"" },
		{ "<em>x</em>", "\"type\":\"italic\"" },
		{ "<u>x</u>", "\"type\":\"underline\"" },
		{ "<ins>x</ins>", "\"type\":\"underline\"" },
		{ "<s>x</s>", "\"type\":\"strikethrough\"" },
		{ "<strike>x</strike>", "\"type\":\"strikethrough\"" },
		{ "<del>x</del>", "\"type\":\"strikethrough\"" },
		{ "<span class=\"tg-spoiler\">x</span>", "\"type\":\"spoiler\"" },
		{ "<tg-spoiler>x</tg-spoiler>", "\"type\":\"spoiler\"" },
		{ "<code>x</code>", "\"type\":\"code\"" },
		{ "<pre>x</pre>", "\"type\":\"pre\"" },
		{ "<pre><code>x</code></pre>", "\"type\":\"pre\"" },
		{ "<pre><code class=\"language-c\">x</code></pre>",
		  "\"type\":\"pre\",\"language\":\"c\"" },
		{ "<blockquote>x</blockquote>", "\"type\":\"blockquote\"" },
		{ "<blockquote expandable>x</blockquote>", "\"type\":\"expandable_blockquote\"" },
		{ "<a href=\"tg://user?id=1\">x</a>",
		  "\"type\":\"text_link\",\"url\":\"tg://user?id=1\"" },
		{ "<tg-emoji emoji-id=\"5368324170671202286\">x</tg-emoji>",
		  "\"type\":\"custom_emoji\",\"custom_emoji_id\":\"5368324170671202286\"" },
		{ "<tg-time unix=\"1647531900\" format=\"wDT\">x</tg-time>",
		  "\"type\":\"date_time\",\"date_time_format\":\"wDT\",\"unix_time\":1647531900" },
		{ "<tg-time unix=\"0\">x</tg-time>",
		  "\"type\":\"date_time\",\"date_time_format\":\"\",\"unix_time\":0" },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char wanted[256], type[64];
		const char *comma = strchr(rows[i].entity, ',');

		markup_init(&fixture->markup, &fixture->arena);
		add(fixture, rows[i].format);
		snprintf(type, sizeof(type), "%.*s",
			 comma ? (int)(comma - rows[i].entity) : (int)strlen(rows[i].entity),
			 rows[i].entity);
		snprintf(wanted, sizeof(wanted),
			 "{\"text\":\"x\",\"entities\":[{%s,\"offset\":0,\"length\":1%s}]}", type,
			 comma ? comma : "");
		assert_string_equal(message_of(fixture), wanted);
	}
}

static void values_of_attributes_are_arguments(void **state)
{
	add(*state,
	    "<tg-time unix=\"%lld\" format=\"%s\">a</tg-time>"
	    "<pre><code class=\"language-%s\">b</code></pre>",
	    12LL, "r", "c\"x");
	assert_string_equal(
		message_of(*state),
		"{\"text\":\"ab\",\"entities\":[{\"type\":\"date_time\",\"offset\":0,"
		"\"length\":1,\"date_time_format\":\"r\",\"unix_time\":12},"
		"{\"type\":\"pre\",\"offset\":1,\"length\":1,\"language\":\"c\\\"x\"}]}");
}

static void numeric_references_are_characters(void **state)
{
	add(*state, "&#65;&#x1f30d;&#x41;");
	assert_string_equal(message_of(*state), "{\"text\":\"A" GLOBE "A\"}");
}

static void a_caption_has_its_own_names(void **state)
{
	struct fixture *fixture = *state;
	struct markup_part at = { 0 }, part;
	struct json json;

	add(fixture, "<b>a</b>");
	assert_true(markup_next_part(&fixture->markup, MARKUP_CAPTION_UNITS, &at, &part));
	json = json_start(&fixture->out);
	json_object_start(&json);
	markup_write_part(&fixture->markup, &part, "caption", &json);
	json_object_end(&json);
	assert_string_equal(buffer_text(&fixture->out),
			    "{\"caption\":\"a\",\"caption_entities\":[{\"type\":\"bold\","
			    "\"offset\":0,\"length\":1}]}");
}

static void an_empty_argument_adds_nothing(void **state)
{
	add(*state, "%s%s%.0s", "", "", "x");
	assert_fault(*state, "an empty text");
}

static void malformed_arguments_become_replacement_characters(void **state)
{
	add(*state, "%s",
	    "a\xff"
	    "b\xe2\x82");
	assert_string_equal(message_of(*state), "{\"text\":\"a\xef\xbf\xbd"
						"b\xef\xbf\xbd\xef\xbf\xbd\"}");
}

static void faults_of_formats_are_found(void **state)
{
	static const struct {
		const char *format, *fault;
	} rows[] = {
		{ "<b>x", "a tag is not closed" },
		{ "x</b>", "a closing tag without its opening one" },
		{ "<b><i>x</b></i>", "a closing tag without its opening one" },
		{ "<h1>x</h1>", "a tag that Telegram does not know" },
		{ "<b x", "unterminated tag" },
		{ "a & b", "an & that does not begin one of &lt; &gt; &amp; &quot; &#number;" },
		{ "<a>x</a>", "<a> needs an href" },
		{ "<b href=\"x\">x</b>", "<b> has no attribute \"href\"" },
		{ "<a href=\"x\" a b>x</a>", "a tag with too many attributes" },
		{ "<a href=\"x>x</a>", "unterminated tag" },
		{ "<span>x</span>", "<span> needs class=\"tg-spoiler\"" },
		{ "<code class=\"language-c\">x</code>", "<code> has a class only in <pre>" },
		{ "<pre><code class=\"c\">x</code></pre>",
		  "the class of <code> begins with \"language-\"" },
		{ "<tg-emoji>x</tg-emoji>", "<tg-emoji> needs an emoji-id, which is a number" },
		{ "<tg-emoji emoji-id=\"x\">x</tg-emoji>",
		  "<tg-emoji> needs an emoji-id, which is a number" },
		{ "<tg-time>x</tg-time>", "<tg-time> needs unix, which is a number of seconds" },
		{ "<tg-time unix=\"1\" format=\"rt\">x</tg-time>",
		  "the format of <tg-time> is \"r\", or of \"w\", \"d\" or \"D\", and \"t\" or "
		  "\"T\"" },
		{ "<b><b><b><b><b><b><b><b><b>x", "tags are nested too deep" },
		{ "&#0;", "an & that does not begin one of &lt; &gt; &amp; &quot; &#number;" },
		{ "&#xd800;", "an & that does not begin one of &lt; &gt; &amp; &quot; &#number;" },
		{ "%n", "conversion %n is not supported" },
		{ "", "an empty text" },
		{ " \n\t", "an empty text" },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		markup_init(&fixture->markup, &fixture->arena);
		add(fixture, rows[i].format);
		assert_fault(fixture, rows[i].fault);
	}
}

static char *repeat(const char *what, size_t times)
{
	size_t length = strlen(what);
	char *text = malloc(length * times + 1);

	for (size_t i = 0; i < times; i++)
		memcpy(text + i * length, what, length);
	text[length * times] = '\0';
	return text;
}

/* Adds `text` and checks the sizes, in units, of the messages it makes. */
static void assert_parts(struct fixture *fixture, const char *text, const size_t *units,
			 size_t count)
{
	struct markup_part at = { 0 }, part;

	add(fixture, "%s", text);
	assert_true(markup_end(&fixture->markup, false));
	for (size_t i = 0; i < count; i++) {
		assert_true(markup_next_part(&fixture->markup, MARKUP_TEXT_UNITS, &at, &part));
		assert_int_equal(part.units, units[i]);
		assert_int_equal(part.units,
				 utf8_units(fixture->markup.text + part.start, part.size));
	}
	assert_false(markup_next_part(&fixture->markup, MARKUP_TEXT_UNITS, &at, &part));
}

static void at_the_limit_one_message_is_enough(void **state)
{
	char *text = repeat("a", 4096);
	const size_t units[] = { 4096 };

	assert_parts(*state, text, units, 1);
	free(text);
}

static void over_the_limit_it_is_cut(void **state)
{
	char *text = repeat("a", 4097);
	const size_t units[] = { 4096, 1 };

	assert_parts(*state, text, units, 2);
	free(text);
}

static void a_pair_is_not_cut(void **state)
{
	char *globes = repeat(GLOBE, 2048);
	char *text = malloc(strlen(globes) + 2);
	const size_t units[] = { 4095, 2 };

	text[0] = 'a';
	strcpy(text + 1, globes);
	assert_parts(*state, text, units, 2);
	free(text);
	free(globes);
}

static void lines_then_words_stay_whole(void **state)
{
	char *words = repeat("wordword ", 600); /* 5400 units */
	const size_t units[] = { 455 * 9 - 1, 145 * 9 - 1 };
	char *lines;

	assert_parts(*state, words, units, 2);
	lines = repeat("a line of text\n", 400); /* 6000 units */
	markup_init(&((struct fixture *)*state)->markup, &((struct fixture *)*state)->arena);
	assert_parts(*state, lines, (const size_t[]) { 273 * 15 - 1, 127 * 15 - 1 }, 2);
	free(words);
	free(lines);
}

static void entities_are_cut_with_the_text(void **state)
{
	struct fixture *fixture = *state;
	struct markup_part at = { 0 }, part;
	char *text = repeat("b", 5000);
	const char *json;

	add(fixture, "a<b>%s</b>", text);
	assert_true(markup_end(&fixture->markup, false));
	assert_true(markup_next_part(&fixture->markup, MARKUP_TEXT_UNITS, &at, &part));
	json = strstr(json_of(fixture, &part), "\"entities\"");
	assert_string_equal(json,
			    "\"entities\":[{\"type\":\"bold\",\"offset\":1,\"length\":4095}]}");
	assert_true(markup_next_part(&fixture->markup, MARKUP_TEXT_UNITS, &at, &part));
	json = strstr(json_of(fixture, &part), "\"entities\"");
	assert_string_equal(json,
			    "\"entities\":[{\"type\":\"bold\",\"offset\":0,\"length\":905}]}");
	free(text);
}

static void a_message_has_no_more_entities_than_telegram_keeps(void **state)
{
	struct fixture *fixture = *state;
	struct markup_part at = { 0 }, part;

	for (int i = 0; i < 150; i++)
		add(fixture, "<b>%d</b> ", i % 10);
	assert_true(markup_end(&fixture->markup, false));
	assert_true(markup_next_part(&fixture->markup, MARKUP_TEXT_UNITS, &at, &part));
	assert_int_equal(part.units, 199); /* a hundred digits, and the spaces between them */
	assert_true(markup_next_part(&fixture->markup, MARKUP_TEXT_UNITS, &at, &part));
	assert_int_equal(part.units, 99);
	assert_false(markup_next_part(&fixture->markup, MARKUP_TEXT_UNITS, &at, &part));
}

/* Where a word or a line begins in the second half of what fits, it is cut there and nowhere else.
 */
static void it_is_cut_at_the_last_place_that_leaves_enough(void **state)
{
	static const struct {
		const char *at; /* "N " or "N\\n": where there is one, in letters */
		size_t first;   /* units of the first part */
	} rows[] = {
		{ "4096 ", 4096 },        { "4095 ", 4095 },        { "4094 ", 4094 },
		{ "3000 ", 3000 },        { "2049 ", 2049 },        { "2048 ", 2048 },
		{ "2047 ", 4096 },        { "1000 ", 4096 },        { "4095\n", 4095 },
		{ "3000\n", 3000 },       { "2048\n", 2048 },       { "2047\n", 4096 },
		{ "2500\n 4000 ", 2500 }, { "1000\n 4000 ", 4000 }, { "2500 3500 ", 3500 },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct markup_part at = { 0 }, part;
		char *text = repeat("x", 4200);
		const char *row = rows[i].at;

		while (*row) {
			char *end;
			long place = strtol(row, &end, 10);

			text[place] = *end;
			row = end + 1;
		}
		markup_init(&fixture->markup, &fixture->arena);
		add(fixture, "%s", text);
		assert_true(markup_next_part(&fixture->markup, MARKUP_TEXT_UNITS, &at, &part));
		if (part.units != rows[i].first)
			fail_msg("row %zu: %zu", i, part.units);
		free(text);
	}
}

/* White space between parts is in none of them, and nothing else is lost. */
static void parts_are_the_text_without_the_space_between_them(void **state)
{
	struct fixture *fixture = *state;
	unsigned random = 1;

	for (int round = 0; round < 50; round++) {
		struct markup_part at = { 0 }, part;
		size_t size = 6000, next = 0, count = 0;
		char *text = repeat("x", size);

		for (size_t i = 0; i < size; i++) {
			random = random * 1664525u + 1013904223u;
			if ((random >> 16) % (unsigned)(2 + round * 20) == 0)
				text[i] = (random >> 8) % 4 ? ' ' : "\n\t\r\v"[(random >> 10) % 4];
		}
		markup_init(&fixture->markup, &fixture->arena);
		add(fixture, "%s", text);
		while (markup_next_part(&fixture->markup, MARKUP_TEXT_UNITS, &at, &part)) {
			assert_in_range(part.units, 1, 4096);
			assert_null(memchr("\t\n\v\f\r ", text[part.start], 6));
			assert_null(memchr("\t\n\v\f\r ", text[part.start + part.size - 1], 6));
			for (; next < part.start; next++)
				assert_non_null(memchr("\t\n\v\f\r ", text[next], 6));
			next += part.size;
			count++;
		}
		assert_true(count >= 2);
		free(text);
	}
}

/* An entity that only touches a part is not of it. */
static void an_entity_is_written_where_it_has_text(void **state)
{
	struct fixture *fixture = *state;
	struct markup_part at = { 0 }, part;
	char *text = repeat("b", 4096);

	add(fixture, "<b>%s</b><i>%s</i><u></u>", text, "cc");
	assert_true(markup_end(&fixture->markup, false));
	assert_true(markup_next_part(&fixture->markup, MARKUP_TEXT_UNITS, &at, &part));
	assert_string_equal(strstr(json_of(fixture, &part), "\"entities\""),
			    "\"entities\":[{\"type\":\"bold\",\"offset\":0,\"length\":4096}]}");
	assert_true(markup_next_part(&fixture->markup, MARKUP_TEXT_UNITS, &at, &part));
	assert_string_equal(strstr(json_of(fixture, &part), "\"entities\""),
			    "\"entities\":[{\"type\":\"italic\",\"offset\":0,\"length\":2}]}");
	assert_false(markup_next_part(&fixture->markup, MARKUP_TEXT_UNITS, &at, &part));
	free(text);
}

static void a_fault_ends_the_reading_where_it_is(void **state)
{
	struct fixture *fixture = *state;

	add(fixture, "a&b <x>c");
	assert_string_equal(fixture->markup.fault,
			    "an & that does not begin one of &lt; &gt; &amp; &quot; &#number;");
	assert_int_equal(fixture->markup.size, 1);
	markup_init(&fixture->markup, &fixture->arena);
	add(fixture, "<a href=\"&x&lt;\">t</a>");
	assert_false(markup_end(&fixture->markup, false));
	markup_init(&fixture->markup, &fixture->arena);
	add(fixture, "<a href=\"&lt;&amp;%d\">t</a>", 5);
	assert_non_null(strstr(message_of(fixture), "\"url\":\"<&5\""));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(arguments_are_never_markup),
		TEST(offsets_count_utf16_units),
		TEST(tags_nest_and_span_formats),
		TEST(links_take_arguments),
		TEST(every_tag_of_telegram_is_known),
		TEST(values_of_attributes_are_arguments),
		TEST(numeric_references_are_characters),
		TEST(a_caption_has_its_own_names),
		TEST(an_empty_argument_adds_nothing),
		TEST(malformed_arguments_become_replacement_characters),
		TEST(faults_of_formats_are_found),
		TEST(at_the_limit_one_message_is_enough),
		TEST(over_the_limit_it_is_cut),
		TEST(a_pair_is_not_cut),
		TEST(lines_then_words_stay_whole),
		TEST(entities_are_cut_with_the_text),
		TEST(a_message_has_no_more_entities_than_telegram_keeps),
		TEST(it_is_cut_at_the_last_place_that_leaves_enough),
		TEST(parts_are_the_text_without_the_space_between_them),
		TEST(an_entity_is_written_where_it_has_text),
		TEST(a_fault_ends_the_reading_where_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
