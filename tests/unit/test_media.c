/* test_media.c - the file of a message. */
#include "tests/unit/packed_json.h"

#include "workers/host/media.h"

static const struct media *read_media(struct packed_json *packed, const char *json)
{
	return media_read(pack_json(packed, json), &packed->arena);
}

static void a_file_has_all_that_telegram_says(void **state)
{
	const struct media *media = read_media(
		*state, "{\"has_media_spoiler\":true,\"video\":{\"file_id\":\"f\","
			"\"file_unique_id\":\"u\",\"width\":640,\"height\":480,\"duration\":61,"
			"\"file_name\":\"a.mp4\",\"mime_type\":\"video/mp4\",\"file_size\":5}}");

	assert_string_equal(media->kind, "video");
	assert_string_equal(media->file_id, "f");
	assert_string_equal(media->unique_id, "u");
	assert_string_equal(media->name, "a.mp4");
	assert_string_equal(media->type, "video/mp4");
	assert_int_equal(media->size, 5);
	assert_int_equal(media->seconds, 61);
	assert_int_equal(media->width, 640);
	assert_int_equal(media->height, 480);
	assert_true(media->spoiler);
}

static void each_kind_is_known_by_its_field(void **state)
{
	static const char *const rows[] = { "animation", "audio",      "document", "sticker",
					    "video",     "video_note", "voice",    "live_photo" };
	char json[100];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(json, sizeof(json), "{\"%s\":{\"file_id\":\"f\",\"length\":240}}",
			 rows[i]);
		assert_string_equal(read_media(*state, json)->kind, rows[i]);
		assert_int_equal(read_media(*state, json)->width, 240);
		assert_string_equal(read_media(*state, json)->name, "");
		assert_false(read_media(*state, json)->spoiler);
	}
	assert_string_equal(read_media(*state, "{\"voice_note\":{\"file_id\":\"f\"}}")->kind,
			    "voice");
}

/* Telegram repeats them under an older name. */
static void newer_kinds_come_before_older_ones(void **state)
{
	assert_string_equal(read_media(*state, "{\"document\":{\"file_id\":\"d\"},"
					       "\"animation\":{\"file_id\":\"a\"}}")
				    ->kind,
			    "animation");
	assert_string_equal(read_media(*state, "{\"photo\":[{\"file_id\":\"p\"}],"
					       "\"live_photo\":{\"file_id\":\"l\"}}")
				    ->kind,
			    "live_photo");
}

static void of_a_photo_it_is_the_largest_size(void **state)
{
	const struct media *media = read_media(
		*state, "{\"photo\":[{\"file_id\":\"s\",\"width\":90,\"height\":90},"
			"{\"file_id\":\"l\",\"width\":900,\"height\":900},"
			"{\"file_id\":\"m\",\"width\":300,\"height\":300},"
			"{\"width\":9000,\"height\":9000},7]}");

	assert_string_equal(media->kind, "photo");
	assert_string_equal(media->file_id, "l");
}

static void without_a_file_there_is_none(void **state)
{
	assert_null(read_media(*state, "{\"text\":\"a\"}"));
	assert_null(read_media(*state, "{\"photo\":[]}"));
	assert_null(read_media(*state, "{\"video\":{\"file_id\":\"\"}}"));
	assert_null(read_media(*state, "{\"video\":{\"file_id\":7},\"photo\":{}}"));
	assert_null(read_media(*state, "[]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		packed_test(a_file_has_all_that_telegram_says),
		packed_test(each_kind_is_known_by_its_field),
		packed_test(newer_kinds_come_before_older_ones),
		packed_test(of_a_photo_it_is_the_largest_size),
		packed_test(without_a_file_there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
