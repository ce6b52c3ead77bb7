/* test_written_buttons.c - buttons that are written into a text are taken out of it, and what is
 * around them stays where it was. */
#include "tests/unit/packed_json.h"

#include "workers/host/kept.h"
#include "workers/host/written_buttons.h"

static const struct message *take(struct arena *arena, const struct message *message, size_t start,
				  const char *expected)
{
	size_t size = strlen(message->text) - start;
	const struct message *taken = written_buttons_take(message, start, &size, arena);
	const char *part = arena_strndup(arena, taken->text + start, size);

	assert_string_equal(part, expected);
	return taken;
}

static void assert_link(const struct message *message, size_t i, const char *label, const char *url,
			size_t row)
{
	assert_true(i < message->links_count);
	assert_string_equal(message->links[i].label, label);
	assert_string_equal(message->links[i].url, url);
	assert_int_equal(message->links[i].row, row);
}

static void a_text_without_any_is_the_same(void **state)
{
	struct packed_json *packed = *state;
	const struct message message = { .text = "/save x [a](https://e.org)" };

	assert_ptr_equal(take(&packed->arena, &message, 8, "[a](https://e.org)"), &message);
}

static void each_has_a_row_unless_it_says_so(void **state)
{
	struct packed_json *packed = *state;
	const struct message message = {
		.text = "one [A](buttonurl://a.org) two\n[B](buttonurl:http://b.org:same)\n"
			"[C [D](buttonurl://https://c.org/x?y=:same)\n",
	};
	const struct message *taken = take(&packed->arena, &message, 0, "one  two\n[C");

	assert_int_equal(taken->links_count, 3);
	assert_link(taken, 0, "A", "https://a.org", 0);
	assert_link(taken, 1, "B", "http://b.org", 0);
	assert_link(taken, 2, "D", "https://c.org/x?y=", 0);
}

static void they_come_after_real_ones(void **state)
{
	struct packed_json *packed = *state;
	const struct message_link real = { .label = "R", .url = "https://r.org", .row = 4 };
	const struct message message = { .text = "x [A](buttonurl://a.org)",
					 .links = &real,
					 .links_count = 1 };
	const struct message *taken = take(&packed->arena, &message, 0, "x");

	assert_int_equal(taken->links_count, 2);
	assert_link(taken, 0, "R", "https://r.org", 4);
	assert_link(taken, 1, "A", "https://a.org", 5);
}

/* "/r " is before the part. */
static void entities_move_along(void **state)
{
	struct packed_json *packed = *state;
	const struct message_entity entities[] = {
		{ .type = "bot_command", .start = 0, .size = 2 },
		{ .type = "bold", .start = 3, .size = 31 },   /* all but the last word */
		{ .type = "url", .start = 20, .size = 5 },    /* within the button */
		{ .type = "italic", .start = 30, .size = 4 }, /* behind it */
	};
	const struct message message = { .text = "/r ab [A](buttonurl://a.org)\n\ncd ef",
					 .entities = entities,
					 .entities_count = 4 };
	const struct message *taken = take(&packed->arena, &message, 3, "ab \n\ncd ef");

	assert_int_equal(taken->entities_count, 2);
	assert_string_equal(taken->entities[0].type, "bold");
	assert_int_equal(taken->entities[0].start, 3);
	assert_int_equal(taken->entities[0].size, 9);
	assert_string_equal(taken->entities[1].type, "italic");
	assert_int_equal(taken->entities[1].start, 8);
	assert_int_equal(taken->entities[1].size, 4);
}

static void there_are_no_more_than_telegram_takes(void **state)
{
	struct packed_json *packed = *state;
	struct buffer text = { 0 };
	struct message message = { .text = "" };
	const struct message *taken;
	size_t size;

	for (int i = 0; i < KEPT_BUTTONS_MAX + 1; i++)
		buffer_append_text(&text, "[A](buttonurl://a.org)\n");
	message.text = buffer_text(&text);
	size = strlen(message.text);
	taken = written_buttons_take(&message, 0, &size, &packed->arena);
	assert_int_equal(taken->links_count, KEPT_BUTTONS_MAX);
	assert_int_equal(size, strlen("[A](buttonurl://a.org)"));
	buffer_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		packed_test(a_text_without_any_is_the_same),
		packed_test(each_has_a_row_unless_it_says_so),
		packed_test(they_come_after_real_ones),
		packed_test(entities_move_along),
		packed_test(there_are_no_more_than_telegram_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
