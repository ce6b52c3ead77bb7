/* test_markup.c - from templates to text with entities, and cutting into messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/utf8.h"
#include "workers/host/markup.h"

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
	markup_write_part(&fixture->markup, part, &json);
	json_object_end(&json);
	return buffer_text(&fixture->out);
}

/* The one message that the markup makes. */
static const char *message_of(struct fixture *fixture)
{
	struct markup_part at = { 0 }, part;

	if (!markup_end(&fixture->markup))
		fail_msg("%s", fixture->markup.fault);
	assert_true(markup_next_part(&fixture->markup, &at, &part));
	return json_of(fixture, &part);
}

static void assert_fault(struct fixture *fixture, const char *fault)
{
	assert_false(markup_end(&fixture->markup));
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
		{ "a & b", "an & that does not begin one of &lt; &gt; &amp; &quot;" },
		{ "<a>x</a>", "href belongs to <a>, and <a> needs it" },
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
	assert_true(markup_end(&fixture->markup));
	for (size_t i = 0; i < count; i++) {
		assert_true(markup_next_part(&fixture->markup, &at, &part));
		assert_int_equal(part.units, units[i]);
		assert_int_equal(part.units,
				 utf8_units(fixture->markup.text + part.start, part.size));
	}
	assert_false(markup_next_part(&fixture->markup, &at, &part));
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
	assert_true(markup_end(&fixture->markup));
	assert_true(markup_next_part(&fixture->markup, &at, &part));
	json = strstr(json_of(fixture, &part), "\"entities\"");
	assert_string_equal(json,
			    "\"entities\":[{\"type\":\"bold\",\"offset\":1,\"length\":4095}]}");
	assert_true(markup_next_part(&fixture->markup, &at, &part));
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
	assert_true(markup_end(&fixture->markup));
	assert_true(markup_next_part(&fixture->markup, &at, &part));
	assert_int_equal(part.units, 199); /* a hundred digits, and the spaces between them */
	assert_true(markup_next_part(&fixture->markup, &at, &part));
	assert_int_equal(part.units, 99);
	assert_false(markup_next_part(&fixture->markup, &at, &part));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(arguments_are_never_markup),
		TEST(offsets_count_utf16_units),
		TEST(tags_nest_and_span_formats),
		TEST(links_take_arguments),
		TEST(an_empty_argument_adds_nothing),
		TEST(malformed_arguments_become_replacement_characters),
		TEST(faults_of_formats_are_found),
		TEST(at_the_limit_one_message_is_enough),
		TEST(over_the_limit_it_is_cut),
		TEST(a_pair_is_not_cut),
		TEST(lines_then_words_stay_whole),
		TEST(entities_are_cut_with_the_text),
		TEST(a_message_has_no_more_entities_than_telegram_keeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
