/* test_rich.c - rich messages as text. */
#include "tests/unit/packed_json.h"

#include <stdlib.h>

#include "common/xalloc.h"
#include "workers/host/entities.h"
#include "workers/host/rich.h"

static struct rich read_blocks(struct packed_json *packed, const char *blocks)
{
	char *json = xasprintf("{\"blocks\":%s}", blocks);
	struct cursor map = pack_json(packed, json);

	free(json);
	return rich_read(map, &packed->arena);
}

static void assert_entity(const struct rich *rich, size_t i, const char *type, const char *part)
{
	const struct message_entity *entity = &rich->entities[i];

	assert_in_range(i + 1, 1, rich->entities_count);
	assert_string_equal(entity->type, type);
	assert_int_equal(entity->size, strlen(part));
	assert_memory_equal(rich->text.data + entity->start, part, entity->size);
}

static void blocks_are_lines(void **state)
{
	struct rich rich = read_blocks(
		*state,
		"[{\"type\":\"heading\",\"size\":1,\"text\":\"Title\"},"
		"{\"type\":\"paragraph\",\"text\":[\"a \",{\"type\":\"bold\",\"text\":[\"b\","
		"{\"type\":\"italic\",\"text\":\"c\"}]},\" d\"]},"
		"{\"type\":\"divider\"},"
		"{\"type\":\"list\",\"items\":[{\"label\":\"1.\",\"blocks\":["
		"{\"type\":\"paragraph\",\"text\":\"one\"}]},{\"label\":\"2.\",\"blocks\":["
		"{\"type\":\"paragraph\",\"text\":\"two\"},"
		"{\"type\":\"paragraph\",\"text\":\"more\"}]}]},"
		"{\"type\":\"table\",\"cells\":[[{\"text\":\"x\"},{\"text\":\"y\"}],"
		"[{\"text\":\"z\"},{}]],\"caption\":\"Table\"},"
		"{\"type\":\"details\",\"summary\":\"More\",\"blocks\":["
		"{\"type\":\"pre\",\"language\":\"c\",\"text\":\"int\"}]},"
		"{\"type\":\"blockquote\",\"blocks\":[{\"type\":\"paragraph\",\"text\":\"q\"}],"
		"\"credit\":\"me\"},"
		"{\"type\":\"mathematical_expression\",\"expression\":\"E\"}]");

	assert_string_equal(rich.text.data, "Title\na bc d\n1. one\n2. two\nmore\nx | y\nz | \n"
					    "Table\nMore\nint\nq\nme\nE");
	assert_int_equal(rich.text.length, strlen(rich.text.data));
	assert_int_equal(rich.entities_count, 5);
	assert_entity(&rich, 0, "bold", "Title");
	assert_entity(&rich, 1, "bold", "bc");
	assert_entity(&rich, 2, "italic", "c");
	assert_entity(&rich, 3, "pre", "int");
	assert_string_equal(rich.entities[3].value, "c");
	assert_entity(&rich, 4, "blockquote", "q\nme");
	assert_null(rich.media);
}

static void what_is_written_in_line_stays_there(void **state)
{
	struct rich rich = read_blocks(
		*state, "[{\"type\":\"paragraph\",\"text\":[{\"type\":\"url\",\"text\":\"here\","
			"\"url\":\"https://example.org\"},{\"type\":\"custom_emoji\","
			"\"custom_emoji_id\":\"5\",\"alternative_text\":\"!\"},"
			"{\"type\":\"text_mention\",\"text\":\"Anna\",\"user\":{\"id\":3,"
			"\"first_name\":\"A\"}},{\"type\":\"marked\",\"text\":\"m\"},"
			"{\"type\":\"button\",\"button\":{\"text\":\"press\",\"url\":\"u\"}},"
			"{\"type\":\"bold\",\"text\":\"\"}]}]");

	assert_string_equal(rich.text.data, "here!Annampress");
	assert_int_equal(rich.entities_count, 3);
	assert_entity(&rich, 0, "text_link", "here");
	assert_string_equal(rich.entities[0].value, "https://example.org");
	assert_entity(&rich, 1, "custom_emoji", "!");
	assert_entity(&rich, 2, "text_mention", "Anna");
	assert_int_equal(rich.entities[2].user->id, 3);
}

static void the_first_file_is_the_messages(void **state)
{
	struct rich rich = read_blocks(
		*state,
		"[{\"type\":\"paragraph\",\"text\":\"a\"},{\"type\":\"collage\",\"blocks\":["
		"{\"type\":\"photo\",\"photo\":[{\"file_id\":\"p\"}],\"has_spoiler\":true,"
		"\"caption\":{\"text\":\"see\",\"credit\":\"by\"}},"
		"{\"type\":\"video\",\"video\":{\"file_id\":\"v\"}}]}]");

	assert_string_equal(rich.text.data, "a\nsee\nby");
	assert_string_equal(rich.media->file_id, "p");
	assert_true(rich.media->spoiler);
}

static void there_is_an_end_to_it(void **state)
{
	static char json[65536];
	struct rich rich;
	size_t at = 0;

	/* Deeper than Telegram allows. */
	for (size_t i = 0; i < 60; i++)
		at += (size_t)sprintf(json + at, "[");
	at += (size_t)sprintf(json + at, "\"deep\"");
	for (size_t i = 0; i < 60; i++)
		at += (size_t)sprintf(json + at, "]");
	rich = read_blocks(*state, json);
	assert_string_equal(rich.text.data, "");
	/* More entities than are read. */
	at = (size_t)sprintf(json, "[[");
	for (size_t i = 0; i < ENTITIES_READ_MAX + 5; i++)
		at += (size_t)sprintf(json + at, "%s{\"type\":\"bold\",\"text\":\"b\"}",
				      i ? "," : "");
	sprintf(json + at, "]]");
	rich = read_blocks(*state, json);
	assert_int_equal(rich.entities_count, ENTITIES_READ_MAX);
	assert_int_equal(rich.text.length, ENTITIES_READ_MAX + 5);
	rich = read_blocks(*state, "7");
	assert_string_equal(rich.text.data, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		packed_test(blocks_are_lines),
		packed_test(what_is_written_in_line_stays_there),
		packed_test(the_first_file_is_the_messages),
		packed_test(there_is_an_end_to_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
