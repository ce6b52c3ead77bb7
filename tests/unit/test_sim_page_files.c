/* test_sim_page_files.c - what of a file a browser may show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "simulator/page_assets.h"
#include "simulator/page_files.h"

static const char *type_of(const char *text)
{
	return page_file_type(text, strlen(text));
}

static void sounds_and_videos_are_known_by_their_first_bytes(void **state)
{
	(void)state;
	assert_string_equal(type_of("OggS123"), "audio/ogg");
	assert_string_equal(type_of("....ftypisom"), "video/mp4");
	assert_string_equal(type_of("ID3\x03"), "audio/mpeg");
}

static void what_a_browser_could_run_is_never_shown(void **state)
{
	static const char *const hostile[] = {
		"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
		"<!doctype html><script>alert(1)</script>",
		"<?xml version=\"1.0\"?><x/>",
		"%PDF-1.7",
		"GIF",
		"",
		"....ftyp" + 5,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++)
		assert_null(type_of(hostile[i]));
}

static void the_page_is_in_the_program(void **state)
{
	const struct page_asset *index = page_asset_find("/");

	(void)state;
	assert_non_null(index);
	assert_memory_equal(index->bytes, "<!doctype html>", 15);
	assert_int_equal(index->bytes[index->size], 0);
	assert_string_equal(page_asset_find("/page/main.js")->content_type, "text/javascript");
	assert_null(page_asset_find("/page/none.js"));
	assert_null(page_asset_find("/page/../sim.h"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sounds_and_videos_are_known_by_their_first_bytes),
		cmocka_unit_test(what_a_browser_could_run_is_never_shown),
		cmocka_unit_test(the_page_is_in_the_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
