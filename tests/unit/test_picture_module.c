/* test_picture_module.c - a sheet as a module writes it is what korone-picture reads. */
#include "tests/unit/host_world.h"

#include "picture/sheet.h"

static char large[200000];

static bool has(const struct sheet_part *part, const char *name, const char *bytes)
{
	return sheet_part_is(part, name) && part->size == strlen(bytes) &&
	       memcmp(part->bytes, bytes, part->size) == 0;
}

static enum verdict write_sheet(struct ctx *ctx, const struct command *cmd)
{
	static struct sheet read;
	struct file *sheet = file_made(ctx, "sheet"), *cover = file_made(ctx, "cover");
	const struct file *none = file_opened(ctx, "none", "/nowhere/none");
	struct why why;

	(void)cmd;
	file_add_bytes(cover, large, sizeof(large));
	sheet_text(sheet, "title", "");
	sheet_text(sheet, "line", "two\nlines 3\n%s");
	sheet_file(sheet, "picture", cover);
	sheet_file(sheet, "picture", none);
	sheet_text(sheet, "note", "久石譲");
	assert_string_equal(file_error(sheet), "");
	assert_true(sheet_read(&read, file_bytes(sheet), (size_t)file_size(sheet), &why));
	assert_int_equal(read.count, 4);
	assert_true(has(&read.parts[0], "title", ""));
	assert_true(has(&read.parts[1], "line", "two\nlines 3\n%s"));
	assert_true(sheet_part_is(&read.parts[2], "picture"));
	assert_int_equal(read.parts[2].size, sizeof(large));
	assert_memory_equal(read.parts[2].bytes, large, sizeof(large));
	assert_true(has(&read.parts[3], "note", "久石譲"));
	return DONE;
}

static const struct module module = {
	.name = "sheets",
	.routes = (const struct route[]) { COMMAND("task", write_sheet), END_OF_ROUTES },
};
static const struct module *const modules[] = { &module, NULL };

static void a_sheet_is_read_as_it_was_written(void **state)
{
	struct host_world *world = world_open(modules);

	(void)state;
	memset(large, 'l', sizeof(large));
	world_handle(world, KIND_MESSAGE,
		     "{\"update_id\":1,\"message\":{\"message_id\":7,\"date\":0,"
		     "\"chat\":{\"id\":5,\"type\":\"private\",\"first_name\":\"A\"},"
		     "\"from\":{\"id\":5,\"is_bot\":false,\"first_name\":\"A\"},"
		     "\"text\":\"/task\",\"entities\":[{\"type\":\"bot_command\","
		     "\"offset\":0,\"length\":5}]}}");
	assert_int_equal(world->outcome.end, HOST_DONE);
	world_close(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_sheet_is_read_as_it_was_written) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
