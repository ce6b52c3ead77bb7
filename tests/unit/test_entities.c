/* test_entities.c - entities in bytes of the text. */
#include "tests/unit/packed_json.h"

#include "workers/host/entities.h"

/* U+1F600 is two units and four bytes, é one unit and two bytes. */
#define FACE "\xf0\x9f\x98\x80"

static size_t read_list(struct packed_json *packed, const char *list, const char *text,
			const struct message_entity **out)
{
	return entities_read(pack_json(packed, list), text_of(text), &packed->arena, out);
}

static void assert_covers(const struct message_entity *entity, const char *text, const char *part)
{
	assert_int_equal(entity->size, strlen(part));
	assert_memory_equal(text + entity->start, part, entity->size);
}

static void places_are_bytes_of_the_text(void **state)
{
	static const char text[] = FACE "é bold" FACE " x";
	struct packed_json *packed = *state;
	const struct message_entity *entities;

	assert_int_equal(read_list(packed,
				   "[{\"type\":\"italic\",\"offset\":0,\"length\":2},"
				   "{\"type\":\"code\",\"offset\":2,\"length\":1},"
				   "{\"type\":\"bold\",\"offset\":4,\"length\":6},"
				   "{\"type\":\"code\",\"offset\":2,\"length\":1}]",
				   text, &entities),
			 4);
	assert_string_equal(entities[0].type, "italic");
	assert_covers(&entities[0], text, FACE);
	assert_covers(&entities[1], text, "é");
	assert_covers(&entities[2], text, "bold" FACE);
	assert_covers(&entities[3], text, "é");
	assert_string_equal(entities[2].value, "");
	assert_null(entities[2].user);
}

static void what_belongs_to_a_type_is_its_value(void **state)
{
	static const struct {
		const char *field, *value;
	} rows[] = {
		{ "\"url\":\"https://example.org\"", "https://example.org" },
		{ "\"language\":\"c\"", "c" },
		{ "\"custom_emoji_id\":\"5368\"", "5368" },
		{ "\"date_time_format\":\"wDT\",\"unix_time\":7", "wDT" },
	};
	struct packed_json *packed = *state;
	const struct message_entity *entities;
	char list[200];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(list, sizeof(list), "[{\"type\":\"t\",\"offset\":0,\"length\":1,%s}]",
			 rows[i].field);
		assert_int_equal(read_list(packed, list, "a", &entities), 1);
		assert_string_equal(entities[0].value, rows[i].value);
		assert_int_equal(entities[0].unix_s, i == 3 ? 7 : 0);
	}
	assert_int_equal(read_list(packed,
				   "[{\"type\":\"text_mention\",\"offset\":0,\"length\":1,"
				   "\"user\":{\"id\":3,\"first_name\":\"C\"}}]",
				   "a", &entities),
			 1);
	assert_int_equal(entities[0].user->id, 3);
}

static void what_lies_outside_is_left_out(void **state)
{
	static const char *const places[] = {
		"\"offset\":-1,\"length\":2",
		"\"offset\":0,\"length\":0",
		"\"offset\":0,\"length\":-5",
		"\"offset\":3,\"length\":1",
		"\"offset\":9223372036854775807,\"length\":1",
		"\"length\":1",
		"\"offset\":0",
		"\"offset\":\"0\",\"length\":1",
	};
	struct packed_json *packed = *state;
	const struct message_entity *entities;
	char list[200];

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(list, sizeof(list), "[{\"type\":\"bold\",%s}]", places[i]);
		assert_int_equal(read_list(packed, list, "abc", &entities), 0);
	}
	assert_int_equal(read_list(packed, "[{\"offset\":0,\"length\":1}]", "abc", &entities), 0);
	assert_int_equal(read_list(packed, "[1,null,[]]", "abc", &entities), 0);
	assert_int_equal(read_list(packed, "{}", "abc", &entities), 0);
	assert_int_equal(
		read_list(packed, "[{\"type\":\"bold\",\"offset\":0,\"length\":1}]", "", &entities),
		0);
	/* What goes past the end, up to it. */
	assert_int_equal(read_list(packed,
				   "[{\"type\":\"bold\",\"offset\":1,"
				   "\"length\":9223372036854775807}]",
				   "abc", &entities),
			 1);
	assert_covers(&entities[0], "abc", "bc");
}

/* Within a pair of units there is no place. */
static void a_place_is_between_two_characters(void **state)
{
	struct packed_json *packed = *state;
	const struct message_entity *entities;

	assert_int_equal(read_list(packed,
				   "[{\"type\":\"bold\",\"offset\":1,\"length\":1},"
				   "{\"type\":\"bold\",\"offset\":0,\"length\":3}]",
				   FACE FACE, &entities),
			 1);
	assert_covers(&entities[0], FACE FACE, FACE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		packed_test(places_are_bytes_of_the_text),
		packed_test(what_belongs_to_a_type_is_its_value),
		packed_test(what_lies_outside_is_left_out),
		packed_test(a_place_is_between_two_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
